using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;
using Lade.Configuration;

namespace Lade.State;

/// <summary>
/// A container as the outside sees it: the spec's state (runtime.md "State") with runc's additions. Printed by <c>state</c> and <c>list</c>,
/// given to hooks on standard input.
/// </summary>
/// <param name="Pid">As its reader sees it, 0 when stopped.</param>
/// <param name="Owner">User name for <c>list</c>, empty for <c>state</c>.</param>
internal sealed record StateDocument(ContainerState State, ContainerStatus Status, int Pid, string Owner = "")
{
    public static StateDocument Of(ContainerState state, ContainerStatus status, string owner = "") =>
        new(state, status, status == ContainerStatus.Stopped ? 0 : state.Init?.Pid ?? 0, owner);

    /// <summary>What <c>state</c> prints: two spaces of indentation and no final newline.</summary>
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
            json.WriteString("status", Status.Word());
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

    /// <summary>What <c>list --format json</c> prints without its newline: <c>null</c> for no containers, as runc's readers know it.</summary>
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
        json.WriteString("status", Status.Word());
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
