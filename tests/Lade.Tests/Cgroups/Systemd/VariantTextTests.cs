using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Cgroups.DBus;
using Lade.Cgroups.Systemd;
using Xunit;

namespace Lade.Tests.Cgroups.Systemd;

public sealed class VariantTextTests
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
    public void Reads(string text, string type, string value)
    {
        BusValue parsed = VariantText.Parse(text);

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
    [InlineData("@a 1", "ends early")]
    [InlineData("[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "a value of less depth")]
    public void RefusesWithThePlace(string text, string reason) =>
        new System.Action(() => VariantText.Parse(text)).Should().Throw<LadeException>().Which.Message.Should().Contain(reason);

    [Fact]
    public void AnnotationsBecomeProperties()
    {
        var annotations = new Dictionary<string, string>
        {
            ["org.systemd.property.CollectMode"] = "'inactive'",
            ["org.systemd.property.TimeoutStopSec"] = "uint64 7",
            ["org.systemd.property.RuntimeMaxSec"] = "1.5",
            ["org.systemd.property.RuntimeMaxUSec"] = "uint64 9",
            ["org.systemd.property.After"] = "['a.service']",
            ["other"] = "x",
        };

        UnitAnnotations.Properties(annotations).Select(p => p + " " + p.Value.Signature).Should().Equal(
            "CollectMode='inactive' s", "TimeoutStopUSec=7000000 t", "RuntimeMaxUSec=1500000 t", "RuntimeMaxUSec=9 t", "After=['a.service'] as");
    }

    [Theory]
    [InlineData("org.systemd.property.", "1", "'' is no name")]
    [InlineData("org.systemd.property.Ab", "1", "'Ab' is no name")]
    [InlineData("org.systemd.property.A-b-c", "1", "'A-b-c' is no name")]
    [InlineData("org.systemd.property.Description", "text", "'text' is no GVariant text")]
    [InlineData("org.systemd.property.TimeoutStopSec", "'5min'", "'5min' is no number of seconds")]
    [InlineData("org.systemd.property.TimeoutStopSec", "-1", "-1 is no number of seconds")]
    public void BadAnnotationsAreNamed(string key, string text, string reason) =>
        new System.Action(() => UnitAnnotations.Properties(new Dictionary<string, string> { [key] = text })).Should().Throw<LadeException>()
            .Which.Description.Should().StartWith("/annotations/" + key + ": " + reason);

    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("inner", "/inner")]
    [InlineData("../x", "/x")]
    public void SubgroupStaysInside(string? value, string path) =>
        UnitAnnotations.SubgroupOf(value is null ? [] : new Dictionary<string, string> { [UnitAnnotations.Subgroup] = value }).Should().Be(path);
}
