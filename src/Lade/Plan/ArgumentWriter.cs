using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Lade.Plan;

/// <summary>Writes the arguments of an operation as JSON. Absent, false and empty values are omitted; a type without a method here cannot be printed.</summary>
internal sealed class ArgumentWriter(Utf8JsonWriter json)
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            json.WriteString(name, text);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, bool value)
    {
        if (value)
            json.WriteBoolean(name, true);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, int number) => json.WriteNumber(name, number);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, uint number) => json.WriteNumber(name, number);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, ulong number) => json.WriteNumber(name, number);

    /// <summary>A bit mask.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void AddMask(string name, ulong mask) => json.WriteString(name, mask.ToString("x16"));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, Slot slot) => Add(name, slot.Name);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, Slot? slot) => Add(name, slot?.Name);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, Enum value) => json.WriteString(name, value.ToString());

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, MountAttributes attributes) => Add(name, attributes == MountAttributes.None ? null : attributes.ToString());

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, MountPropagation propagation) => Add(name, propagation == MountPropagation.None ? null : propagation.ToString());

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, IReadOnlyList<string> strings)
    {
        json.WriteStartArray(name);
        for (int i = 0; i < strings.Count; i++)
            json.WriteStringValue(strings[i]);
        json.WriteEndArray();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, IReadOnlyList<FsOption> options)
    {
        if (options.Count == 0)
            return;
        json.WriteStartArray(name);
        for (int i = 0; i < options.Count; i++)
            json.WriteStringValue(options[i].ToString());
        json.WriteEndArray();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(string name, IReadOnlyList<uint> numbers) => Add(name, string.Join(",", numbers));
}
