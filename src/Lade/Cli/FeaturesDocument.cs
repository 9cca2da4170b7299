using System;
using System.Buffers;
using System.Text.Json;
using Lade.Capabilities;

namespace Lade.Cli;

/// <summary>The features structure (runtime-spec features.md): what this build knows, whatever the machine it runs on can do.</summary>
internal static class FeaturesDocument
{
    private static readonly string[] Hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    private static readonly string[] MountOptions =
    [
        "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "iversion", "lazytime", "loud",
        "mand", "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime",
        "nostrictatime", "nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime",
        "remount", "rexec", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid",
        "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid",
        "rsymfollow", "runbindable", "rw", "shared", "silent", "slave", "strictatime", "suid", "symfollow", "sync",
        "tmpcopyup", "unbindable",
    ];

    private static readonly string[] Namespaces = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"];

    private static readonly string[] SeccompActions =
    [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
        "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
    ];

    private static readonly string[] SeccompOperators =
    [
        "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE",
    ];

    private static readonly string[] SeccompArchitectures =
    [
        "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64",
        "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC",
        "SCMP_ARCH_PARISC64", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390",
        "SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64",
    ];

    private static readonly string[] SeccompFlags =
    [
        "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ];

    /// <summary>Annotations that change what lade does; a final dot names all that start so.</summary>
    private static readonly string[] UnsafeAnnotations = ["bundle", "org.systemd.property.", "org.criu.config", "run.oci."];

    /// <summary>Four spaces of indentation and a final newline, as runc prints it.</summary>
    public static ReadOnlySpan<byte> ToJson()
    {
        var output = new ArrayBufferWriter<byte>(8192);
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, IndentSize = 4 }))
        {
            json.WriteStartObject();
            json.WriteString("ociVersionMin", "1.0.0");
            json.WriteString("ociVersionMax", VersionText.Spec);
            WriteNames(json, "hooks", Hooks);
            WriteNames(json, "mountOptions", MountOptions);
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
        WriteNames(json, "namespaces", Namespaces);
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
        WriteNames(json, "actions", SeccompActions);
        WriteNames(json, "operators", SeccompOperators);
        WriteNames(json, "archs", SeccompArchitectures);
        WriteNames(json, "knownFlags", SeccompFlags);
        WriteNames(json, "supportedFlags", SeccompFlags);
        json.WriteEndObject();

        WriteEnabled(json, "apparmor", true);
        WriteEnabled(json, "selinux", true);

        json.WriteStartObject("intelRdt");
        json.WriteBoolean("enabled", false);
        json.WriteBoolean("schemata", false);
        json.WriteBoolean("monitoring", false);
        json.WriteEndObject();

        json.WriteStartObject("memoryPolicy");
        WriteNames(json, "modes", []);
        WriteNames(json, "flags", []);
        json.WriteEndObject();

        json.WriteStartObject("mountExtensions");
        WriteEnabled(json, "idmap", false);
        json.WriteEndObject();

        WriteEnabled(json, "netDevices", false);
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
