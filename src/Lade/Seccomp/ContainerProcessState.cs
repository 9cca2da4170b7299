using System;
using System.Buffers;
using System.Text.Json;
using Lade.Configuration;
using Lade.State;

namespace Lade.Seccomp;

/// <summary>What an agent gets together with the listener (config-linux.md "The Container Process State").</summary>
/// <param name="Container">The container's own state.</param>
/// <param name="Pid">The process with the filter: the container's first, or one of `exec`. As the runtime sees it.</param>
/// <param name="Metadata"><c>linux.seccomp.listenerMetadata</c>, passed on as it is.</param>
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
