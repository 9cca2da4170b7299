using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;

namespace Lade.Generators;

/// <summary>What the generated code depends on. Equal models give equal code, so the compiler can reuse it.</summary>
internal sealed record OperationModel(string Name, ushort Code, string Summary, Sequence<Field> Fields, Sequence<string> Problems)
{
    /// <summary>struct lade_op: number, size, flags.</summary>
    private const int HeadSize = 8;

    public string CName => Names.Snake(Name);

    public IEnumerable<Field> Flags => Fields.Where(field => field is { IsSent: true, Form: Form.Flag });

    /// <summary>In declaration order.</summary>
    public IEnumerable<Field> Arguments => Fields.Where(field => field.IsSent && field.Form != Form.Flag);

    /// <summary>Size of the record in a plan.</summary>
    public int Size => HeadSize + Arguments.Sum(field => field.Width);

    /// <summary>Size of the C structure.</summary>
    public int StructureSize
    {
        get
        {
            int size = Flags.Any() ? 4 : 0;
            int alignment = 4;
            foreach (Field field in Arguments)
            {
                if (field.Size > 4)
                    alignment = 8;
                size = Align(size, field.Size > 4 ? 8 : 4) + field.Size;
            }

            return Align(size, alignment);
        }
    }

    public bool IsBare => !Flags.Any() && !Arguments.Any();

    private static int Align(int size, int to) => (size + to - 1) / to * to;
}

/// <summary>A list compared by its elements.</summary>
internal sealed class Sequence<T>(IReadOnlyList<T> items) : IEquatable<Sequence<T>>, IEnumerable<T>
{
    public bool Equals(Sequence<T>? other) => other is not null && this.SequenceEqual(other);

    public override bool Equals(object? obj) => Equals(obj as Sequence<T>);

    public override int GetHashCode() => items.Count == 0 ? 0 : HashCode.Combine(items.Count, items[0]);

    public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Converts names between the languages.</summary>
internal static class Names
{
    /// <summary><c>IdMap</c> to <c>id_map</c>.</summary>
    public static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(c) : c.ToString()));

    /// <summary><c>IdMap</c> to <c>idMap</c>.</summary>
    public static string Camel(string name) => char.ToLowerInvariant(name[0]) + name.Substring(1);
}
