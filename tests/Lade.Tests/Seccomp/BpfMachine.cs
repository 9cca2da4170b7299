using System;
using System.Runtime.InteropServices;
using Lade.Seccomp;

namespace Lade.Tests.Seccomp;

/// <summary>struct seccomp_data.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SeccompData
{
    public uint Number;
    public uint Arch;
    public ulong InstructionPointer;
    public fixed ulong Args[6];

    public static SeccompData Of(uint arch, uint number, ReadOnlySpan<ulong> args)
    {
        var data = new SeccompData { Number = number, Arch = arch };
        for (int i = 0; i < args.Length; i++)
            data.Args[i] = args[i];
        return data;
    }
}

/// <summary>Runs and checks filters like the kernel.</summary>
internal static class BpfMachine
{
    public static ReadOnlySpan<BpfInstruction> Decode(byte[] program) => MemoryMarshal.Cast<byte, BpfInstruction>(program);

    public static uint Run(ReadOnlySpan<BpfInstruction> program, in SeccompData data) => Run(program, data, out _);

    public static uint Run(ReadOnlySpan<BpfInstruction> program, in SeccompData data, out int executed)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<SeccompData, uint>(new ReadOnlySpan<SeccompData>(in data));
        uint a = 0;
        executed = 0;
        for (int pc = 0; ; pc++)
        {
            ref readonly BpfInstruction i = ref program[pc];
            executed++;
            switch (i.Code)
            {
                case BpfWriter.Load: a = words[(int)i.K / 4]; break;
                case BpfWriter.And: a &= i.K; break;
                case BpfWriter.JumpAlways: pc += (int)i.K; break;
                case BpfWriter.JumpEqual: pc += a == i.K ? i.IfTrue : i.IfFalse; break;
                case BpfWriter.JumpGreater: pc += a > i.K ? i.IfTrue : i.IfFalse; break;
                case BpfWriter.JumpGreaterOrEqual: pc += a >= i.K ? i.IfTrue : i.IfFalse; break;
                case BpfWriter.JumpAnySet: pc += (a & i.K) != 0 ? i.IfTrue : i.IfFalse; break;
                case BpfWriter.Return: return i.K;
                default: throw new InvalidOperationException($"opcode {i.Code:x} at {pc}");
            }
        }
    }

    /// <summary>
    /// bpf_check_classic and seccomp_check_filter: known instructions, jumps within the program, aligned loads within seccomp_data, a return at the end. Also
    /// no unreachable instructions, and none that prevent the kernel's action cache (5.11).
    /// </summary>
    /// <returns>The problem, or null.</returns>
    public static string? Check(ReadOnlySpan<BpfInstruction> program)
    {
        if (program.Length is 0 or > BpfWriter.MaxInstructions)
            return $"{program.Length} instructions";
        if (program[^1].Code != BpfWriter.Return)
            return "does not end with a return";
        var reached = new bool[program.Length];
        reached[0] = true;
        for (int pc = 0; pc < program.Length; pc++)
        {
            BpfInstruction i = program[pc];
            if (!reached[pc])
                return $"{pc} is never reached";
            switch (i.Code)
            {
                case BpfWriter.Load when i.K % 4 == 0 && i.K < 64:
                case BpfWriter.And:
                    reached[pc + 1] = true;
                    break;
                case BpfWriter.JumpAlways:
                    if (pc + 1 + (long)i.K >= program.Length)
                        return $"{pc} jumps out";
                    reached[pc + 1 + (int)i.K] = true;
                    break;
                case BpfWriter.JumpEqual or BpfWriter.JumpGreater or BpfWriter.JumpGreaterOrEqual or BpfWriter.JumpAnySet:
                    if (pc + 1 + Math.Max(i.IfTrue, i.IfFalse) >= program.Length)
                        return $"{pc} jumps out";
                    reached[pc + 1 + i.IfTrue] = reached[pc + 1 + i.IfFalse] = true;
                    break;
                case BpfWriter.Return:
                    break;
                default:
                    return $"{pc} has opcode {i.Code:x}, operand {i.K:x}";
            }
        }

        return null;
    }

    /// <summary>seccomp_is_const_allow: whether the kernel may cache that this call is allowed, and skip the filter.</summary>
    public static bool IsCachedAllow(ReadOnlySpan<BpfInstruction> program, uint arch, uint number)
    {
        uint a = 0;
        for (int pc = 0; pc < program.Length; pc++)
        {
            BpfInstruction i = program[pc];
            switch (i.Code)
            {
                case BpfWriter.Load when i.K == 0: a = number; break;
                case BpfWriter.Load when i.K == 4: a = arch; break;
                case BpfWriter.Load: return false;
                case BpfWriter.And: a &= i.K; break;
                case BpfWriter.JumpAlways: pc += (int)i.K; break;
                case BpfWriter.JumpEqual: pc += a == i.K ? i.IfTrue : i.IfFalse; break;
                case BpfWriter.JumpGreater: pc += a > i.K ? i.IfTrue : i.IfFalse; break;
                case BpfWriter.JumpGreaterOrEqual: pc += a >= i.K ? i.IfTrue : i.IfFalse; break;
                case BpfWriter.JumpAnySet: pc += (a & i.K) != 0 ? i.IfTrue : i.IfFalse; break;
                case BpfWriter.Return: return i.K == ActionValue.Allow;
                default: return false;
            }
        }

        return false;
    }
}
