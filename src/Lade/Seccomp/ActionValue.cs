using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>SECCOMP_RET_* (linux/seccomp.h): the return value of a filter for each action.</summary>
internal static class ActionValue
{
    public const uint KillProcess = 0x80000000;
    public const uint KillThread = 0;
    public const uint Trap = 0x00030000;
    public const uint Errno = 0x00050000;
    public const uint Notify = 0x7fc00000;
    public const uint Trace = 0x7ff00000;
    public const uint Log = 0x7ffc0000;
    public const uint Allow = 0x7fff0000;

    /// <summary>The bits that identify the action; the rest is data.</summary>
    public const uint ActionMask = 0xffff0000;

    public const uint ENOSYS = 38;
    private const uint EPERM = 1;

    /// <param name="errno">For Errno and Trace; defaults to EPERM.</param>
    public static uint From(SeccompAction action, uint? errno) => action switch
    {
        SeccompAction.Kill or SeccompAction.KillThread => KillThread,
        SeccompAction.KillProcess => KillProcess,
        SeccompAction.Trap => Trap,
        SeccompAction.Errno => Errno | ((errno ?? EPERM) & 0xffff),
        SeccompAction.Trace => Trace | ((errno ?? EPERM) & 0xffff),
        SeccompAction.Allow => Allow,
        SeccompAction.Log => Log,
        SeccompAction.Notify => Notify,
        _ => throw new LadeException("no return value for seccomp action " + (int)action),
    };
}
