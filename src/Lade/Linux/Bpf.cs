using System;
using System.Text;

namespace Lade.Linux;

/// <summary>BPF_PROG_TYPE_CGROUP_DEVICE programs (bpf(2)), which control device access on cgroup v2.</summary>
internal static unsafe class Bpf
{
    private const int MaximumAttached = 64;
    private const int LogSize = 64 * 1024;

    /// <summary>Loads a program; null when the caller is not permitted to.</summary>
    /// <exception cref="LadeException">Ends with the last line of the verifier log.</exception>
    public static Fd? TryLoadDeviceProgram(ReadOnlySpan<ulong> instructions, out Errno errno)
    {
        int fd = Load(instructions, default);
        errno = fd < 0 ? Libc.LastError : default;
        if (fd >= 0)
            return new Fd(fd);
        if (errno == Errno.EPERM)
            return null;
        byte[] log = new byte[LogSize];
        fd = Load(instructions, log);
        if (fd >= 0)
            return new Fd(fd);
        string text = Encoding.ASCII.GetString(log).TrimEnd('\0', '\n');
        throw new LadeException("load the eBPF program of the device rules" + (text.Length == 0 ? "" : " (" + text[(text.LastIndexOf('\n') + 1)..] + ")"), errno);
    }

    /// <summary>
    /// Makes <paramref name="program"/> the only device program attached to this cgroup itself; those of ancestors still apply. A program that is already attached is
    /// replaced atomically, so that at no point are all devices allowed.
    /// </summary>
    public static void SetDeviceProgram(Fd cgroup, Fd program, string name)
    {
        uint* ids = stackalloc uint[MaximumAttached];
        var query = new Libc.BpfProgQuery { TargetFd = (uint)cgroup.Number, AttachType = Libc.BPF_CGROUP_DEVICE, ProgIds = (ulong)ids, ProgCount = MaximumAttached };
        if (Libc.bpf(Libc.BPF_PROG_QUERY, &query, (uint)sizeof(Libc.BpfProgQuery)) < 0)
            throw new LadeException("query the device programs of " + name, Libc.LastError);

        using Fd? old = query.ProgCount == 1 ? OpenProgram(ids[0]) : null;
        var attach = new Libc.BpfProgAttach
        {
            TargetFd = (uint)cgroup.Number,
            AttachBpfFd = (uint)program.Number,
            AttachType = Libc.BPF_CGROUP_DEVICE,
            AttachFlags = Libc.BPF_F_ALLOW_MULTI | (old is null ? 0 : Libc.BPF_F_REPLACE),
            ReplaceBpfFd = old is null ? 0 : (uint)old.Number,
        };
        if (Libc.bpf(Libc.BPF_PROG_ATTACH, &attach, (uint)sizeof(Libc.BpfProgAttach)) < 0)
            throw new LadeException("attach the device program to " + name, Libc.LastError);

        // Several can only have been left by somebody else on an existing cgroup. All attached programs must allow an access, so the old ones go after the new one is in force.
        for (uint i = 0; old is null && i < query.ProgCount; i++)
        {
            using Fd other = OpenProgram(ids[i]);
            var detach = new Libc.BpfProgAttach { TargetFd = (uint)cgroup.Number, AttachBpfFd = (uint)other.Number, AttachType = Libc.BPF_CGROUP_DEVICE };
            if (Libc.bpf(Libc.BPF_PROG_DETACH, &detach, (uint)sizeof(Libc.BpfProgAttach)) < 0)
                throw new LadeException("detach a device program from " + name, Libc.LastError);
        }
    }

    private static int Load(ReadOnlySpan<ulong> instructions, Span<byte> log)
    {
        fixed (ulong* code = instructions)
        fixed (byte* license = "Apache-2.0\0"u8)
        fixed (byte* logBuffer = log)
        {
            var load = new Libc.BpfProgLoad
            {
                ProgType = Libc.BPF_PROG_TYPE_CGROUP_DEVICE,
                InsnCount = (uint)instructions.Length,
                Insns = (ulong)code,
                License = (ulong)license,
                LogLevel = log.IsEmpty ? 0u : 1u,
                LogSize = (uint)log.Length,
                LogBuffer = (ulong)logBuffer,
            };
            return Libc.bpf(Libc.BPF_PROG_LOAD, &load, (uint)sizeof(Libc.BpfProgLoad));
        }
    }

    private static Fd OpenProgram(uint id)
    {
        // union bpf_attr: prog_id, next_id, open_flags.
        uint* attributes = stackalloc uint[3] { id, 0, 0 };
        return Fd.FromResult(Libc.bpf(Libc.BPF_PROG_GET_FD_BY_ID, attributes, 3 * sizeof(uint)), "open device program " + id);
    }
}
