using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lade.DBus;

/// <summary>
/// Parses GVariant's text format: <c>true</c>, <c>uint64 5</c>, <c>'text'</c>, <c>['a', 'b']</c>, <c>[('/dev/null', 'rw')]</c>, <c>@as []</c>. Supports the types that
/// unit properties have.
/// </summary>
internal ref struct GVariantText
{
    private const int MaxDepth = 16;

    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private int _depth;

    private GVariantText(string text) => _text = text;

    /// <exception cref="LadeException">With the position and what is expected there.</exception>
    public static BusValue Parse(string text)
    {
        var parser = new GVariantText(text);
        BusValue value = parser.Value(null);
        parser.SkipSpace();
        return parser._at == parser._text.Length ? value : throw parser.Unexpected("the end");
    }

    /// <param name="type">The type that the context demands: of an array's other elements, or of a type name. null for any.</param>
    private BusValue Value(string? type)
    {
        if (++_depth > MaxDepth)
            throw Unexpected("a value that is nested less deeply");
        SkipSpace();
        char first = _at < _text.Length ? _text[_at] : '\0';
        BusValue value = first switch
        {
            '\'' or '"' => Text(type),
            '[' => Array(type),
            '(' => Struct(type),
            '<' => Variant(),
            '@' => Annotated(),
            '-' or '+' or '.' or (>= '0' and <= '9') => Number(type),
            (>= 'a' and <= 'z') => Word(type),
            _ => throw Unexpected("a value"),
        };
        _depth--;
        return type is null || value.Signature == type ? value : throw Unexpected("a value of type " + type);
    }

    private BusValue Word(string? type)
    {
        int start = _at;
        while (_at < _text.Length && char.IsAsciiLetterOrDigit(_text[_at]))
            _at++;
        switch (_text[start.._at])
        {
            case "true":
                return BusValue.From(true);
            case "false":
                return BusValue.From(false);
            case "inf" or "nan":
                _at = start;
                return Number(type ?? "d");
        }

        string named = _text[start.._at] switch
        {
            "boolean" => "b",
            "byte" => "y",
            "int16" => "n",
            "uint16" => "q",
            "int32" => "i",
            "uint32" => "u",
            "int64" => "x",
            "uint64" => "t",
            "double" => "d",
            "string" => "s",
            "objectpath" => "o",
            "signature" => "g",
            _ => throw Unexpected("a value or a type", start),
        };
        return Value(named);
    }

    private BusValue Annotated()
    {
        int start = ++_at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]))
            _at++;
        string type = _text[start.._at].ToString();
        foreach (char c in type)
        {
            if (!"ybnqiuxtdsogva()".Contains(c, StringComparison.Ordinal))
                throw Unexpected("a type", start);
        }

        if (type.Length == 0 || BusValue.FirstType(type) != type.Length)
            throw Unexpected("a type", start);
        return Value(type);
    }

    private BusValue Number(string? type)
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '-' or '+' or '.'))
            _at++;
        ReadOnlySpan<char> text = _text[start.._at];
        bool isHex = text.Contains('x') || text.Contains('X');
        type ??= !isHex && text.ContainsAny('.', 'e') ? "d" : "i";
        try
        {
            if (type == "d")
                return new BusValue(type, double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
            Int128 number = Integer(text);
            return new BusValue(type, type switch
            {
                "y" => checked((byte)number),
                "n" => checked((short)number),
                "q" => checked((ushort)number),
                "i" => checked((int)number),
                "u" => checked((uint)number),
                "x" => checked((long)number),
                "t" => checked((ulong)number),
                _ => throw Unexpected("a value of type " + type, start),
            });
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Unexpected("a number of type " + type, start);
        }
    }

    /// <summary>Decimal, hexadecimal with 0x, or octal with a leading 0, as in C.</summary>
    private static Int128 Integer(ReadOnlySpan<char> text)
    {
        bool isNegative = text[0] == '-';
        if (text[0] is '-' or '+')
            text = text[1..];
        Int128 number = text switch
        {
            ['0', 'x' or 'X', ..] => Int128.Parse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            ['0', _, ..] => Octal(text),
            _ => Int128.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture),
        };
        return isNegative ? -number : number;
    }

    private static Int128 Octal(ReadOnlySpan<char> digits)
    {
        Int128 number = 0;
        foreach (char digit in digits)
            number = digit is >= '0' and <= '7' ? checked((number * 8) + (digit - '0')) : throw new FormatException();
        return number;
    }

    private BusValue Text(string? type)
    {
        char quote = _text[_at++];
        var text = new StringBuilder();
        while (true)
        {
            if (_at >= _text.Length)
                throw Unexpected("the closing quote");
            char c = _text[_at++];
            if (c == quote)
                return new BusValue(type is "o" or "g" ? type : "s", text.ToString());
            text.Append(c == '\\' ? Escape() : c);
        }
    }

    private string Escape()
    {
        char c = _at < _text.Length ? _text[_at++] : throw Unexpected("an escape");
        int digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (digits == 0)
        {
            return c switch
            {
                'a' => "\a",
                'b' => "\b",
                'f' => "\f",
                'n' => "\n",
                'r' => "\r",
                't' => "\t",
                'v' => "\v",
                _ => c.ToString(),
            };
        }

        if (_at + digits > _text.Length
            || !uint.TryParse(_text.Slice(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint point) || !Rune.IsValid(point))
            throw Unexpected("the hexadecimal digits of a character");
        _at += digits;
        return new Rune(point).ToString();
    }

    private BusValue Array(string? type)
    {
        if (type is not null && type[0] != 'a')
            throw Unexpected("a value of type " + type);
        string? element = type?[1..];
        var items = new List<object>();
        foreach (BusValue item in Items(']', ref element))
            items.Add(item.Value);
        return new BusValue("a" + (element ?? throw Unexpected("'@' and a type before an empty array")), items.ToArray());
    }

    private BusValue Struct(string? type)
    {
        string members = type is ['(', .. var inner, ')'] ? inner : type is null ? "" : throw Unexpected("a value of type " + type);
        _at++;
        var items = new List<object>();
        var signature = new StringBuilder("(");
        while (!Closes(')', items.Count))
        {
            string? wanted = members.Length == 0 ? null : members[..BusValue.FirstType(members)];
            members = members[(wanted?.Length ?? 0)..];
            BusValue item = Value(wanted);
            signature.Append(item.Signature);
            items.Add(item.Value);
        }

        return items.Count > 0 ? new BusValue(signature.Append(')').ToString(), items.ToArray()) : throw Unexpected("a member");
    }

    /// <summary>The elements up to <paramref name="close"/>. The first determines the type of the others.</summary>
    private List<BusValue> Items(char close, ref string? type)
    {
        _at++;
        var items = new List<BusValue>();
        while (!Closes(close, items.Count))
        {
            BusValue item = Value(type);
            type ??= item.Signature;
            items.Add(item);
        }

        return items;
    }

    private BusValue Variant()
    {
        _at++;
        BusValue inner = Value(null);
        SkipSpace();
        if (_at >= _text.Length || _text[_at++] != '>')
            throw Unexpected("'>'", _at - 1);
        return new BusValue("v", inner);
    }

    /// <summary>True after the closing bracket, false before the next element.</summary>
    private bool Closes(char close, int count)
    {
        SkipSpace();
        if (_at < _text.Length && _text[_at] == ',' && count > 0)
        {
            _at++;
            SkipSpace();
        }
        else if (count > 0 && (_at >= _text.Length || _text[_at] != close))
        {
            throw Unexpected("',' or '" + close + "'");
        }

        if (_at >= _text.Length || _text[_at] != close)
            return false;
        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    private readonly LadeException Unexpected(string wanted) => Unexpected(wanted, _at);

    private readonly LadeException Unexpected(string wanted, int at) =>
        new("'" + _text.ToString() + "' is not GVariant text: " + wanted + " is expected at character " + (at + 1).ToString(CultureInfo.InvariantCulture));
}
