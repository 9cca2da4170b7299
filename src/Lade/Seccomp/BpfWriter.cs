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
/// Writes a program from its end to its start. Classic BPF jumps forward only, so every target is already in place when the jump to
/// it is written: no labels, no second pass. A position counts from the end of the program. Where a jump would be longer than the 255
/// that fit its byte, the far code is brought near: a return instruction is repeated, anything else is reached through one BPF_JA.
/// </summary>
internal sealed class BpfWriter
{
    public const int MaxInstructions = 4096;

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
    private Place[] _places = new Place[8];
    private int _placeCount;

    /// <summary>What a negative place stands for: its nearest code, and the action it returns unless it is code of its own.</summary>
    private struct Place
    {
        public int Position;
        public uint Action;
        public bool IsCode;
    }

    public int Count { get; private set; }

    /// <summary>A place to jump to that answers with <paramref name="action"/>; equal actions give equal places. Negative, so never a position.</summary>
    public int Result(uint action)
    {
        for (int i = 0; i < _placeCount; i++)
        {
            if (!_places[i].IsCode && _places[i].Action == action)
                return ~i;
        }

        return AddPlace(new Place { Position = -1, Action = action });
    }

    /// <summary>A place for code that many will jump to: where it is far, they share one BPF_JA.</summary>
    public int Shared(int position) => AddPlace(new Place { Position = position, IsCode = true });

    /// <summary>Writes an instruction that goes on to the one written before it.</summary>
    /// <returns>Its position.</returns>
    public int Plain(ushort code, uint k) => Append(code, 0, 0, k);

    /// <summary>Writes a conditional jump; the places are positions or results.</summary>
    /// <returns>Its position.</returns>
    public int Jump(ushort code, uint k, int ifTrue, int ifFalse)
    {
        // Bringing one place near moves the other away by an instruction or two.
        do
        {
            ifTrue = Near(ifTrue);
            ifFalse = Near(ifFalse);
        }
        while (Distance(ifTrue) > Reach || Distance(ifFalse) > Reach);
        return Append(code, (byte)Distance(ifTrue), (byte)Distance(ifFalse), k);
    }

    /// <summary>The position of a place that the next instruction can jump to.</summary>
    public int Near(int place)
    {
        if (place >= 0)
            return Distance(place) <= Reach ? place : Append(JumpAlways, 0, 0, (uint)Distance(place));
        ref Place target = ref _places[~place];
        if (target.IsCode)
            target.Position = Near(target.Position);
        else if (target.Position < 0 || Distance(target.Position) > Reach)
            target.Position = Append(Return, 0, 0, target.Action);
        return target.Position;
    }

    /// <summary>The program in order of execution, without instructions that all jumps have come to avoid: loads of what is loaded already.</summary>
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

    /// <summary>The position each instruction has once those that cannot be reached are gone; -1 for these.</summary>
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

    private int AddPlace(Place place)
    {
        if (_placeCount == _places.Length)
            Array.Resize(ref _places, 2 * _placeCount);
        _places[_placeCount] = place;
        return ~_placeCount++;
    }

    private int Distance(int position) => Count - position - 1;

    private int Append(ushort code, byte ifTrue, byte ifFalse, uint k)
    {
        if (Count == MaxInstructions)
            throw new LadeException("seccomp profile needs more than the " + MaxInstructions + " instructions the kernel takes");
        if (Count == _instructions.Length)
            Array.Resize(ref _instructions, 2 * Count);
        _instructions[Count] = new BpfInstruction { Code = code, IfTrue = ifTrue, IfFalse = ifFalse, K = k };
        return Count++;
    }
}
