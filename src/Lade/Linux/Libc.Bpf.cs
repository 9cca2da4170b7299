using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    /// <summary>For x86-64; 280 on arm64.</summary>
    public const int SYS_bpf = 321;

    public const int BPF_PROG_LOAD = 5;
    public const int BPF_PROG_ATTACH = 8;
    public const int BPF_PROG_DETACH = 9;
    public const int BPF_PROG_GET_FD_BY_ID = 13;
    public const int BPF_PROG_QUERY = 16;

    public const uint BPF_PROG_TYPE_CGROUP_DEVICE = 15;
    public const uint BPF_CGROUP_DEVICE = 6;
    public const uint BPF_F_ALLOW_MULTI = 2;
    public const uint BPF_F_REPLACE = 4;

    /// <summary>bpf(2). Neither glibc nor musl has a wrapper.</summary>
    public static int bpf(int command, void* attributes, uint size) => (int)LibC.syscall(SYS_bpf, command, attributes, size);

    /// <summary>union bpf_attr for BPF_PROG_LOAD, up to the last field lade sets.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 48)]
    internal struct BpfProgLoad
    {
        [FieldOffset(0)]
        public uint ProgType;

        [FieldOffset(4)]
        public uint InsnCount;

        [FieldOffset(8)]
        public ulong Insns;

        [FieldOffset(16)]
        public ulong License;

        [FieldOffset(24)]
        public uint LogLevel;

        [FieldOffset(28)]
        public uint LogSize;

        [FieldOffset(32)]
        public ulong LogBuffer;
    }

    /// <summary>union bpf_attr for BPF_PROG_ATTACH.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct BpfProgAttach
    {
        public uint TargetFd;
        public uint AttachBpfFd;
        public uint AttachType;
        public uint AttachFlags;
        public uint ReplaceBpfFd;
    }

    /// <summary>union bpf_attr for BPF_PROG_QUERY.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    internal struct BpfProgQuery
    {
        [FieldOffset(0)]
        public uint TargetFd;

        [FieldOffset(4)]
        public uint AttachType;

        [FieldOffset(12)]
        public uint AttachFlags;

        [FieldOffset(16)]
        public ulong ProgIds;

        [FieldOffset(24)]
        public uint ProgCount;
    }
}
