using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lade.Plan;

/// <summary>Descriptors that `init` inherits, by number.</summary>
internal sealed record InheritedFds
{
    /// <summary>SOCK_SEQPACKET socket to the host side.</summary>
    public required int Sync { get; init; }

    /// <summary>O_PATH directory of the host's procfs.</summary>
    public required int Proc { get; init; }

    public required IReadOnlyDictionary<Slot, int> Slots { get; init; }

    /// <summary>Number of descriptors above 2 that belong to the program.</summary>
    public int Preserved { get; init; }
}

/// <summary>
/// Encodes operations in the format of native/init/plan.h: header, data, records, slots. The code generated for each operation calls <see cref="Begin"/> and
/// then Put for each argument; these are not inlined, because sixty operations would add 60 KB to the executable.
/// </summary>
internal sealed class PlanEncoder
{
    private readonly PlanWriter _data = new(PlanFormat.HeaderSize, 16 * 1024);
    private readonly PlanWriter _records;
    private readonly Dictionary<Slot, uint> _slots = [];
    private readonly InheritedFds _inherited;

    private PlanEncoder(InheritedFds inherited, int operations)
    {
        _inherited = inherited;
        _records = new PlanWriter(0, operations * 32);
    }

    public static ReadOnlySpan<byte> Encode(IReadOnlyList<Operation> operations, InheritedFds inherited)
    {
        var encoder = new PlanEncoder(inherited, operations.Count);
        for (int i = 0; i < operations.Count; i++)
            operations[i].Encode(encoder);
        encoder.Finish(operations.Count);
        return encoder._data.Written;
    }

    /// <summary>struct lade_op.</summary>
    /// <param name="size">Size of the record in bytes, including this header.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Begin(ushort code, ushort size, uint flags)
    {
        _records.AppendUInt32(code | ((uint)size << 16));
        _records.AppendUInt32(flags);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Put(uint number) => _records.AppendUInt32(number);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Put(ulong number)
    {
        _records.AppendUInt32((uint)number);
        _records.AppendUInt32((uint)(number >> 32));
    }

    /// <summary>null is encoded as offset 0.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Put(string? text) => Put(_data.String(text));

    /// <summary>null is encoded as offset 0; an empty list is not.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Put(IReadOnlyList<string>? strings) => Put(strings is null ? 0 : _data.Vector(strings));

    /// <summary>An empty list is encoded as offset 0.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Put(IReadOnlyList<FsOption> options) => Put(options.Count == 0 ? 0 : _data.Options(options));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Put(ReadOnlyMemory<byte> bytes) => Put(_data.Blob(bytes.Span));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Put(IReadOnlyList<uint> numbers)
    {
        uint[] array = new uint[numbers.Count];
        for (int i = 0; i < array.Length; i++)
            array[i] = numbers[i];
        Put(_data.Blob(MemoryMarshal.AsBytes<uint>(array)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Put(Slot slot)
    {
        if (!_slots.TryGetValue(slot, out uint index))
            _slots.Add(slot, index = (uint)(PlanFormat.FirstSlot + _slots.Count));
        Put(index);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Put(Slot? slot)
    {
        if (slot is { } present)
            Put(present);
        else
            Put(PlanFormat.NoSlot);
    }

    private void Finish(int operations)
    {
        int count = PlanFormat.FirstSlot + _slots.Count;
        if (count > PlanFormat.MaxSlots)
            throw new LadeException("too many mounts and namespaces: " + count + " descriptors, at most " + PlanFormat.MaxSlots);
        Span<int> fds = stackalloc int[count];
        fds.Fill(-1);
        foreach ((Slot slot, uint index) in _slots)
        {
            if (_inherited.Slots.TryGetValue(slot, out int fd))
                fds[(int)index] = fd;
        }

        uint records = _data.Append(_records.Written);
        uint slots = _data.Append(MemoryMarshal.AsBytes(fds));
        _data.PutUInt32(0, PlanFormat.Magic);
        _data.PutUInt32(4, PlanFormat.Version);
        _data.PutUInt32(8, (uint)_data.Length);
        _data.PutUInt32(12, (uint)operations);
        _data.PutUInt32(16, records);
        _data.PutUInt32(20, (uint)count);
        _data.PutUInt32(24, slots);
        _data.PutUInt32(28, (uint)_inherited.Sync);
        _data.PutUInt32(32, (uint)_inherited.Proc);
        _data.PutUInt32(36, (uint)_inherited.Preserved);
    }
}
