using System;
using System.Text;
using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>
/// System call names and numbers for every architecture. Constant data in the executable: a lookup takes a hash and one or two comparisons, and nothing is
/// built at start-up.
/// </summary>
internal static partial class SystemCallTable
{
    /// <summary>Numbers below this are stored unchanged.</summary>
    public const int FirstStoredPrivate = 1000;

    /// <summary>Exclusive upper bound of stored numbers.</summary>
    public const int Size = FirstStoredPrivate + 16;

    private const uint ArmPrivate = 0x0f0000;
    private const int FirstOfSocketCall = 100;
    private const int FirstOfIpc = 200;

    /// <summary>Index of a name, which is the same for all architectures; -1 if no architecture has the call.</summary>
    public static int IndexOf(string name)
    {
        uint hash = 0;
        foreach (char c in name)
            hash = (hash * 31) + c;
        ReadOnlySpan<ushort> slots = Slots;
        for (int slot = (int)((hash * HashMultiplier) >> 22); ; slot = (slot + 1) & 1023)
        {
            int index = slots[slot] - 1;
            if (index < 0 || IsName(index, name))
                return index;
        }
    }

    public static string NameAt(int index) => Encoding.ASCII.GetString(NameBytes(index));

    /// <summary>Stored number for each name; see <see cref="Number"/>. Architectures that differ only in byte order share a table.</summary>
    public static ReadOnlySpan<short> Numbers(SeccompArch arch) => arch switch
    {
        SeccompArch.X86 => X86,
        SeccompArch.X86_64 => X86_64,
        SeccompArch.X32 => X32,
        SeccompArch.Arm => Arm,
        SeccompArch.Aarch64 => Aarch64,
        SeccompArch.Mips or SeccompArch.Mipsel => Mips,
        SeccompArch.Mips64 or SeccompArch.Mipsel64 => Mips64,
        SeccompArch.Mips64N32 or SeccompArch.Mipsel64N32 => Mips64N32,
        SeccompArch.Ppc => Ppc,
        SeccompArch.Ppc64 or SeccompArch.Ppc64Le => Ppc64,
        SeccompArch.S390 => S390,
        SeccompArch.S390X => S390X,
        SeccompArch.Parisc => Parisc,
        SeccompArch.Parisc64 => Parisc64,
        SeccompArch.Riscv64 => Riscv64,
        SeccompArch.Loongarch64 => Loongarch64,
        SeccompArch.M68K => M68K,
        SeccompArch.Sh or SeccompArch.ShEb => Sh,
        _ => throw new LadeException("no system call table for architecture " + WordList.At(SpecNames.SeccompArchs, (int)arch)),
    };

    /// <summary>Number in seccomp_data; increases with the stored number.</summary>
    public static uint Number(SeccompArch arch, int stored) => stored < FirstStoredPrivate
        ? AuditArch.FirstNumber(arch) + (uint)stored
        : ArmPrivate + (uint)(stored - FirstStoredPrivate);

    /// <summary>Whether some architectures multiplex the call: index of socketcall(2) or ipc(2), and the call's number there.</summary>
    public static bool IsMultiplexed(int index, out int multiplexer, out uint number)
    {
        int value = Multiplexed[index];
        multiplexer = value < FirstOfIpc ? SocketCallIndex : IpcIndex;
        number = (uint)(value < FirstOfIpc ? value - FirstOfSocketCall : value - FirstOfIpc);
        return value != 0;
    }

    private static bool IsName(int index, string name)
    {
        ReadOnlySpan<byte> bytes = NameBytes(index);
        if (bytes.Length != name.Length)
            return false;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != name[i])
                return false;
        }

        return true;
    }

    private static ReadOnlySpan<byte> NameBytes(int index) => Names[Starts[index]..(Starts[index + 1] - 1)];
}
