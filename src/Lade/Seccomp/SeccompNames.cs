using System;
using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>
/// The spec's spelling of every enumeration of <c>linux.seccomp</c>, in the order of the enumeration: for reading, messages and the features document.
/// </summary>
internal static class SeccompNames
{
    public const int ArchCount = 23;

    public static readonly string[] Actions =
    [
        "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE",
        "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY",
    ];

    public static readonly string[] Operators =
    [
        "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
    ];

    public static readonly string[] Flags =
    [
        "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ];

    public static readonly string[] Architectures =
    [
        "SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64",
        "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64",
        "SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64",
        "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
    ];

    public static string Of(SeccompAction action) => Actions[(int)action];

    public static string Of(SeccompOperator op) => Operators[(int)op];

    public static string Of(SeccompFlag flag) => Flags[(int)flag];

    public static string Of(SeccompArch arch) => Architectures[(int)arch];

    public static bool TryParseAction(ReadOnlySpan<char> name, out SeccompAction action)
    {
        bool found = TryFind(Actions, name, out int index);
        action = (SeccompAction)index;
        return found;
    }

    public static bool TryParseOperator(ReadOnlySpan<char> name, out SeccompOperator op)
    {
        bool found = TryFind(Operators, name, out int index);
        op = (SeccompOperator)index;
        return found;
    }

    public static bool TryParseFlag(ReadOnlySpan<char> name, out SeccompFlag flag)
    {
        bool found = TryFind(Flags, name, out int index);
        flag = (SeccompFlag)index;
        return found;
    }

    public static bool TryParseArch(ReadOnlySpan<char> name, out SeccompArch arch)
    {
        bool found = TryFind(Architectures, name, out int index);
        arch = (SeccompArch)index;
        return found;
    }

    private static bool TryFind(string[] names, ReadOnlySpan<char> name, out int index)
    {
        for (index = 0; index < names.Length; index++)
        {
            if (name.SequenceEqual(names[index]))
                return true;
        }

        return false;
    }
}
