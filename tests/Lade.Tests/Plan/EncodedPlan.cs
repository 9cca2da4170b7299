using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Lade.Plan;

namespace Lade.Tests.Plan;

/// <summary>An encoded plan, read as native/init/plan.h says; the offsets are held against the header by <see cref="PlanHeaderTests"/>.</summary>
internal sealed class EncodedPlan
{
    /// <summary>struct lade_plan.</summary>
    public static readonly IReadOnlyDictionary<string, int> Header = new Dictionary<string, int>
    {
        ["magic"] = 0, ["version"] = 4, ["total_size"] = 8, ["op_count"] = 12, ["ops"] = 16, ["slot_count"] = 20, ["slots"] = 24,
        ["sync_fd"] = 28, ["proc_fd"] = 32, ["preserve_fds"] = 36,
    };

    /// <summary>struct lade_op.</summary>
    public static readonly IReadOnlyDictionary<string, int> Record = new Dictionary<string, int> { ["code"] = 0, ["flags"] = 2, ["slot"] = 4, ["arg"] = 8 };

    /// <summary>struct lade_confinement, which the filter follows.</summary>
    public static readonly IReadOnlyDictionary<string, int> Confinement = new Dictionary<string, int>
    {
        ["effective"] = 0, ["permitted"] = 8, ["inheritable"] = 16, ["ambient"] = 24, ["capabilities"] = 32, ["flags"] = 36,
    };

    public const int ConfinementSize = 40;

    private readonly byte[] _bytes;

    public EncodedPlan(IReadOnlyList<Operation> operations, IReadOnlyDictionary<Slot, int>? slots = null, int preserved = 0) =>
        _bytes = PlanEncoder.Encode(operations, new InheritedFds
        {
            Sync = 7,
            Proc = 8,
            Slots = slots ?? new Dictionary<Slot, int>(),
            Preserved = preserved,
        }).ToArray();

    public int Size => _bytes.Length;

    public uint this[string member] => UInt32(Header[member]);

    public EncodedOperation Operation(int index) => new(this, (int)this["ops"] + (index * PlanFormat.OperationSize));

    public IReadOnlyList<int> Slots => Enumerable.Range(0, (int)this["slot_count"]).Select(i => (int)UInt32((int)this["slots"] + (4 * i))).ToList();

    public ushort UInt16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(offset));

    public uint UInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(offset));

    public ulong UInt64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(offset));

    /// <summary>null for offset 0.</summary>
    public string? Text(ulong offset)
    {
        if (offset == 0)
            return null;
        ReadOnlySpan<byte> rest = _bytes.AsSpan((int)offset);
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    public IReadOnlyList<string?> Vector(ulong offset) =>
        Enumerable.Range(0, (int)UInt32((int)offset)).Select(i => Text(UInt32((int)offset + 4 + (4 * i)))).ToList();

    public byte[] Blob(ulong offset) => _bytes.AsSpan((int)offset + 4, (int)UInt32((int)offset)).ToArray();
}

/// <summary>One record of a plan.</summary>
internal sealed class EncodedOperation(EncodedPlan plan, int at)
{
    public Opcode Code => (Opcode)plan.UInt16(at + EncodedPlan.Record["code"]);

    public OperationFlags Flags => (OperationFlags)plan.UInt16(at + EncodedPlan.Record["flags"]);

    public uint Slot => plan.UInt32(at + EncodedPlan.Record["slot"]);

    public ulong Arg(int index) => plan.UInt64(at + EncodedPlan.Record["arg"] + (8 * index));

    public string? Text(int index) => plan.Text(Arg(index));

    public IReadOnlyList<string?> Vector(int index) => plan.Vector(Arg(index));

    public byte[] Blob(int index) => plan.Blob(Arg(index));

    public ulong[] Args => [Arg(0), Arg(1), Arg(2), Arg(3), Arg(4), Arg(5)];
}
