using System;

namespace Lade.Plan;

/// <summary>
/// The encoded plan as native/init/plan.h defines it: opcodes, flags, fixed slots, offsets of header and operation. A unit test compiles the
/// header and holds every value here against it; change both together.
/// </summary>
internal static class PlanFormat
{
    public const uint Magic = 0x4544414c;
    public const uint Version = 1;
    public const int MaxSlots = 4096;
    public const int HeaderSize = 40;
    public const int OperationSize = 56;
    public const int ArgumentCount = 6;
    public const int MessageSize = 32;
    public const int MaxText = 3072;
    public const uint SlotRoot = 0;
    public const uint SlotNull = 1;
    public const uint SlotEmpty = 2;
    public const uint SlotNodes = 3;
    public const int FirstSlot = 4;
    public const uint NoSlot = 0xffffffff;
    public const byte WordGo = 1;
    public const byte WordNamespaces = 2;
}

/// <summary>enum lade_opcode.</summary>
internal enum Opcode : ushort
{
    JoinCgroup = 1,
    Unshare = 2,
    Setns = 3,
    Sync = 4,
    Clone = 5,
    BecomeRoot = 6,
    WriteProc = 7,
    LoopbackUp = 8,
    Hostname = 9,
    Domainname = 10,
    Setsid = 11,
    SessionKeyring = 12,
    ResetSignals = 13,
    SetPropagation = 20,
    OpenTree = 21,
    MountAttr = 22,
    AttachRoot = 23,
    Mount = 24,
    Attach = 25,
    Remount = 26,
    TargetAttr = 27,
    MakeDevice = 28,
    Symlink = 29,
    Mask = 30,
    Readonly = 31,
    PivotRoot = 32,
    MakeDirectory = 33,
    Chroot = 34,
    OpenNull = 35,
    Unmount = 36,
    Console = 40,
    Chdir = 41,
    FindExecutable = 42,
    WaitStart = 43,
    RunHook = 44,
    Rlimit = 45,
    Umask = 46,
    Personality = 47,
    Setgroups = 48,
    Bounding = 49,
    Setuser = 50,
    Capabilities = 51,
    NoNewPrivs = 52,
    Seccomp = 53,
    Execute = 54,
    Scheduler = 55,
    IoPriority = 56,
    MemoryPolicy = 57,
    Affinity = 58,
    Idmap = 59,
    HookOutput = 60,
    FindHome = 61,
    StandardStreams = 62,
    ControllingTerminal = 63,
    CloseDescriptors = 64,
    EmptyRoot = 65,
    ProcNamespace = 66,
    MakeNodes = 67,
    MakeNode = 68,
    AttachNode = 69,
    DetachNodes = 70,
    HoldMount = 71,
    ReportMounts = 72,
}

/// <summary>LADE_F_*.</summary>
[Flags]
internal enum OperationFlags : ushort
{
    None = 0,
    Recursive = 0x0001,
    Nofollow = 0x0002,
    NoSymlinks = 0x0004,
    InProc = 0x0008,
    InheritMode = 0x0010,
    CopyUp = 0x0020,
    Optional = 0x0040,
    Replace = 0x0080,
    Superblock = 0x0100,
    NoPivot = 0x0200,
    BindConsole = 0x0400,
    RaiseOnly = 0x0800,
    Dumpable = 0x1000,
    OptionalFlags = 0x2000,
    SharedParent = 0x4000,
    Fallback = 0x8000,
}

/// <summary>enum lade_stage: which step of an operation failed.</summary>
internal enum Stage : uint
{
    None = 0,
    Plan = 1,
    Source = 2,
    Target = 3,
    Fsopen = 4,
    Fsconfig = 5,
    Fsmount = 6,
    Attributes = 7,
    Move = 8,
    CopyUp = 9,
    InsideProc = 10,
    NotDirectory = 11,
    CwdEscaped = 12,
    Lookup = 13,
    Stat = 14,
    Exec = 15,
    HookStart = 16,
    HookStatus = 17,
    HookTimeout = 18,
    DeviceNull = 19,
    Pty = 20,
    ConsoleBind = 21,
    Ambient = 22,
    SendFd = 23,
    User = 24,
}

/// <summary>enum lade_message_kind.</summary>
internal enum MessageKind : uint
{
    Sync = 1,
    Pid = 2,
    Error = 3,
    Fd = 4,
    Mount = 5,
}

/// <summary>LADE_FD_*: what a descriptor sent by `init` is.</summary>
internal enum SentFd : ulong
{
    Console = 1,
    Seccomp = 2,
}
