using System;
using System.Buffers;
using System.Text.Json;

namespace Lade.Configuration;

/// <summary>The document that <c>lade spec</c> writes: a shell in a root filesystem beside the file, with few capabilities and all the usual masks.</summary>
internal static class DefaultSpec
{
    /// <summary>For root.</summary>
    /// <param name="cgroupNamespace">List a cgroup namespace too: right on cgroup v2, where the mount of /sys/fs/cgroup shows only the container's part then.</param>
    public static byte[] Write(bool cgroupNamespace) => Write(json =>
    {
        WriteMounts(json, rootless: false);
        json.WriteStartObject("linux"u8);
        WriteResources(json);
        WriteNamespaces(json, cgroupNamespace ? "pid network ipc uts mount cgroup" : "pid network ipc uts mount");
        WritePaths(json);
        json.WriteEndObject();
    });

    /// <summary>For a user without privileges: the container's root is the caller, the network is shared, limits are left out.</summary>
    /// <param name="uid">The caller's effective user id.</param>
    /// <param name="gid">The caller's effective group id.</param>
    /// <param name="cgroupNamespace">As for <see cref="Write(bool)"/>.</param>
    public static byte[] WriteRootless(uint uid, uint gid, bool cgroupNamespace) => Write(json =>
    {
        WriteMounts(json, rootless: true);
        json.WriteStartObject("linux"u8);
        WriteMapping(json, "uidMappings"u8, uid);
        WriteMapping(json, "gidMappings"u8, gid);
        WriteNamespaces(json, cgroupNamespace ? "pid ipc uts mount cgroup user" : "pid ipc uts mount user");
        WritePaths(json);
        json.WriteEndObject();
    });

    private static byte[] Write(Action<Utf8JsonWriter> rest)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, JsonEscaping.Indented with { IndentCharacter = '\t', IndentSize = 1 }))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion"u8, "1.3.0"u8);
            WriteProcess(json);
            json.WriteStartObject("root"u8);
            json.WriteString("path"u8, "rootfs"u8);
            json.WriteBoolean("readonly"u8, true);
            json.WriteEndObject();
            json.WriteString("hostname"u8, "lade"u8);
            rest(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteProcess(Utf8JsonWriter json)
    {
        json.WriteStartObject("process"u8);
        json.WriteBoolean("terminal"u8, true);
        json.WriteStartObject("user"u8);
        json.WriteNumber("uid"u8, 0);
        json.WriteNumber("gid"u8, 0);
        json.WriteEndObject();
        WriteWords(json, "args"u8, "sh");
        WriteWords(json, "env"u8, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=xterm");
        json.WriteString("cwd"u8, "/"u8);

        // Nothing inheritable or ambient: a capability must not survive into a program that a user inside did not gain it for (CVE-2022-29162).
        const string Capabilities = "CAP_AUDIT_WRITE CAP_KILL CAP_NET_BIND_SERVICE";
        json.WriteStartObject("capabilities"u8);
        WriteWords(json, "bounding"u8, Capabilities);
        WriteWords(json, "effective"u8, Capabilities);
        WriteWords(json, "permitted"u8, Capabilities);
        json.WriteEndObject();

        json.WriteStartArray("rlimits"u8);
        json.WriteStartObject();
        json.WriteString("type"u8, "RLIMIT_NOFILE"u8);
        json.WriteNumber("hard"u8, 1024);
        json.WriteNumber("soft"u8, 1024);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteBoolean("noNewPrivileges"u8, true);
        json.WriteEndObject();
    }

    private static void WriteMounts(Utf8JsonWriter json, bool rootless)
    {
        json.WriteStartArray("mounts"u8);
        WriteMount(json, "/proc", "proc", "proc", "");
        WriteMount(json, "/dev", "tmpfs", "tmpfs", "nosuid strictatime mode=755 size=65536k");
        // Group 5 (tty) has no mapping in a user namespace that maps the caller alone.
        WriteMount(json, "/dev/pts", "devpts", "devpts", "nosuid noexec newinstance ptmxmode=0666 mode=0620" + (rootless ? "" : " gid=5"));
        WriteMount(json, "/dev/shm", "tmpfs", "shm", "nosuid noexec nodev mode=1777 size=65536k");
        WriteMount(json, "/dev/mqueue", "mqueue", "mqueue", "nosuid noexec nodev");
        // A sysfs may be mounted only by an owner of its network namespace, and the rootless container shares the host's.
        if (rootless)
            WriteMount(json, "/sys", "none", "/sys", "rbind nosuid noexec nodev ro");
        else
            WriteMount(json, "/sys", "sysfs", "sysfs", "nosuid noexec nodev ro");
        WriteMount(json, "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid noexec nodev relatime ro");
        json.WriteEndArray();
    }

    private static void WriteMount(Utf8JsonWriter json, string destination, string type, string source, string options)
    {
        json.WriteStartObject();
        json.WriteString("destination"u8, destination);
        json.WriteString("type"u8, type);
        json.WriteString("source"u8, source);
        if (options.Length > 0)
            WriteWords(json, "options"u8, options);
        json.WriteEndObject();
    }

    /// <summary>Deny every device; what a container always gets is allowed on top by the runtime.</summary>
    private static void WriteResources(Utf8JsonWriter json)
    {
        json.WriteStartObject("resources"u8);
        json.WriteStartArray("devices"u8);
        json.WriteStartObject();
        json.WriteBoolean("allow"u8, false);
        json.WriteString("access"u8, "rwm"u8);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteMapping(Utf8JsonWriter json, ReadOnlySpan<byte> name, uint hostId)
    {
        json.WriteStartArray(name);
        json.WriteStartObject();
        json.WriteNumber("containerID"u8, 0);
        json.WriteNumber("hostID"u8, hostId);
        json.WriteNumber("size"u8, 1);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteNamespaces(Utf8JsonWriter json, string types)
    {
        json.WriteStartArray("namespaces"u8);
        foreach (Range type in types.AsSpan().Split(' '))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, types.AsSpan(type));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePaths(Utf8JsonWriter json)
    {
        WriteWords(json, "maskedPaths"u8,
            "/proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list "
            + "/proc/timer_stats /proc/sched_debug /sys/devices/virtual/powercap /sys/firmware /proc/scsi");
        WriteWords(json, "readonlyPaths"u8, "/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger");
    }

    private static void WriteWords(Utf8JsonWriter json, ReadOnlySpan<byte> name, string words)
    {
        json.WriteStartArray(name);
        foreach (Range word in words.AsSpan().Split(' '))
            json.WriteStringValue(words.AsSpan(word));
        json.WriteEndArray();
    }
}
