using System;
using System.Globalization;

namespace Lade.Configuration;

/// <summary>Where in config.json something stands, as an RFC 6901 pointer (<c>/mounts/3/options/0</c>). The empty pointer is the whole document.</summary>
internal readonly record struct JsonPointer(string? Text)
{
    /// <summary>No place in the document: an operation that lade itself adds.</summary>
    public static JsonPointer None => default;

    /// <summary>True for an operation that no property of config.json asked for.</summary>
    public bool IsNone => string.IsNullOrEmpty(Text);

    public static JsonPointer Of(string first) => default(JsonPointer).At(first);

    public static JsonPointer Of(string first, string second) => Of(first).At(second);

    public static JsonPointer Of(string first, int index) => Of(first).At(index);

    public static JsonPointer Of(string first, string second, int index) => Of(first, second).At(index);

    public static JsonPointer Of(string first, string second, string third) => Of(first, second).At(third);

    /// <summary>The member <paramref name="name"/> of the object that this pointer names.</summary>
    public JsonPointer At(string name) => new(Text + "/" + Escape(name));

    /// <summary>The element <paramref name="index"/> of the array that this pointer names.</summary>
    public JsonPointer At(int index) => new(Text + "/" + index.ToString(CultureInfo.InvariantCulture));

    /// <summary>The names and indices on the way from the whole document to the place.</summary>
    public string[] Steps()
    {
        string[] steps = IsNone ? [] : Text![1..].Split('/');
        for (int i = 0; i < steps.Length; i++)
            steps[i] = steps[i].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        return steps;
    }

    /// <summary>True when this is a member or an element of what <paramref name="parent"/> names.</summary>
    public bool IsDirectlyBelow(JsonPointer parent)
    {
        string text = ToString();
        int last = text.LastIndexOf('/');
        return last >= 0 && text.AsSpan(0, last).SequenceEqual(parent.ToString());
    }

    /// <summary>The same place in a document that holds only what <paramref name="parent"/> names; places elsewhere stay as they are.</summary>
    public JsonPointer Within(JsonPointer parent)
    {
        string above = parent + "/";
        return Text is not null && Text.StartsWith(above, StringComparison.Ordinal) ? new JsonPointer(Text[(above.Length - 1)..]) : this;
    }

    public override string ToString() => Text ?? "";

    private static string Escape(string name) =>
        name.AsSpan().IndexOfAny('~', '/') < 0 ? name : name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
