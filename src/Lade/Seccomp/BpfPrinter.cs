using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Lade.Seccomp;

/// <summary>A filter as text, one instruction per line, jump targets as line numbers: for <c>lade plan</c> and for bug reports.</summary>
internal static class BpfPrinter
{
    private const int ArgsOffset = 16; // struct seccomp_data: nr, arch, instruction_pointer, args[6]

    public static string Print(ReadOnlySpan<byte> program)
    {
        ReadOnlySpan<BpfInstruction> instructions = MemoryMarshal.Cast<byte, BpfInstruction>(program);
        var text = new StringBuilder();
        for (int at = 0; at < instructions.Length; at++)
        {
            text.Append(at.ToString().PadLeft(4)).Append("  ");
            Append(text, instructions[at], at);
            text.Append('\n');
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, BpfInstruction instruction, int at)
    {
        switch (instruction.Code)
        {
            case BpfWriter.Load:
                AppendField(text.Append("load "), instruction.K);
                break;
            case BpfWriter.And:
                AppendHex(text.Append("and "), instruction.K);
                break;
            case BpfWriter.JumpAlways:
                text.Append("goto ").Append(at + 1 + instruction.K);
                break;
            case BpfWriter.Return:
                AppendAction(text.Append("return "), instruction.K);
                break;
            default:
                AppendHex(text.Append("if ").Append(Comparison(instruction.Code)).Append(' '), instruction.K);
                text.Append(" goto ").Append(at + 1 + instruction.IfTrue).Append(" else ").Append(at + 1 + instruction.IfFalse);
                break;
        }
    }

    private static string Comparison(ushort code) => code switch
    {
        BpfWriter.JumpEqual => "==",
        BpfWriter.JumpGreater => ">",
        BpfWriter.JumpGreaterOrEqual => ">=",
        BpfWriter.JumpAnySet => "&",
        _ => throw new LadeException("not an instruction of a seccomp filter: " + code),
    };

    /// <summary>Halves of an argument as they lie in memory; which is the upper one depends on the machine.</summary>
    private static void AppendField(StringBuilder text, uint offset)
    {
        if (offset < ArgsOffset)
            text.Append(offset switch { 0 => "number", 4 => "arch", _ => "instruction_pointer" });
        else
            text.Append("args[").Append((offset - ArgsOffset) / 8).Append(offset % 8 == 0 ? "]+0" : "]+4");
    }

    private static void AppendAction(StringBuilder text, uint value)
    {
        uint data = value & ~ActionValue.ActionMask;
        text.Append((value & ActionValue.ActionMask) switch
        {
            ActionValue.KillProcess => "KILL_PROCESS",
            ActionValue.KillThread => "KILL_THREAD",
            ActionValue.Trap => "TRAP",
            ActionValue.Errno => "ERRNO",
            ActionValue.Notify => "NOTIFY",
            ActionValue.Trace => "TRACE",
            ActionValue.Log => "LOG",
            ActionValue.Allow => "ALLOW",
            _ => "UNKNOWN",
        });
        if (data != 0 || (value & ActionValue.ActionMask) is ActionValue.Errno or ActionValue.Trace)
            text.Append('(').Append(data).Append(')');
    }

    private static void AppendHex(StringBuilder text, uint value) => text.Append("0x").Append(value.ToString("x"));
}
