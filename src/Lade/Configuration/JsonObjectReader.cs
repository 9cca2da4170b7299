using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;

namespace Lade.Configuration;

/// <summary>
/// One object of a JSON document and where it stands. Each method reads one property by its exact name; null counts as absent and so does, as in what
/// engines write, an empty string where a name or path is meant. A value of the wrong kind becomes a problem, never an exception, and reads as absent.
/// </summary>
internal sealed partial class JsonObjectReader
{
    private readonly JsonElement _object;
    private readonly List<ConfigProblem> _problems;

    // The pointer is put together only when there is something to say about it.
    private readonly JsonObjectReader? _parent;
    private readonly string? _name;
    private readonly string? _key;
    private readonly int _index = -1;

    /// <summary>The whole document; it must be an object.</summary>
    public JsonObjectReader(JsonElement document, List<ConfigProblem> problems)
    {
        _object = document;
        _problems = problems;
    }

    private JsonObjectReader(JsonElement element, JsonObjectReader parent, ReadOnlySpan<byte> name, int index = -1, string? key = null)
        : this(element, parent._problems)
    {
        _parent = parent;
        _name = Encoding.UTF8.GetString(name);
        _index = index;
        _key = key;
    }

    public JsonPointer Pointer
    {
        get
        {
            if (_parent is null)
                return JsonPointer.None;
            JsonPointer pointer = _parent.Pointer.At(_name!);
            return _key is not null ? pointer.At(_key) : _index >= 0 ? pointer.At(_index) : pointer;
        }
    }

    public bool Has(ReadOnlySpan<byte> name) => _object.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    public bool? OptionalBool(ReadOnlySpan<byte> name)
    {
        if (!Has(name))
            return null;
        JsonElement value = _object.GetProperty(name);
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.ValueKind == JsonValueKind.True;
        AddWrongKind(At(name), value, "true or false");
        return null;
    }

    public bool Bool(ReadOnlySpan<byte> name) => OptionalBool(name) ?? false;

    public bool RequiredBool(ReadOnlySpan<byte> name)
    {
        Require(name, "true or false");
        return Bool(name);
    }

    /// <summary>A string that the kernel or a file name will get; null when absent or empty.</summary>
    public string? String(ReadOnlySpan<byte> name) =>
        TryFind(name, JsonValueKind.String, out JsonElement value) && CString(value, name) is { Length: > 0 } text ? text : null;

    /// <summary>As <see cref="String"/>, but absence is a problem; then the empty string.</summary>
    public string RequiredString(ReadOnlySpan<byte> name)
    {
        Require(name, "a string");
        if (String(name) is { } text)
            return text;
        if (TryGet(name, JsonValueKind.String, out JsonElement value) && value.ValueEquals(ReadOnlySpan<byte>.Empty))
            _problems.Add(At(name), "is empty; a string with at least one character is required");
        return "";
    }

    /// <summary>Any text, NUL characters included; it stays within JSON. null when absent or empty.</summary>
    public string? Text(ReadOnlySpan<byte> name) => TryFind(name, JsonValueKind.String, out JsonElement value) && value.GetString() is { Length: > 0 } text ? text : null;

    /// <summary>One of <paramref name="words"/> by position (see <see cref="WordList"/>), -1 when absent or unknown.</summary>
    public int Choice(ReadOnlySpan<byte> name, string words)
    {
        if (!TryFind(name, JsonValueKind.String, out JsonElement value) || value.ValueEquals(ReadOnlySpan<byte>.Empty))
            return -1;
        return Choice(value, name, -1, words);
    }

    /// <inheritdoc cref="Choice(ReadOnlySpan{byte}, string)"/>
    public int RequiredChoice(ReadOnlySpan<byte> name, string words)
    {
        if (!Has(name) || (TryGet(name, JsonValueKind.String, out JsonElement value) && value.ValueEquals(ReadOnlySpan<byte>.Empty)))
            _problems.Add(At(name), "is missing; one of these is required: " + WordList.Describe(words));
        return Choice(name, words);
    }

    /// <summary>One of <paramref name="letters"/>, words of a single character; null when absent or unknown.</summary>
    public char? Letter(ReadOnlySpan<byte> name, string letters) => Choice(name, letters) is >= 0 and int position ? letters[2 * position] : null;

    /// <summary>As <see cref="Letter"/>, but absence is a problem; NUL after a problem.</summary>
    public char RequiredLetter(ReadOnlySpan<byte> name, string letters) => RequiredChoice(name, letters) is >= 0 and int position ? letters[2 * position] : '\0';

    /// <summary>A list of which each element is one of <paramref name="words"/>, by position; -1 for an unknown one, null when absent.</summary>
    public int[]? Choices(ReadOnlySpan<byte> name, string words)
    {
        if (!TryFind(name, JsonValueKind.Array, out JsonElement array))
            return null;
        int[] result = new int[array.GetArrayLength()];
        for (int i = 0; i < result.Length; i++)
            result[i] = IsKind(array[i], JsonValueKind.String, name, i) ? Choice(array[i], name, i, words) : -1;
        return result;
    }

    /// <summary>A list of strings without NUL; empty when absent. An element that is wrong reads as empty, so that positions stay.</summary>
    public IReadOnlyList<string> Strings(ReadOnlySpan<byte> name) => OptionalStrings(name) ?? [];

