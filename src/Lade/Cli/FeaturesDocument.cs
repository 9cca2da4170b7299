using System;
using System.Buffers;
using System.Text.Json;
using Lade.Configuration;
using Lade.Planning;
using Lade.Rootfs;

namespace Lade.Cli;

/// <summary>The features structure (runtime-spec features.md): what this build supports, regardless of the host.</summary>
internal static class FeaturesDocument
{
    /// <summary>Annotations that change what lade does; a trailing dot makes it a prefix.</summary>
    private static string[] UnsafeAnnotations => ["bundle", "org.systemd.property.", "org.criu.config", "run.oci."];

    /// <summary>Indented by four spaces, with a trailing newline, as runc prints it.</summary>
    public static ReadOnlySpan<byte> ToJson()
    {
        var output = new ArrayBufferWriter<byte>(8192);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Indented with { IndentSize = 4 }))
        {
            json.WriteStartObject();
            json.WriteString("ociVersionMin", "1.0.0");
            json.WriteString("ociVersionMax", VersionText.Spec);
            WriteNames(json, "hooks", SpecNames.Hooks.Split(' '));
            WriteNames(json, "mountOptions", MountOptions.Known());
            json.WriteStartObject("linux");
            WriteLinux(json);
            json.WriteEndObject();
            json.WriteStartObject("annotations");
            json.WriteString("org.lade.commit", BuildInfo.Commit);
            json.WriteString("org.lade.version", BuildInfo.Version);
            json.WriteEndObject();
            WriteNames(json, "potentiallyUnsafeConfigAnnotations", UnsafeAnnotations);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
        return output.WrittenSpan;
    }

    private static void WriteLinux(Utf8JsonWriter json)
    {
        WriteNames(json, "namespaces", WordList.Sorted(SpecNames.Namespaces));
        WriteNames(json, "capabilities", CapabilityNames.All);

        json.WriteStartObject("cgroup");
        json.WriteBoolean("v1", true);
        json.WriteBoolean("v2", true);
        json.WriteBoolean("systemd", true);
        json.WriteBoolean("systemdUser", true);
        json.WriteBoolean("rdma", true);
        json.WriteEndObject();

        json.WriteStartObject("seccomp");
        json.WriteBoolean("enabled", true);
        WriteNames(json, "actions", WordList.Sorted(SpecNames.SeccompActions));
        WriteNames(json, "operators", WordList.Sorted(SpecNames.SeccompOperators));
        WriteNames(json, "archs", WordList.Sorted(SpecNames.SeccompArchs));
        WriteNames(json, "knownFlags", WordList.Sorted(SpecNames.SeccompFlags));
        WriteNames(json, "supportedFlags", WordList.Sorted(SpecNames.SeccompFlags));
        json.WriteEndObject();

        WriteEnabled(json, "apparmor", true);
        WriteEnabled(json, "selinux", true);

        json.WriteStartObject("intelRdt");
        json.WriteBoolean("enabled", true);
        json.WriteBoolean("schemata", true);
        json.WriteBoolean("monitoring", true);
        json.WriteEndObject();

        json.WriteStartObject("memoryPolicy");
        WriteNames(json, "modes", WordList.Sorted(SpecNames.MemoryPolicyModes));
        WriteNames(json, "flags", WordList.Sorted(SpecNames.MemoryPolicyFlags));
        json.WriteEndObject();

        json.WriteStartObject("mountExtensions");
        WriteEnabled(json, "idmap", true);
        json.WriteEndObject();

        WriteEnabled(json, "netDevices", true);
    }

    private static void WriteEnabled(Utf8JsonWriter json, string name, bool enabled)
    {
        json.WriteStartObject(name);
        json.WriteBoolean("enabled", enabled);
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string name, ReadOnlySpan<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
