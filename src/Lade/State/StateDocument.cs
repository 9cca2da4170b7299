using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;
using Lade.Configuration;

namespace Lade.State;

/// <summary>
/// The spec's state of a container (runtime.md "State") with runc's additions: printed by <c>state</c> and <c>list</c>, and the standard input of hooks.
/// </summary>
/// <param name="Pid">In the pid namespace of the reader; 0 when stopped.</param>
/// <param name="Owner">User name for <c>list</c>, empty for <c>state</c>.</param>
internal sealed record StateDocument(ContainerState State, ContainerStatus Status, int Pid, string Owner = "")
{
    public static StateDocument From(ContainerState state, ContainerStatus status, string owner = "") =>
        new(state, status, status == ContainerStatus.Stopped ? 0 : state.Init?.Pid ?? 0, owner);

    /// <summary>Output of <c>state</c>: indented by two spaces, without a final newline.</summary>
    public ReadOnlyMemory<byte> ToIndentedJson()
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Indented))
            Write(json);
        return output.WrittenMemory;
    }

    /// <summary>What hooks read: one line, the spec's properties alone.</summary>
    public ReadOnlyMemory<byte> ToHookJson() => ToHookJson(out _);

    /// <inheritdoc cref="ToHookJson()"/>
    /// <param name="pid">Where the number of the pid is.</param>
    public ReadOnlyMemory<byte> ToHookJson(out Range pid)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion", State.OciVersion);
            json.WriteString("id", State.Id.ToString());
            json.WriteString("status", Status.SpecName());
            json.WritePropertyName("pid");
            json.Flush();
            int start = output.WrittenCount;
            json.WriteNumberValue(Pid);
            json.Flush();
            pid = start..output.WrittenCount;
            json.WriteString("bundle", State.Bundle);
            WriteAnnotations(json);
            json.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    /// <summary>Output of <c>list --format json</c> without its newline: <c>null</c> for no containers, as with runc.</summary>
    public static ReadOnlyMemory<byte> ToListJson(IReadOnlyList<StateDocument> containers)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
        {
            if (containers.Count == 0)
            {
                json.WriteNullValue();
            }
            else
            {
                json.WriteStartArray();
                for (int i = 0; i < containers.Count; i++)
                    containers[i].Write(json);
                json.WriteEndArray();
            }
        }

        return output.WrittenMemory;
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("ociVersion", State.OciVersion);
        json.WriteString("id", State.Id.ToString());
        json.WriteNumber("pid", Pid);
        json.WriteString("status", Status.SpecName());
        json.WriteString("bundle", State.Bundle);
        json.WriteString("rootfs", State.Rootfs);
        json.WriteString("created", State.Created);
        WriteAnnotations(json);
        json.WriteString("owner", Owner);
        json.WriteEndObject();
    }

    private void WriteAnnotations(Utf8JsonWriter json)
    {
        if (State.Annotations.Count == 0)
            return;
        json.WriteStartObject("annotations");
        foreach (KeyValuePair<string, string> annotation in State.Annotations)
            json.WriteString(annotation.Key, annotation.Value);
        json.WriteEndObject();
    }
}
