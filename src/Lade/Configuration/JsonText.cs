using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Lade.Configuration;

/// <summary>
/// Checks of a document as text, before its meaning: UTF-8, JSON syntax, nesting, names that stand twice in one object. JsonDocument keeps the
/// last of two equal names in silence, and another reader of the same file may keep the first; so two are refused everywhere, in unknown objects too.
/// </summary>
internal ref struct JsonText
{
    /// <summary>Levels of objects and arrays. The deepest property of config.json stands on level 7.</summary>
    public const int MaxDepth = 64;

    /// <summary>Names of one object that are compared one by one; a set takes over beyond, so that a huge object is no quadratic work.</summary>
    private const int FewNames = 32;

    private readonly ReadOnlySpan<byte> _json;
    private readonly List<ConfigProblem> _problems;
    private readonly Level[] _levels = new Level[MaxDepth];

    /// <summary>Names seen so far in all open objects; each level knows where its own begin.</summary>
    private readonly List<string> _names = new(64);
    private int _depth;
    private bool _readable = true;

    private JsonText(ReadOnlySpan<byte> json, List<ConfigProblem> problems)
    {
        _json = json;
        _problems = problems;
    }

    /// <summary>False when the text cannot be read at all; true with problems added when it can but has names that stand twice.</summary>
    public static bool IsReadable(ReadOnlySpan<byte> json, List<ConfigProblem> problems)
    {
        if (json.StartsWith("\uFEFF"u8))
        {
            problems.Add(JsonPointer.None, "begins with a byte order mark; JSON is UTF-8 without one");
            return false;
        }

        if (json.Trim(" \t\r\n"u8).IsEmpty)
        {
            problems.Add(JsonPointer.None, "is empty; a JSON object is required");
            return false;
        }

        if (!Utf8.IsValid(json))
        {
            int at = FirstInvalidByte(json);
            problems.Add(JsonPointer.None, "is not UTF-8 at " + Position(json, at) + ", byte 0x" + json[at].ToString("x2") + "; JSON in UTF-8 is required");
            return false;
        }

        return new JsonText(json, problems).Scan();
    }

    private bool Scan()
    {
        // A little deeper than the limit, so that this check and not the reader meets the level that is too deep.
        var reader = new Utf8JsonReader(_json, new JsonReaderOptions { MaxDepth = MaxDepth + 1 });
        try
        {
            while (reader.Read())
            {
                if (!Take(ref reader))
                    return false;
            }
        }
        catch (JsonException e)
        {
            // The exception's own text is only a resource key in the published executable.
            _problems.Add(JsonPointer.None, "is not JSON at " + Position(e.LineNumber ?? 0, e.BytePositionInLine ?? 0)
                + "; JSON without comments and trailing commas is required");
            return false;
        }

        return _readable;
    }

    private bool Take(ref Utf8JsonReader reader)
    {
        JsonTokenType token = reader.TokenType;
        if (token is JsonTokenType.EndObject or JsonTokenType.EndArray)
        {
            _depth--;
            _names.RemoveRange(_levels[_depth].FirstName, _names.Count - _levels[_depth].FirstName);
            return true;
        }

        if (token == JsonTokenType.PropertyName)
        {
            TakeName(ref reader);
            return true;
        }

        if (_depth > 0 && !_levels[_depth - 1].IsObject)
            _levels[_depth - 1].Index++;
        if (token is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            if (_depth == MaxDepth)
            {
                _problems.Add(JsonPointer.None, "nests deeper at " + Position(_json, (int)reader.TokenStartIndex) + "; " + MaxDepth + " levels are allowed");
                return false;
            }

            _levels[_depth++] = new Level { IsObject = token == JsonTokenType.StartObject, Index = -1, FirstName = _names.Count };
        }
        else if (token == JsonTokenType.String && reader.ValueIsEscaped && HasLoneSurrogate(reader.ValueSpan))
        {
            Refuse(Here());
        }

        return true;
    }

    private void TakeName(ref Utf8JsonReader reader)
    {
        ref Level level = ref _levels[_depth - 1];
        if (reader.ValueIsEscaped && HasLoneSurrogate(reader.ValueSpan))
        {
            _names.Add("?");
            Refuse(Here());
            return;
        }

        string name = reader.GetString()!;
        bool seen = SeenBefore(ref level, name);
        _names.Add(name);
        if (seen)
            _problems.Add(Here(), "is given twice; a name stands once in an object");
    }

    private readonly bool SeenBefore(ref Level level, string name)
    {
        if (_names.Count - level.FirstName >= FewNames)
        {
            level.Many ??= new HashSet<string>(_names.GetRange(level.FirstName, _names.Count - level.FirstName), StringComparer.Ordinal);
            return !level.Many.Add(name);
        }

        for (int i = level.FirstName; i < _names.Count; i++)
        {
            if (_names[i] == name)
                return true;
        }

        return false;
    }

    private void Refuse(JsonPointer pointer)
    {
        _readable = false;
        _problems.Add(pointer, "has half of a surrogate pair in an escape; whole characters are required");
    }

    /// <summary>The pointer of the value or name just read.</summary>
    private readonly JsonPointer Here()
    {
        JsonPointer pointer = JsonPointer.None;
        for (int i = 0; i < _depth; i++)
        {
            int lastName = i + 1 < _depth ? _levels[i + 1].FirstName - 1 : _names.Count - 1;
            pointer = _levels[i].IsObject ? pointer.At(_names[lastName]) : pointer.At(_levels[i].Index);
        }

        return pointer;
    }

    /// <summary>True when a <c>\uD800</c>..<c>\uDFFF</c> escape has no partner: no UTF-8 exists for it.</summary>
    private static bool HasLoneSurrogate(ReadOnlySpan<byte> escaped)
    {
        bool highBefore = false;
        for (int i = 0; i < escaped.Length;)
        {
            bool isUnicode = escaped[i] == '\\' && escaped[i + 1] == 'u';
            char unit = isUnicode ? (char)ushort.Parse(escaped.Slice(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : '\0';
            if (highBefore != char.IsLowSurrogate(unit))
                return true;
            highBefore = char.IsHighSurrogate(unit);
            i += isUnicode ? 6 : escaped[i] == '\\' ? 2 : 1;
        }

        return highBefore;
    }

    private static int FirstInvalidByte(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out int length) == OperationStatus.Done)
            at += length;
        return at;
    }

    private static string Position(ReadOnlySpan<byte> text, int at)
    {
        ReadOnlySpan<byte> before = text[..at];
        return Position(before.Count((byte)'\n'), at - 1 - before.LastIndexOf((byte)'\n'));
    }

    /// <summary>From numbers that count from 0; the column counts bytes.</summary>
    private static string Position(long line, long column) => "line " + (line + 1) + ", column " + (column + 1);

    private struct Level
    {
        public bool IsObject;
        public int Index;
        public int FirstName;
        public HashSet<string>? Many;
    }
}
