using System;
using FluentAssertions;
using Lade.DBus;
using Xunit;

namespace Lade.Tests.DBus;

public sealed class GVariantTextTests
{
    [Theory]
    [InlineData("true", "b", "true")]
    [InlineData(" false ", "b", "false")]
    [InlineData("5", "i", "5")]
    [InlineData("-5", "i", "-5")]
    [InlineData("0x1f", "i", "31")]
    [InlineData("017", "i", "15")]
    [InlineData("uint32 4294967295", "u", "4294967295")]
    [InlineData("int64 -9223372036854775808", "x", "-9223372036854775808")]
    [InlineData("uint64 18446744073709551615", "t", "18446744073709551615")]
    [InlineData("int16 -1", "n", "-1")]
    [InlineData("uint16 65535", "q", "65535")]
    [InlineData("byte 0xff", "y", "255")]
    [InlineData("1.5", "d", "1.5")]
    [InlineData("2e3", "d", "2000")]
    [InlineData("double 3", "d", "3")]
    [InlineData("'text'", "s", "'text'")]
    [InlineData("\"it's\"", "s", "'it's'")]
    [InlineData(@"'a\'b\n\u00fc'", "s", "'a'b\nü'")]
    [InlineData("objectpath '/a'", "o", "'/a'")]
    [InlineData("['a', 'b']", "as", "['a', 'b']")]
    [InlineData("[uint64 1, 2]", "at", "[1, 2]")]
    [InlineData("@as []", "as", "[]")]
    [InlineData("@at [1,2,]", "at", "[1, 2]")]
    [InlineData("[('/dev/null', 'rw'), ('/dev/zero', 'r')]", "a(ss)", "[('/dev/null', 'rw'), ('/dev/zero', 'r')]")]
    [InlineData("@a(st) [('/dev/vda', 1000)]", "a(st)", "[('/dev/vda', 1000)]")]
    [InlineData("[[1], [2, 3]]", "aai", "[[1], [2, 3]]")]
    [InlineData("<uint32 1>", "v", "<1>")]
    public void Parses(string text, string type, string value)
    {
        BusValue parsed = GVariantText.Parse(text);

        parsed.Signature.Should().Be(type);
        parsed.ToString().Should().Be(value);
    }

    [Theory]
    [InlineData("", "a value is expected at character 1")]
    [InlineData("word", "a value or a type is expected at character 1")]
    [InlineData("5 6", "the end is expected at character 3")]
    [InlineData("'open", "the closing quote is expected at character 6")]
    [InlineData("uint32 -1", "a number of type u is expected at character 8")]
    [InlineData("2147483648", "a number of type i is expected at character 1")]
    [InlineData("09", "a number of type i is expected at character 1")]
    [InlineData("[]", "'@' and a type before an empty array is expected at character 3")]
    [InlineData("[1, 'a']", "a value of type i is expected at character 8")]
    [InlineData("[1 2]", "',' or ']' is expected at character 4")]
    [InlineData("()", "a member is expected at character 3")]
    [InlineData("uint32 true", "a value of type u is expected at character 12")]
    [InlineData("@z 1", "a type is expected at character 2")]
    [InlineData("@a 1", "is incomplete")]
    [InlineData("[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "a value that is nested less deeply")]
    public void Refuses_with_the_position(string text, string reason) =>
        new Action(() => GVariantText.Parse(text)).Should().Throw<LadeException>().Which.Message.Should().Contain(reason);
}
