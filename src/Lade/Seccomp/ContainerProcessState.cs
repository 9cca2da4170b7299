using System;
using System.Buffers;
using System.Text.Json;
using Lade.Configuration;
using Lade.State;

namespace Lade.Seccomp;

/// <summary>What an agent gets with the listener (config-linux.md "The Container Process State").</summary>
/// <param name="Container">The container's own state.</param>
/// <param name="Pid">Pid on the host of the process with the filter: the container's first process, or one of `exec`.</param>
/// <param name="Metadata"><c>linux.seccomp.listenerMetadata</c>, passed on unchanged.</param>
internal sealed record ContainerProcessState(StateDocument Container, int Pid, string? Metadata)
{
    public ReadOnlySpan<byte> ToJson()
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion", Container.State.OciVersion);
            json.WriteStartArray("fds");
            json.WriteStringValue("seccompFd");
            json.WriteEndArray();
            json.WriteNumber("pid", Pid);
            if (Metadata is not null)
                json.WriteString("metadata", Metadata);
            json.WritePropertyName("state");
            json.WriteRawValue(Container.ToHookJson().Span, skipInputValidation: true);
            json.WriteEndObject();
        }

        return output.WrittenSpan;
    }
}
