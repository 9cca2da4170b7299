using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>config-linux.md "Seccomp". Actions, operators, flags and architectures keep the spec's names, parsed to enums.</summary>
internal sealed record SeccompSpec
{
    /// <summary>How many architectures a filter can have: all that <see cref="SeccompArch"/> has.</summary>
    public const int MostArchitectures = (int)SeccompArch.ShEb + 1;

    public required SeccompAction DefaultAction { get; init; }

    /// <summary>errno of the default action; null is EPERM.</summary>
    public uint? DefaultErrnoRet { get; init; }
    public IReadOnlyList<SeccompArch> Architectures { get; init; } = [];

    /// <summary>null when absent: SPEC_ALLOW is then set, as runc does; an empty list sets none.</summary>
    public IReadOnlyList<SeccompFlag>? Flags { get; init; }
    public string? ListenerPath { get; init; }
    public string? ListenerMetadata { get; init; }
    public IReadOnlyList<SeccompRule> Syscalls { get; init; } = [];
}

/// <summary>One entry of <c>syscalls[]</c>: the names share one action and one list of conditions.</summary>
internal sealed record SeccompRule
{
    public required IReadOnlyList<string> Names { get; init; }
    public required SeccompAction Action { get; init; }

    /// <summary>null is EPERM; 0 is a value.</summary>
    public uint? ErrnoRet { get; init; }
    public IReadOnlyList<SeccompArg> Args { get; init; } = [];
}

/// <summary>A condition on argument <c>Index</c> (0..5). For MASKED_EQ <c>Value</c> is the mask and <c>ValueTwo</c> what must remain.</summary>
internal sealed record SeccompArg(uint Index, ulong Value, ulong ValueTwo, SeccompOperator Op);

/// <summary>SCMP_ACT_*; <c>Kill</c> is the old name of <c>KillThread</c>.</summary>
internal enum SeccompAction
{
    Kill,
    KillProcess,
    KillThread,
    Trap,
    Errno,
    Trace,
    Allow,
    Log,
    Notify,
}

/// <summary>SCMP_CMP_*; comparisons are unsigned and 64 bits wide.</summary>
internal enum SeccompOperator
{
    NotEqual,
    LessThan,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    GreaterThan,
    MaskedEqual,
}

/// <summary>SECCOMP_FILTER_FLAG_* (seccomp(2)) that a config may ask for.</summary>
internal enum SeccompFlag
{
    Tsync,
    Log,
    SpecAllow,
    WaitKillableRecv,
}

/// <summary>SCMP_ARCH_*, all 23 of the spec.</summary>
internal enum SeccompArch
{
    X86,
    X86_64,
    X32,
    Arm,
    Aarch64,
    Mips,
    Mips64,
    Mips64N32,
    Mipsel,
    Mipsel64,
    Mipsel64N32,
    Ppc,
    Ppc64,
    Ppc64Le,
    S390,
    S390X,
    Parisc,
    Parisc64,
    Riscv64,
    Loongarch64,
    M68K,
    Sh,
    ShEb,
}
