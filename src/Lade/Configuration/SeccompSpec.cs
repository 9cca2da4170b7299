using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>Filter of the program's system calls (config-linux.md "Seccomp").</summary>
[ConfigObject]
internal sealed partial record SeccompSpec
{
    /// <summary>How many architectures a filter can have: all that <see cref="SeccompArch"/> has.</summary>
    public const int MostArchitectures = (int)SeccompArch.ShEb + 1;

    /// <summary>What happens to system calls that no rule matches; not SCMP_ACT_NOTIFY.</summary>
    [ConfigProperty("defaultAction")]
    public required SeccompAction DefaultAction { get; init; }

    /// <summary>Error number of the default action, with SCMP_ACT_ERRNO and SCMP_ACT_TRACE; EPERM when absent.</summary>
    [ConfigProperty("defaultErrnoRet")]
    public uint? DefaultErrnoRet { get; init; }

    /// <summary>Architectures that the filter covers besides the native one.</summary>
    [ConfigProperty("architectures")]
    public IReadOnlyList<SeccompArch> Architectures { get; init; } = [];

    /// <summary>Flags of seccomp(2). When absent, SECCOMP_FILTER_FLAG_SPEC_ALLOW is set, as with runc; an empty list sets none.</summary>
    [ConfigProperty("flags")]
    public IReadOnlyList<SeccompFlag>? Flags { get; init; }

    /// <summary>Socket of the agent that gets the notifications of SCMP_ACT_NOTIFY.</summary>
    [ConfigProperty("listenerPath")]
    public string? ListenerPath { get; init; }

    /// <summary>Text for the agent; needs listenerPath.</summary>
    [ConfigProperty("listenerMetadata", AllowsNul = true)]
    public string? ListenerMetadata { get; init; }

    /// <summary>The rules.</summary>
    [ConfigProperty("syscalls")]
    public IReadOnlyList<SeccompRule> Syscalls { get; init; } = [];
}

/// <summary>System calls with an action and conditions in common.</summary>
[ConfigObject]
internal sealed partial record SeccompRule
{
    /// <summary>Names of the system calls. A name that no architecture has is ignored.</summary>
    [ConfigProperty("names", IsDemanded = true)]
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>What happens to the system calls.</summary>
    [ConfigProperty("action")]
    public required SeccompAction Action { get; init; }

    /// <summary>Error number of the action, with SCMP_ACT_ERRNO and SCMP_ACT_TRACE; EPERM when absent, 0 is a value.</summary>
    [ConfigProperty("errnoRet")]
    public uint? ErrnoRet { get; init; }

    /// <summary>Conditions on arguments, all of which must hold.</summary>
    [ConfigProperty("args")]
    public IReadOnlyList<SeccompArg> Args { get; init; } = [];
}

/// <summary>A condition on an argument of a system call.</summary>
/// <param name="Index">Position of the argument.</param>
/// <param name="Value">What the argument is compared with; the mask of SCMP_CMP_MASKED_EQ.</param>
/// <param name="ValueTwo">What must remain of the argument under the mask of SCMP_CMP_MASKED_EQ.</param>
/// <param name="Op">The comparison.</param>
[ConfigObject]
internal sealed partial record SeccompArg(
    [ConfigProperty("index", Max = 5)] uint Index,
    [ConfigProperty("value")] ulong Value,
    [ConfigProperty("valueTwo", IsOptional = true)] ulong ValueTwo,
    [ConfigProperty("op")] SeccompOperator Op);

/// <summary>SCMP_ACT_*; <c>Kill</c> is the old name of <c>KillThread</c>.</summary>
[Vocabulary("SeccompActions")]
internal enum SeccompAction
{
    [SpecName("SCMP_ACT_KILL")] Kill,
    [SpecName("SCMP_ACT_KILL_PROCESS")] KillProcess,
    [SpecName("SCMP_ACT_KILL_THREAD")] KillThread,
    [SpecName("SCMP_ACT_TRAP")] Trap,
    [SpecName("SCMP_ACT_ERRNO")] Errno,
    [SpecName("SCMP_ACT_TRACE")] Trace,
    [SpecName("SCMP_ACT_ALLOW")] Allow,
    [SpecName("SCMP_ACT_LOG")] Log,
    [SpecName("SCMP_ACT_NOTIFY")] Notify,
}

/// <summary>SCMP_CMP_*; comparisons are unsigned and 64 bits wide.</summary>
[Vocabulary("SeccompOperators")]
internal enum SeccompOperator
{
    [SpecName("SCMP_CMP_NE")] NotEqual,
    [SpecName("SCMP_CMP_LT")] LessThan,
    [SpecName("SCMP_CMP_LE")] LessOrEqual,
    [SpecName("SCMP_CMP_EQ")] Equal,
    [SpecName("SCMP_CMP_GE")] GreaterOrEqual,
    [SpecName("SCMP_CMP_GT")] GreaterThan,
    [SpecName("SCMP_CMP_MASKED_EQ")] MaskedEqual,
}

/// <summary>SECCOMP_FILTER_FLAG_* (seccomp(2)) that a config may ask for.</summary>
[Vocabulary("SeccompFlags")]
internal enum SeccompFlag
{
    [SpecName("SECCOMP_FILTER_FLAG_TSYNC")] Tsync,
    [SpecName("SECCOMP_FILTER_FLAG_LOG")] Log,
    [SpecName("SECCOMP_FILTER_FLAG_SPEC_ALLOW")] SpecAllow,
    [SpecName("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")] WaitKillableRecv,
}

/// <summary>SCMP_ARCH_*, all 23 of the spec.</summary>
[Vocabulary("SeccompArchs")]
internal enum SeccompArch
{
    [SpecName("SCMP_ARCH_X86")] X86,
    [SpecName("SCMP_ARCH_X86_64")] X86_64,
    [SpecName("SCMP_ARCH_X32")] X32,
    [SpecName("SCMP_ARCH_ARM")] Arm,
    [SpecName("SCMP_ARCH_AARCH64")] Aarch64,
    [SpecName("SCMP_ARCH_MIPS")] Mips,
    [SpecName("SCMP_ARCH_MIPS64")] Mips64,
    [SpecName("SCMP_ARCH_MIPS64N32")] Mips64N32,
    [SpecName("SCMP_ARCH_MIPSEL")] Mipsel,
    [SpecName("SCMP_ARCH_MIPSEL64")] Mipsel64,
    [SpecName("SCMP_ARCH_MIPSEL64N32")] Mipsel64N32,
    [SpecName("SCMP_ARCH_PPC")] Ppc,
    [SpecName("SCMP_ARCH_PPC64")] Ppc64,
    [SpecName("SCMP_ARCH_PPC64LE")] Ppc64Le,
    [SpecName("SCMP_ARCH_S390")] S390,
    [SpecName("SCMP_ARCH_S390X")] S390X,
    [SpecName("SCMP_ARCH_PARISC")] Parisc,
    [SpecName("SCMP_ARCH_PARISC64")] Parisc64,
    [SpecName("SCMP_ARCH_RISCV64")] Riscv64,
    [SpecName("SCMP_ARCH_LOONGARCH64")] Loongarch64,
    [SpecName("SCMP_ARCH_M68K")] M68K,
    [SpecName("SCMP_ARCH_SH")] Sh,
    [SpecName("SCMP_ARCH_SHEB")] ShEb,
}
