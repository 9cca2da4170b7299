using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>
/// Evaluates a filter for single system calls as the kernel would (classic BPF over struct seccomp_data, seccomp(2)). `init` may load a filter early, and drop
/// the privilege to do so, only if the filter allows everything that `init` still has to do.
/// </summary>
internal static class BpfInterpreter
{
    private const uint SECCOMP_RET_ALLOW = 0x7fff0000;
    private const uint SECCOMP_RET_LOG = 0x7ffc0000;
    private const int InstructionSize = 8;
    private const int MemoryWords = 16; // BPF_MEMWORDS

    /// <summary>Whether the filter allows a system call.</summary>
    /// <param name="name">Name on the native architecture.</param>
    /// <param name="first">The first arguments, where filters may check them.</param>
    public static bool Allows(ReadOnlySpan<byte> program, string name, ulong first = 0, ulong second = 0)
    {
        const SeccompArch Native = SeccompArch.X86_64;
        int index = SystemCallTable.IndexOf(name);
        int stored = index < 0 ? -1 : SystemCallTable.Numbers(Native)[index];
        if (stored < 0)
            return false;
        Span<byte> data = stackalloc byte[64];
        data.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(data, SystemCallTable.Number(Native, stored));
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], AuditArch.Value(Native));
        BinaryPrimitives.WriteUInt64LittleEndian(data[16..], first);
        BinaryPrimitives.WriteUInt64LittleEndian(data[24..], second);
        return Run(program, data) is SECCOMP_RET_ALLOW or SECCOMP_RET_LOG;
    }

    /// <inheritdoc cref="Allows(ReadOnlySpan{byte}, string, ulong, ulong)"/>
    public static bool AllowsAll(ReadOnlySpan<byte> program, IReadOnlyList<string> names)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (!Allows(program, names[i]))
                return false;
        }

        return true;
    }

    /// <summary>Return value of the program; 0, which kills, if the kernel would not accept it.</summary>
    private static uint Run(ReadOnlySpan<byte> program, ReadOnlySpan<byte> data)
    {
        Span<uint> memory = stackalloc uint[MemoryWords];
        memory.Clear();
        uint a = 0, x = 0;
        int count = program.Length / InstructionSize;
        for (int pc = 0; pc < count; pc++)
        {
            ReadOnlySpan<byte> instruction = program.Slice(pc * InstructionSize, InstructionSize);
            ushort code = BinaryPrimitives.ReadUInt16LittleEndian(instruction);
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            switch (code & 0x07)
            {
                case 0x00: // BPF_LD
                    if (!TryLoad(code, k, data, memory, out a))
                        return 0;
                    break;
                case 0x01: // BPF_LDX
                    if (!TryLoad(code, k, data, memory, out x))
                        return 0;
                    break;
                case 0x02 or 0x03: // BPF_ST, BPF_STX
                    if (k >= MemoryWords)
                        return 0;
                    memory[(int)k] = (code & 0x07) == 0x02 ? a : x;
                    break;
                case 0x04: // BPF_ALU
                    a = Compute(code, a, (code & 0x08) != 0 ? x : k);
                    break;
                case 0x05: // BPF_JMP
                    pc += Jump(code, a, (code & 0x08) != 0 ? x : k, k, instruction[2], instruction[3]);
                    break;
                case 0x06: // BPF_RET
                    return (code & 0x18) == 0x10 ? a : k;
                default: // BPF_MISC: TXA, TAX
                    if ((code & 0x80) != 0)
                        a = x;
                    else
                        x = a;
                    break;
            }
        }

        return 0;
    }

    private static bool TryLoad(ushort code, uint k, ReadOnlySpan<byte> data, ReadOnlySpan<uint> memory, out uint value)
    {
        value = k;
        // struct seccomp_data is accessed in whole words only.
        if ((code & 0x18) != 0)
            return false;
        switch (code & 0xe0)
        {
            case 0x00: // BPF_IMM
                return true;
            case 0x20: // BPF_ABS
                if (k > data.Length - 4 || k % 4 != 0)
                    return false;
                value = BinaryPrimitives.ReadUInt32LittleEndian(data[(int)k..]);
                return true;
            case 0x60: // BPF_MEM
                if (k >= MemoryWords)
                    return false;
                value = memory[(int)k];
                return true;
            case 0x80: // BPF_LEN
                value = (uint)data.Length;
                return true;
            default:
                return false;
        }
    }

    private static uint Compute(ushort code, uint a, uint operand) => (code & 0xf0) switch
    {
        0x00 => a + operand,
        0x10 => a - operand,
        0x20 => a * operand,
        0x30 => operand == 0 ? 0 : a / operand,
        0x40 => a | operand,
        0x50 => a & operand,
        0x60 => a << (int)(operand & 31),
        0x70 => a >> (int)(operand & 31),
        0x80 => (uint)-(int)a,
        0x90 => operand == 0 ? 0 : a % operand,
        _ => a ^ operand,
    };

    /// <summary>Number of instructions to skip.</summary>
    private static int Jump(ushort code, uint a, uint operand, uint k, byte whenTrue, byte whenFalse) => (code & 0xf0) switch
    {
        0x00 => (int)Math.Min(k, int.MaxValue / 2),
        0x10 => a == operand ? whenTrue : whenFalse,
        0x20 => a > operand ? whenTrue : whenFalse,
        0x30 => a >= operand ? whenTrue : whenFalse,
        _ => (a & operand) != 0 ? whenTrue : whenFalse,
    };
}
