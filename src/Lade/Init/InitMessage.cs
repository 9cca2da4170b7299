using System;
using System.Buffers.Binary;
using System.Text;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Init;

/// <summary>One packet from `init` (struct lade_message of native/init/plan.h), with the descriptor that came with it.</summary>
internal sealed record InitMessage(MessageKind Kind, int Operation, Stage Stage, int Error, ulong Value, string Text)
{
    public Fd? Passed { get; init; }

    /// <summary>In `init`, the number of a descriptor that did not come with the message.</summary>
    public int Number { get; init; }

    /// <exception cref="LadeException">The packet is shorter than its own header: not from our `init`.</exception>
    public static InitMessage Parse(ReadOnlySpan<byte> packet, Fd? passed)
    {
        if (packet.Length < PlanFormat.MessageSize)
            throw new LadeException("init sent a malformed message of " + packet.Length + " bytes");
        int length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(packet[24..]), (uint)(packet.Length - PlanFormat.MessageSize));
        return new InitMessage(
            (MessageKind)BinaryPrimitives.ReadUInt32LittleEndian(packet),
            (int)BinaryPrimitives.ReadUInt32LittleEndian(packet[4..]),
            (Stage)BinaryPrimitives.ReadUInt32LittleEndian(packet[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(packet[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(packet[16..]),
            Encoding.UTF8.GetString(packet.Slice(PlanFormat.MessageSize, length)))
        {
            Passed = passed,
            Number = BinaryPrimitives.ReadInt32LittleEndian(packet[28..]),
        };
    }
}