    /// <summary>As <see cref="Strings(ReadOnlySpan{byte})"/>, but null when absent.</summary>
    public IReadOnlyList<string>? OptionalStrings(ReadOnlySpan<byte> name)
    {
        if (!TryFind(name, JsonValueKind.Array, out JsonElement array))
            return null;
        string[] result = new string[array.GetArrayLength()];
        int index = 0;
        foreach (JsonElement element in array.EnumerateArray())
        {
            bool isString = element.ValueKind == JsonValueKind.String;
            string text = isString ? element.GetString()! : "";
            if (!isString)
                AddWrongKind(At(name).At(index), element, "a string");
            else if (HasNul(text))
                AddNul(At(name).At(index));
            result[index++] = HasNul(text) ? "" : text;
        }

        return result;
    }

    /// <summary>An object whose values are strings; empty when absent. <paramref name="text"/> allows NUL in the values.</summary>
    public IReadOnlyDictionary<string, string> Map(ReadOnlySpan<byte> name, bool text = false)
    {
        if (!TryFind(name, JsonValueKind.Object, out JsonElement map))
            return s_noStrings;
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.String)
                AddWrongKind(At(name).At(entry.Name), entry.Value, "a string");
            else if (HasNul(entry.Name) || (!text && HasNul(entry.Value.GetString()!)))
                AddNul(At(name).At(entry.Name));
            else
                result[entry.Name] = entry.Value.GetString()!;
        }

        return result;
    }

    /// <summary>The object of that name, null when absent.</summary>
    public JsonObjectReader? Object(ReadOnlySpan<byte> name) =>
        TryFind(name, JsonValueKind.Object, out JsonElement value) ? new JsonObjectReader(value, this, name) : null;

    /// <summary>A list of objects, each read by <paramref name="read"/>; empty when absent.</summary>
    public IReadOnlyList<T> Array<T>(ReadOnlySpan<byte> name, Func<JsonObjectReader, T> read)
        where T : class
    {
        if (!TryFind(name, JsonValueKind.Array, out JsonElement array))
            return [];
        var result = new List<T>(array.GetArrayLength());
        int index = 0;
        foreach (JsonElement element in array.EnumerateArray())
        {
            if (IsKind(element, JsonValueKind.Object, name, index))
            {
                T item = read(new JsonObjectReader(element, this, name, index));
                // Beyond an element that is no object the positions would shift; such elements are read for their problems only.
                if (result.Count == index)
                    result.Add(item);
            }

            index++;
        }

        return result;
    }

    /// <summary>An object whose values are objects, each read by <paramref name="read"/>; empty when absent.</summary>
    public IReadOnlyDictionary<string, T> Objects<T>(ReadOnlySpan<byte> name, Func<JsonObjectReader, T> read)
        where T : class
    {
        var result = new Dictionary<string, T>(StringComparer.Ordinal);
        if (!TryFind(name, JsonValueKind.Object, out JsonElement map))
            return result;
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Object)
                AddWrongKind(At(name).At(entry.Name), entry.Value, "an object");
            else if (HasNul(entry.Name))
                AddNul(At(name).At(entry.Name));
            else
                result[entry.Name] = read(new JsonObjectReader(entry.Value, this, name, key: entry.Name));
        }

        return result;
    }

    private static readonly IReadOnlyDictionary<string, string> s_noStrings = new Dictionary<string, string>();

    private int Choice(JsonElement value, ReadOnlySpan<byte> name, int index, string words)
    {
        string word = value.GetString()!;
        int position = WordList.IndexOf(words, word);
        if (position < 0)
            _problems.Add(index < 0 ? At(name) : At(name).At(index), Quote(word) + " is unknown; allowed are " + WordList.Describe(words));
        return position;
    }

    private string? CString(JsonElement value, ReadOnlySpan<byte> name)
    {
        string text = value.GetString()!;
        if (!HasNul(text))
            return text;
        AddNul(At(name));
        return null;
    }

    private JsonPointer At(ReadOnlySpan<byte> name) => Pointer.At(Encoding.UTF8.GetString(name));

    private void Require(ReadOnlySpan<byte> name, string what)
    {
        if (!Has(name))
            _problems.Add(At(name), "is missing; " + what + " is required");
    }

    /// <summary>The value of that name if it has that kind; nothing is reported.</summary>
    private bool TryGet(ReadOnlySpan<byte> name, JsonValueKind kind, out JsonElement value) =>
        _object.TryGetProperty(name, out value) && value.ValueKind == kind;

    /// <summary>As <see cref="TryGet"/>; a value of another kind than null is a problem.</summary>
    private bool TryFind(ReadOnlySpan<byte> name, JsonValueKind kind, out JsonElement value)
    {
        if (!_object.TryGetProperty(name, out value) || value.ValueKind == JsonValueKind.Null)
            return false;
        return IsKind(value, kind, name, -1);
    }

    private bool IsKind(JsonElement value, JsonValueKind kind, ReadOnlySpan<byte> name, int index)
    {
        if (value.ValueKind == kind)
            return true;
        AddWrongKind(index < 0 ? At(name) : At(name).At(index), value, Describe(kind));
        return false;
    }

    private void AddWrongKind(JsonPointer pointer, JsonElement value, string required) =>
        _problems.Add(pointer, "is " + Describe(value.ValueKind) + "; " + required + " is required");

    private void AddNul(JsonPointer pointer) => _problems.Add(pointer, "has a NUL character; text without one is required");

    private static bool HasNul(string text) => text.Contains('\0');

    /// <summary>A value in a message, cut when it is long.</summary>
    internal static string Quote(string text) => text.Length <= 80 ? "'" + text + "'" : "'" + text[..80] + "...'";

    internal static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Null => "null",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
