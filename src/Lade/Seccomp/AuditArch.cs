using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>What a filter needs to know about an architecture: AUDIT_ARCH_* (linux/audit.h), word size, numbering and multiplexing of calls.</summary>
internal static class AuditArch
{
    /// <summary>Set in the number of every x32 call; x32 and x86_64 share a <see cref="Value"/>.</summary>
    public const uint X32Bit = 0x40000000;

    private const uint LittleEndian = 0x40000000;
    private const uint Bits64 = 0x80000000;
    private const uint MipsN32 = 0x20000000;

    /// <summary>seccomp_data.arch: the ELF machine and two flags.</summary>
    public static uint Value(SeccompArch arch) => arch switch
    {
        SeccompArch.X86 => 3 | LittleEndian,
        SeccompArch.X86_64 or SeccompArch.X32 => 62 | LittleEndian | Bits64,
        SeccompArch.Arm => 40 | LittleEndian,
        SeccompArch.Aarch64 => 183 | LittleEndian | Bits64,
        SeccompArch.Mips => 8,
        SeccompArch.Mips64 => 8 | Bits64,
        SeccompArch.Mips64N32 => 8 | Bits64 | MipsN32,
        SeccompArch.Mipsel => 8 | LittleEndian,
        SeccompArch.Mipsel64 => 8 | LittleEndian | Bits64,
        SeccompArch.Mipsel64N32 => 8 | LittleEndian | Bits64 | MipsN32,
        SeccompArch.Ppc => 20,
        SeccompArch.Ppc64 => 21 | Bits64,
        SeccompArch.Ppc64Le => 21 | LittleEndian | Bits64,
        SeccompArch.S390 => 22,
        SeccompArch.S390X => 22 | Bits64,
        SeccompArch.Parisc => 15,
        SeccompArch.Parisc64 => 15 | Bits64,
        SeccompArch.Riscv64 => 243 | LittleEndian | Bits64,
        SeccompArch.Loongarch64 => 258 | LittleEndian | Bits64,
        SeccompArch.M68K => 4,
        SeccompArch.Sh => 42 | LittleEndian,
        SeccompArch.ShEb => 42,
        _ => throw new LadeException("no audit value for architecture " + WordList.At(SpecNames.SeccompArchs, (int)arch)),
    };

    /// <summary>Whether arguments are 64 bits wide. Not on x32 and n32: the kernel zero-extends there, so the upper half is not compared.</summary>
    public static bool Is64(SeccompArch arch) =>
        arch != SeccompArch.X32 && arch != SeccompArch.Mips64N32 && arch != SeccompArch.Mipsel64N32 && (Value(arch) & Bits64) != 0;

    public static bool IsBigEndian(SeccompArch arch) => (Value(arch) & LittleEndian) == 0;

    /// <summary>Offset of all system call numbers.</summary>
    public static uint FirstNumber(SeccompArch arch) => arch switch
    {
        SeccompArch.X32 => X32Bit,
        SeccompArch.Mips or SeccompArch.Mipsel => 4000,
        SeccompArch.Mips64 or SeccompArch.Mipsel64 => 5000,
        SeccompArch.Mips64N32 or SeccompArch.Mipsel64N32 => 6000,
        _ => 0,
    };

    /// <summary>Whether socket and System V IPC calls may also be made through socketcall(2) and ipc(2).</summary>
    public static bool Multiplexes(SeccompArch arch) => arch
        is SeccompArch.X86 or SeccompArch.Mips or SeccompArch.Mipsel or SeccompArch.Ppc or SeccompArch.Ppc64 or SeccompArch.Ppc64Le
        or SeccompArch.S390 or SeccompArch.S390X or SeccompArch.M68K or SeccompArch.Sh or SeccompArch.ShEb;

    /// <summary>s390 passes calls above 255 through number 0; for a call unknown to the kernel that number is kept.</summary>
    public static bool UsesNumberZeroForUnknown(SeccompArch arch) => arch is SeccompArch.S390 or SeccompArch.S390X;
}
