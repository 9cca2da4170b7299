namespace Lade.Plan;

/// <summary>
/// The parts of native/init/plan.h other than operations: header layout, fixed slots, stages. A unit test compiles the header and compares every value; change
/// both together.
/// </summary>
internal static class PlanFormat
{
    public const uint Magic = 0x4544414c;
    public const uint Version = 2;
    public const int MaxSlots = 4096;
    public const int HeaderSize = 40;
    public const int OperationHeadSize = 8;
    public const int MessageSize = 32;
    public const int MaxText = 3072;
    public const uint NoSlot = 0;
    public const uint SlotRoot = 1;
    public const uint SlotNull = 2;
    public const uint SlotEmpty = 3;
    public const uint SlotNodes = 4;
    public const int FirstSlot = 5;
    public const byte CommandGo = 1;
    public const byte CommandNamespaces = 2;
}

/// <summary>enum lade_stage: the step of an operation that failed.</summary>
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

/// <summary>LADE_FD_*: identifies a descriptor sent by `init`.</summary>
internal enum SentFd : ulong
{
    Console = 1,
    Seccomp = 2,
}
