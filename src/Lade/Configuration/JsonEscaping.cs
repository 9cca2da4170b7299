using System;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Lade.Configuration;

/// <summary>
/// What is escaped in the JSON that lade writes: what RFC 8259 demands, and what a terminal would obey instead of showing it. The library's own encoders
/// work out tables of the whole of Unicode when one is first used, which took a fiftieth of the time of a container's start.
/// </summary>
internal sealed class JsonEscaping : JavaScriptEncoder
{
    private static readonly JsonEscaping s_instance = new();

    private JsonEscaping()
    {
    }

    /// <summary>For a writer of one line.</summary>
    public static JsonWriterOptions Compact => new() { Encoder = s_instance };

    /// <summary>For a writer of many.</summary>
    public static JsonWriterOptions Indented => new() { Encoder = s_instance, Indented = true };

    /// <summary>As in \u001b.</summary>
    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < 0x20 or '"' or '\\' or (>= 0x7F and <= 0x9F) or 0x2028 or 0x2029;

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var chars = new ReadOnlySpan<char>(text, textLength);
        for (int i = 0; i < chars.Length; i++)
        {
            // Half of a pair is no character; the base class replaces it.
            if (char.IsHighSurrogate(chars[i]) && i + 1 < chars.Length && char.IsLowSurrogate(chars[i + 1]))
                i++;
            else if (WillEncode(chars[i]) || char.IsSurrogate(chars[i]))
                return i;
        }

        return -1;
    }

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text)
    {
        for (int i = 0; i < utf8Text.Length;)
        {
            if (utf8Text[i] < 0x80)
            {
                if (WillEncode(utf8Text[i]))
                    return i;
                i++;
                continue;
            }

            if (Rune.DecodeFromUtf8(utf8Text[i..], out Rune rune, out int length) != System.Buffers.OperationStatus.Done || WillEncode(rune.Value))
                return i;
            i += length;
        }

        return -1;
    }

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var room = new Span<char>(buffer, bufferLength);
        char letter = unicodeScalar switch { '"' => '"', '\\' => '\\', '\b' => 'b', '\f' => 'f', '\n' => 'n', '\r' => 'r', '\t' => 't', _ => '\0' };
        string escape = letter != '\0' ? "\\" + letter : "\\u" + HexDigits(unicodeScalar);
        numberOfCharactersWritten = escape.TryCopyTo(room) ? escape.Length : 0;
        return numberOfCharactersWritten > 0;
    }

    private static string HexDigits(int value) => value.ToString("x4", System.Globalization.CultureInfo.InvariantCulture);
}
