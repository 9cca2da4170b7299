using System;
using System.Buffers;
using System.Text.Json;

namespace Lade.Cli;

/// <summary>The config.json that <c>spec</c> writes: tight enough to be a good start, complete enough for a shell.</summary>
internal static class StarterConfig
{
    private static readonly string[] Capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    /// <summary>Files that tell about the host, or about other containers, or through which either can be disturbed.</summary>
    private static readonly string[] MaskedPaths =
    [
        "/proc/acpi",
        "/proc/asound",
        "/proc/interrupts",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
    ];

    private static readonly string[] ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>For root: its own network, and no devices but the usual.</summary>
    public static byte[] Privileged() => Document(json =>
    {
        json.WriteStartObject("resources");
        json.WriteStartArray("devices");
        json.WriteStartObject();
        json.WriteBoolean("allow", false);
        json.WriteString("access", "rwm");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        WriteNamespaces(json, "pid", "network", "ipc", "uts", "mount", "cgroup");
    }, rootless: false);

    /// <summary>For a user who maps nobody but himself: no network of its own, for nobody could connect it, and no limits.</summary>
    public static byte[] Rootless(uint uid, uint gid) => Document(json =>
    {
        WriteMapping(json, "uidMappings", uid);
        WriteMapping(json, "gidMappings", gid);
        WriteNamespaces(json, "pid", "ipc", "uts", "mount", "cgroup", "user");
    }, rootless: true);

    private static byte[] Document(Action<Utf8JsonWriter> writeLinux, bool rootless)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, IndentCharacter = '\t', IndentSize = 1 }))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion", VersionText.Spec);
            WriteProcess(json);
            json.WriteStartObject("root");
            json.WriteString("path", "rootfs");
            json.WriteBoolean("readonly", true);
            json.WriteEndObject();
            json.WriteString("hostname", "lade");
            WriteMounts(json, rootless);
            json.WriteStartObject("linux");
            writeLinux(json);
            WriteStrings(json, "maskedPaths", MaskedPaths);
            WriteStrings(json, "readonlyPaths", ReadonlyPaths);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
        return output.WrittenSpan.ToArray();
    }

    private static void WriteProcess(Utf8JsonWriter json)
    {
        json.WriteStartObject("process");
        json.WriteBoolean("terminal", true);
        json.WriteStartObject("user");
        json.WriteNumber("uid", 0);
        json.WriteNumber("gid", 0);
        json.WriteEndObject();
        WriteStrings(json, "args", "sh");
        WriteStrings(json, "env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm");
        json.WriteString("cwd", "/");

        json.WriteStartObject("capabilities");
        WriteStrings(json, "bounding", Capabilities);
        WriteStrings(json, "effective", Capabilities);
        WriteStrings(json, "permitted", Capabilities);
        json.WriteEndObject();

        json.WriteStartArray("rlimits");
        json.WriteStartObject();
        json.WriteString("type", "RLIMIT_NOFILE");
        json.WriteNumber("hard", 1024);
        json.WriteNumber("soft", 1024);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteBoolean("noNewPrivileges", true);
        json.WriteEndObject();
    }

    private static void WriteMounts(Utf8JsonWriter json, bool rootless)
    {
        json.WriteStartArray("mounts");
        WriteMount(json, "/proc", "proc", "proc");
        WriteMount(json, "/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");

        // Group 5 owns terminals; in a user namespace with one group it does not exist.
        if (rootless)
            WriteMount(json, "/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620");
        else
            WriteMount(json, "/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5");
        WriteMount(json, "/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k");
        WriteMount(json, "/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");

        // The kernel mounts a sysfs only for who owns the network namespace; the host's can be bound.
        if (rootless)
            WriteMount(json, "/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro");
        else
            WriteMount(json, "/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro");
        WriteMount(json, "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");
        json.WriteEndArray();
    }

    private static void WriteMount(Utf8JsonWriter json, string destination, string type, string source, params ReadOnlySpan<string> options)
    {
        json.WriteStartObject();
        json.WriteString("destination", destination);
        json.WriteString("type", type);
        json.WriteString("source", source);
        if (!options.IsEmpty)
            WriteStrings(json, "options", options);
        json.WriteEndObject();
    }

    private static void WriteNamespaces(Utf8JsonWriter json, params ReadOnlySpan<string> types)
    {
        json.WriteStartArray("namespaces");
        foreach (string type in types)
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMapping(Utf8JsonWriter json, string name, uint hostId)
    {
        json.WriteStartArray(name);
        json.WriteStartObject();
        json.WriteNumber("containerID", 0);
        json.WriteNumber("hostID", hostId);
        json.WriteNumber("size", 1);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, params ReadOnlySpan<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
