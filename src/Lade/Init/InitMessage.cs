using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Init;

/// <summary>A packet from `init` (struct lade_message in native/init/plan.h) and the descriptor passed with it.</summary>
internal sealed record InitMessage(MessageKind Kind, int Operation, Stage Stage, int Error, ulong Value, string Text)
{
    public Fd? Passed { get; init; }

    /// <summary>Indices sent with <see cref="SyncPoint.Ready"/>: operations whose path is missing.</summary>
    public IReadOnlyList<int> Skipped { get; init; } = [];

    /// <summary>Number in `init` of a descriptor that was not passed with the message.</summary>
    public int Number { get; init; }

    /// <exception cref="LadeException">The packet is shorter than its header, so it was not sent by our `init`.</exception>
    public static InitMessage Parse(ReadOnlySpan<byte> packet, Fd? passed)
    {
        if (packet.Length < PlanFormat.MessageSize)
            throw new LadeException("init sent a malformed message of " + packet.Length + " bytes");
        var kind = (MessageKind)BinaryPrimitives.ReadUInt32LittleEndian(packet);
        int length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(packet[24..]), (uint)(packet.Length - PlanFormat.MessageSize));
        return new InitMessage(
            kind,
            (int)BinaryPrimitives.ReadUInt32LittleEndian(packet[4..]),
            (Stage)BinaryPrimitives.ReadUInt32LittleEndian(packet[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(packet[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(packet[16..]),
            kind == MessageKind.Sync ? "" : Encoding.UTF8.GetString(packet.Slice(PlanFormat.MessageSize, length)))
        {
            Passed = passed,
            Skipped = kind == MessageKind.Sync && length > 0 ? Indices(packet.Slice(PlanFormat.MessageSize, length)) : [],
            Number = BinaryPrimitives.ReadInt32LittleEndian(packet[28..]),
        };
    }

    private static int[] Indices(ReadOnlySpan<byte> bytes)
    {
        int[] indices = new int[bytes.Length / 2];
        for (int i = 0; i < indices.Length; i++)
            indices[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]);
        return indices;
    }
}
