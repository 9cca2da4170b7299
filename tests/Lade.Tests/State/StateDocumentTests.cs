using System;
using System.Collections.Generic;
using System.Text;
using FluentAssertions;
using Lade.Cli;
using Lade.State;
using Xunit;

namespace Lade.Tests.State;

public sealed class StateDocumentTests
{
    private static readonly ContainerState s_running = Samples.Minimal() with
    {
        Init = new ProcessIdentity(42, 1),
        Annotations = new Dictionary<string, string> { ["org.example"] = "a<b> 'c' + \"d\"" },
    };

    [Fact]
    public void State_is_indented_and_has_no_final_newline() => Text(StateDocument.From(s_running, ContainerStatus.Running).ToIndentedJson()).Should().Be("""
        {
          "ociVersion": "1.3.0",
          "id": "c1",
          "pid": 42,
          "status": "running",
          "bundle": "/b",
          "rootfs": "/b/rootfs",
          "created": "2026-11-22T12:00:05.12345Z",
          "annotations": {
            "org.example": "a<b> 'c' + \"d\""
          },
          "owner": ""
        }
        """);

    [Fact]
    public void A_stopped_container_has_pid_0_and_empty_annotations_are_left_out() =>
        Text(StateDocument.From(s_running with { Annotations = new Dictionary<string, string>() }, ContainerStatus.Stopped).ToIndentedJson()).Should().Be("""
        {
          "ociVersion": "1.3.0",
          "id": "c1",
          "pid": 0,
          "status": "stopped",
          "bundle": "/b",
          "rootfs": "/b/rootfs",
          "created": "2026-11-22T12:00:05.12345Z",
          "owner": ""
        }
        """);

    [Fact]
    public void Hooks_read_one_line()
    {
        Text(StateDocument.From(s_running, ContainerStatus.Created).ToHookJson())
            .Should().Be("""{"ociVersion":"1.3.0","id":"c1","status":"created","pid":42,"bundle":"/b","annotations":{"org.example":"a<b> 'c' + \"d\""}}""");
        Text((StateDocument.From(s_running, ContainerStatus.Creating) with { Pid = 1 }).ToHookJson()).Should().Contain("\"status\":\"creating\",\"pid\":1,");
    }

    [Fact]
    public void A_list_is_one_line()
    {
        StateDocument a = StateDocument.From(Samples.Minimal("a") with { Init = new ProcessIdentity(7, 1) }, ContainerStatus.Created, "root");
        StateDocument b = StateDocument.From(Samples.Minimal("b"), ContainerStatus.Stopped, "#1000");
        Text(StateDocument.ToListJson([a, b])).Should().Be(
            """[{"ociVersion":"1.3.0","id":"a","pid":7,"status":"created","bundle":"/b","rootfs":"/b/rootfs","created":"2026-11-22T12:00:05.12345Z","owner":"root"},"""
            + """{"ociVersion":"1.3.0","id":"b","pid":0,"status":"stopped","bundle":"/b","rootfs":"/b/rootfs","created":"2026-11-22T12:00:05.12345Z","owner":"#1000"}]""");
        Text(StateDocument.ToListJson([])).Should().Be("null");
    }

    [Fact]
    public void Table_columns_have_a_minimum_width_of_twelve()
    {
        StateDocument a = StateDocument.From(Samples.Minimal("a") with { Init = new ProcessIdentity(7, 1), Bundle = "/srv/bundles/a" }, ContainerStatus.Created, "root");
        ContainerTable.Format([a]).Should().Be(
            "ID          PID         STATUS      BUNDLE           CREATED                      OWNER\n"
            + "a           7           created     /srv/bundles/a   2026-11-22T12:00:05.12345Z   root\n");
        ContainerTable.Format([]).Should().Be("ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
    }

    private static string Text(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);
}
