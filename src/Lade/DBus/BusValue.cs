using System;
using System.Globalization;
using System.Text;

namespace Lade.DBus;

/// <summary>
/// A D-Bus value with its type (D-Bus specification "Type System"). <paramref name="Value"/> has the type of the signature: bool, byte, short, ushort, int,
/// uint, long, ulong, double, string (also for <c>o</c> and <c>g</c>), <c>object[]</c> for arrays and structures, <see cref="BusValue"/> for a variant.
/// </summary>
/// <param name="Signature">One complete type: <c>t</c>, <c>a(ss)</c>.</param>
internal sealed record BusValue(string Signature, object Value)
{
    public static BusValue From(bool value) => new("b", value);

    public static BusValue From(uint value) => new("u", value);

    public static BusValue From(ulong value) => new("t", value);

    public static BusValue From(string value) => new("s", value);

    public static BusValue From(byte[] value) => new("ay", Array.ConvertAll(value, b => (object)b));

    /// <summary>The length of the first complete type in <paramref name="signature"/>.</summary>
    public static int FirstType(ReadOnlySpan<char> signature)
    {
        int at = 0;
        while (at < signature.Length && signature[at] == 'a')
            at++;
        if (at >= signature.Length)
            throw new LadeException("D-Bus signature '" + signature.ToString() + "' is incomplete");
        if (signature[at] is not ('(' or '{'))
            return at + 1;
        char close = signature[at] == '(' ? ')' : '}';
        at++;
        while (at < signature.Length && signature[at] != close)
            at += FirstType(signature[at..]);
        return at < signature.Length ? at + 1 : throw new LadeException("D-Bus signature '" + signature.ToString() + "' is incomplete");
    }

    /// <summary>The alignment of a type, in bytes.</summary>
    public static int Alignment(char type) => type switch
    {
        'y' or 'g' or 'v' => 1,
        'n' or 'q' => 2,
        'x' or 't' or 'd' or '(' or '{' => 8,
        _ => 4,
    };

    /// <summary>GVariant's text format without type names, for messages and tests.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Print(text, Signature, Value);
        return text.ToString();
    }

    private static void Print(StringBuilder text, ReadOnlySpan<char> type, object value)
    {
        switch (value)
        {
            case object[] items:
                bool isArray = type[0] == 'a';
                ReadOnlySpan<char> types = isArray ? type[1..] : type[1..^1];
                text.Append(isArray ? '[' : '(');
                for (int i = 0; i < items.Length; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    int length = FirstType(types);
                    Print(text, types[..length], items[i]);
                    types = isArray ? types : types[length..];
                }

                text.Append(isArray ? ']' : ')');
                break;
            case string s:
                text.Append('\'').Append(s).Append('\'');
                break;
            case bool b:
                text.Append(b ? "true" : "false");
                break;
            case BusValue inner:
                text.Append('<').Append(inner).Append('>');
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
        }
    }
}
