using System.Buffers;
using System.Linq;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

/// <summary>What lade's JSON shows of a string.</summary>
public sealed class JsonEscapingTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain <tag> & 'quotes' + =", "plain <tag> & 'quotes' + =")]
    [InlineData("a\"b\\c/d", "a\\\"b\\\\c/d")]
    [InlineData("\b\f\n\r\t", "\\b\\f\\n\\r\\t")]
    [InlineData("\u0000\u0001\u001b[31m\u001f", "\\u0000\\u0001\\u001b[31m\\u001f")]
    [InlineData("\u007f\u0080\u009b\u009f\u00a0", "\\u007f\\u0080\\u009b\\u009f\u00a0")]
    [InlineData("a\u2027\u2028\u2029\u202a", "a\u2027\\u2028\\u2029\u202a")]
    [InlineData("ünïcode 漢字 😀\n", "ünïcode 漢字 😀\\n")]
    public void String_is_written_as(string text, string expected)
    {
        Written(text).Should().Be("\"" + expected + "\"");
    }

    [Fact]
    public void Half_of_a_character_is_replaced()
    {
        foreach (string text in new[] { "😀" + '\ud83d', '\ude00' + "😀", "😀" + '\ud83d' + '\ud83d' })
            JsonDocument.Parse(Written(text)).RootElement.GetString().Should().Be(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Every_character_comes_back()
    {
        string text = string.Concat(Enumerable.Range(0, 0x11000).Where(Rune.IsValid).Select(c => new Rune(c).ToString()));

        JsonDocument.Parse(Written(text)).RootElement.GetString().Should().Be(text);
        JsonDocument.Parse(Written(Encoding.UTF8.GetBytes(text))).RootElement.GetString().Should().Be(text);
    }

    [Fact]
    public void Bytes_are_escaped_as_characters_are()
    {
        const string Text = "é\"\u001b\u009b\u2028😀\\";

        Written(Encoding.UTF8.GetBytes(Text)).Should().Be(Written(Text)).And.Be("\"é\\\"\\u001b\\u009b\\u2028😀\\\\\"");
    }

    [Fact]
    public void Names_are_escaped_too()
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
        {
            json.WriteStartObject();
            json.WriteString("a\"\n", "b");
            json.WriteEndObject();
        }

        Encoding.UTF8.GetString(output.WrittenSpan).Should().Be("{\"a\\\"\\n\":\"b\"}");
    }

    private static string Written(string text)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
            json.WriteStringValue(text);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Written(byte[] text)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Compact))
            json.WriteStringValue(text);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
