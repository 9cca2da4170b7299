using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;

namespace Lade.Configuration;

/// <summary>
/// Records as the JSON that <see cref="SpecReader"/> reads. The generated half has a method for each object; those that nobody calls are not in the executable.
/// </summary>
internal static partial class SpecWriter
{
    /// <summary>How `update` keeps what holds (<see cref="SpecReader.ReadAcceptedResources"/>).</summary>
    public static ReadOnlyMemory<byte> Write(ResourcesSpec resources)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
            Write(json, resources);
        return output.WrittenMemory;
    }

    private static void WriteStrings(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        for (int i = 0; i < values.Count; i++)
            json.WriteStringValue(values[i]);
        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<uint> values)
    {
        json.WriteStartArray(name);
        for (int i = 0; i < values.Count; i++)
            json.WriteNumberValue(values[i]);
        json.WriteEndArray();
    }

    private static void WriteMap(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string> values)
    {
        json.WriteStartObject(name);
        foreach ((string key, string value) in values)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    /// <param name="names">All of them, as a constant of <see cref="SpecNames"/>.</param>
    /// <param name="positions">Bit N for the name at N.</param>
    private static void WriteFlags(Utf8JsonWriter json, ReadOnlySpan<byte> name, string names, ulong positions)
    {
        json.WriteStartArray(name);
        int bit = 0;
        foreach (Range range in names.AsSpan().Split(' '))
        {
            if ((positions >> bit++ & 1) != 0)
                json.WriteStringValue(names.AsSpan(range));
        }

        json.WriteEndArray();
    }
}
