using System;
using System.Runtime.InteropServices;

namespace Lade.Seccomp;

/// <summary>One classic BPF instruction, struct sock_filter of linux/filter.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BpfInstruction
{
    public ushort Code;
    public byte IfTrue;
    public byte IfFalse;
    public uint K;
}

/// <summary>
/// Writes a program from its end to its start: classic BPF jumps forward only, so the target of a jump always exists when the jump is written, without labels
/// or a second pass. Positions count from the end of the program. A target farther than the 255 instructions a conditional jump reaches is brought closer: a
/// return is duplicated, other code is reached through a BPF_JA.
/// </summary>
internal sealed class BpfWriter
{
    public const int MaxInstructions = 4096; // BPF_MAXINSNS
    public const int InstructionSize = 8;   // sizeof(struct sock_filter)

    public const ushort Load = 0x20;     // BPF_LD | BPF_W | BPF_ABS
    public const ushort And = 0x54;      // BPF_ALU | BPF_AND | BPF_K
    public const ushort JumpAlways = 0x05;
    public const ushort JumpEqual = 0x15;
    public const ushort JumpGreater = 0x25;
    public const ushort JumpGreaterOrEqual = 0x35;
    public const ushort JumpAnySet = 0x45;
    public const ushort Return = 0x06;

    private const int Reach = 255;

    private BpfInstruction[] _instructions = new BpfInstruction[512];
    private Target[] _targets = new Target[8];
    private int _targetCount;

    /// <summary>The meaning of a negative target: the closest position of its code, and for a return the action.</summary>
    private struct Target
    {
        public int Position;
        public uint Action;
        public bool IsCode;
    }

    public int Count { get; private set; }

    /// <summary>A jump target that returns <paramref name="action"/>; the same target for equal actions. Negative, so never a position.</summary>
    public int ReturnTarget(uint action)
    {
        for (int i = 0; i < _targetCount; i++)
        {
            if (!_targets[i].IsCode && _targets[i].Action == action)
                return ~i;
        }

        return AddTarget(new Target { Position = -1, Action = action });
    }

    /// <summary>A target for code with many jumps to it: if it is far, they share a BPF_JA.</summary>
    public int SharedTarget(int position) => AddTarget(new Target { Position = position, IsCode = true });

    /// <summary>Writes an instruction that continues with the one written before it (BPF_STMT).</summary>
    /// <returns>Its position.</returns>
    public int Statement(ushort code, uint k) => Append(code, 0, 0, k);

    /// <summary>Writes a conditional jump (BPF_JUMP) to positions or targets.</summary>
    /// <returns>Its position.</returns>
    public int Jump(ushort code, uint k, int ifTrue, int ifFalse)
    {
        // Bringing one target closer moves the other away by an instruction or two.
        do
        {
            ifTrue = Reachable(ifTrue);
            ifFalse = Reachable(ifFalse);
        }
        while (Distance(ifTrue) > Reach || Distance(ifFalse) > Reach);
        return Append(code, (byte)Distance(ifTrue), (byte)Distance(ifFalse), k);
    }

    /// <summary>Position of a target, within reach of the next instruction.</summary>
    public int Reachable(int target)
    {
        if (target >= 0)
            return Distance(target) <= Reach ? target : Append(JumpAlways, 0, 0, (uint)Distance(target));
        ref Target entry = ref _targets[~target];
        if (entry.IsCode)
            entry.Position = Reachable(entry.Position);
        else if (entry.Position < 0 || Distance(entry.Position) > Reach)
            entry.Position = Append(Return, 0, 0, entry.Action);
        return entry.Position;
    }

    /// <summary>The program in order of execution, without unreachable instructions: redundant loads that all jumps skip.</summary>
    public byte[] ToProgram()
    {
        Span<int> positions = Count <= 1024 ? stackalloc int[Count] : new int[Count];
        int left = Renumber(positions);
        var program = new byte[left * 8];
        Span<BpfInstruction> output = MemoryMarshal.Cast<byte, BpfInstruction>(program.AsSpan());
        for (int i = Count - 1; i >= 0; i--)
        {
            if (positions[i] < 0)
                continue;
            BpfInstruction instruction = _instructions[i];
            if (instruction.Code == JumpAlways)
                instruction.K = (uint)(positions[i] - positions[i - 1 - (int)instruction.K] - 1);
            else if (IsConditional(instruction.Code))
            {
                instruction.IfTrue = (byte)(positions[i] - positions[i - 1 - instruction.IfTrue] - 1);
                instruction.IfFalse = (byte)(positions[i] - positions[i - 1 - instruction.IfFalse] - 1);
            }

            output[left - 1 - positions[i]] = instruction;
        }

        return program;
    }

    /// <summary>Final position of each instruction; -1 if it is unreachable.</summary>
    private int Renumber(Span<int> positions)
    {
        positions.Fill(-1);
        positions[Count - 1] = 0;
        for (int i = Count - 1; i >= 0; i--)
        {
            if (positions[i] < 0)
                continue;
            BpfInstruction instruction = _instructions[i];
            if (instruction.Code == JumpAlways)
                positions[i - 1 - (int)instruction.K] = 0;
            else if (IsConditional(instruction.Code))
                positions[i - 1 - instruction.IfTrue] = positions[i - 1 - instruction.IfFalse] = 0;
            else if (instruction.Code != Return)
                positions[i - 1] = 0;
        }

        int next = 0;
        for (int i = 0; i < Count; i++)
        {
            if (positions[i] >= 0)
                positions[i] = next++;
        }

        return next;
    }

    private static bool IsConditional(ushort code) => code is JumpEqual or JumpGreater or JumpGreaterOrEqual or JumpAnySet;

    private int AddTarget(Target target)
    {
        if (_targetCount == _targets.Length)
            Array.Resize(ref _targets, 2 * _targetCount);
        _targets[_targetCount] = target;
        return ~_targetCount++;
    }

    private int Distance(int position) => Count - position - 1;

    private int Append(ushort code, byte ifTrue, byte ifFalse, uint k)
    {
        if (Count == MaxInstructions)
            throw new LadeException("seccomp profile needs more than the " + MaxInstructions + " instructions the kernel accepts");
        if (Count == _instructions.Length)
            Array.Resize(ref _instructions, 2 * Count);
        _instructions[Count] = new BpfInstruction { Code = code, IfTrue = ifTrue, IfFalse = ifFalse, K = k };
        return Count++;
    }
}
