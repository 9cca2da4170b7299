using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Lade.Configuration;

/// <summary>Integers. They are read from the digits, never through a floating-point number, so all 64 bits arrive.</summary>
internal sealed partial class JsonObjectReader
{
    /// <param name="notSet">A number that means the same as absence.</param>
    public long? Int64(ReadOnlySpan<byte> name, long min = long.MinValue, long max = long.MaxValue, long? notSet = null) =>
        TryFind(name, JsonValueKind.Number, out JsonElement value) && Int64(value, name, -1, min, max) is { } number && number != notSet ? number : null;

    public long RequiredInt64(ReadOnlySpan<byte> name, long min = long.MinValue, long max = long.MaxValue)
    {
        Require(name, "an integer");
        return Int64(name, min, max) ?? 0;
    }

    public int? Int32(ReadOnlySpan<byte> name, int min = int.MinValue, int max = int.MaxValue) => (int?)Int64(name, min, max);

    public int RequiredInt32(ReadOnlySpan<byte> name, int min = int.MinValue, int max = int.MaxValue) => (int)RequiredInt64(name, min, max);

    public uint? UInt32(ReadOnlySpan<byte> name, uint max = uint.MaxValue) => (uint?)Int64(name, 0, max);

    public uint RequiredUInt32(ReadOnlySpan<byte> name, uint max = uint.MaxValue) => (uint)RequiredInt64(name, 0, max);

    public ushort? UInt16(ReadOnlySpan<byte> name) => (ushort?)Int64(name, 0, ushort.MaxValue);

    /// <param name="notSet">A number that means the same as absence, and may be greater than <paramref name="max"/>.</param>
    public ulong? UInt64(ReadOnlySpan<byte> name, ulong max = ulong.MaxValue, ulong? notSet = null)
    {
        if (!TryFind(name, JsonValueKind.Number, out JsonElement value))
            return null;
        bool isNumber = value.TryGetUInt64(out ulong number);
        if (isNumber && number == notSet)
            return null;
        if (isNumber && number <= max)
            return number;
        AddBadNumber(At(name), value, "0", max.ToString());
        return null;
    }

    /// <param name="placeholder">What stands in the record after a problem, chosen so that no further rule is broken by it.</param>
    public ulong RequiredUInt64(ReadOnlySpan<byte> name, ulong placeholder = 0)
    {
        Require(name, "an integer");
        return UInt64(name) ?? placeholder;
    }

    /// <summary>A list of integers of 32 bits; empty when absent.</summary>
    public IReadOnlyList<uint> UInt32s(ReadOnlySpan<byte> name)
    {
        if (!TryFind(name, JsonValueKind.Array, out JsonElement array))
            return [];
        uint[] result = new uint[array.GetArrayLength()];
        for (int i = 0; i < result.Length; i++)
        {
            if (IsKind(array[i], JsonValueKind.Number, name, i))
                result[i] = (uint)(Int64(array[i], name, i, 0, uint.MaxValue) ?? 0);
        }

        return result;
    }

    private long? Int64(JsonElement value, ReadOnlySpan<byte> name, int index, long min, long max)
    {
        if (value.TryGetInt64(out long number) && number >= min && number <= max)
            return number;
        AddBadNumber(index < 0 ? At(name) : At(name).At(index), value, min.ToString(), max.ToString());
        return null;
    }

    private void AddBadNumber(JsonPointer pointer, JsonElement value, string min, string max)
    {
        string digits = value.GetRawText();
        bool isInteger = digits.AsSpan().IndexOfAny('.', 'e', 'E') < 0;
        if (digits.Length > 40)
            digits = string.Concat(digits.AsSpan(0, 40), "...");
        _problems.Add(pointer, digits + (isInteger ? " is out of range" : " is no integer") + "; an integer from " + min + " to " + max + " is allowed");
    }
}
