using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Lade.Plan;

namespace Lade.Tests.Init;

/// <summary>A packet as sent by `init`; PlanHeaderTests compares the offsets with native/init/plan.h.</summary>
internal static class EncodedMessage
{
    /// <summary>struct lade_message.</summary>
    public static readonly IReadOnlyDictionary<string, int> Layout = new Dictionary<string, int>
    {
        ["kind"] = 0, ["op"] = 4, ["stage"] = 8, ["error"] = 12, ["value"] = 16, ["text_length"] = 24, ["number"] = 28,
    };

    public static byte[] Of(MessageKind kind, uint operation = 0, Stage stage = Stage.None, int error = 0, ulong value = 0, string text = "", uint? length = null, int number = 0)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte[] packet = new byte[PlanFormat.MessageSize + bytes.Length];
        Put("kind", (uint)kind);
        Put("op", operation);
        Put("stage", (uint)stage);
        Put("error", (uint)error);
        BinaryPrimitives.WriteUInt64LittleEndian(packet.AsSpan(Layout["value"]), value);
        Put("text_length", length ?? (uint)bytes.Length);
        Put("number", (uint)number);
        bytes.CopyTo(packet, PlanFormat.MessageSize);
        return packet;

        void Put(string member, uint number) => BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(Layout[member]), number);
    }
}
