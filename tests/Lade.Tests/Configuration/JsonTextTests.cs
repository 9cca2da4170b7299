using System.Linq;
using System.Text;
using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("", "is empty; a JSON object is required")]
    [InlineData(" \n", "is empty; a JSON object is required")]
    [InlineData("{", "is not JSON at line 1, column 2")]
    [InlineData("{\n  \"a\": 1,\n}", "is not JSON at line 3, column 1")]
    [InlineData("{\n\"a\" 1}", "is not JSON at line 2, column 5")]
    [InlineData("{\"a\": 01}", "is not JSON at line 1, column 8")]
    [InlineData("{\"a\": \"\t\"}", "is not JSON at line 1, column 8")]
    [InlineData("{\"a\": \"\\x\"}", "is not JSON at line 1")]
    [InlineData("{\"a\": 'b'}", "is not JSON at line 1, column 7")]
    [InlineData("{} {}", "is not JSON at line 1, column 4")]
    [InlineData("{} // done", "is not JSON at line 1, column 4")]
    [InlineData("[]", "is an array; an object is required")]
    [InlineData("null", "is null; an object is required")]
    [InlineData("\uFEFF{}", "begins with a byte order mark")]
    public void Unreadable_text(string json, string message) =>
        ConfigDocument.ProblemsOf(json).Should().ContainSingle().Which.ToString().Should().StartWith(message);

    [Fact]
    public void Invalid_utf_8()
    {
        byte[] json = [.. "{\n \"a\": \"x"u8, 0xc3, 0x28, .. "\"}"u8];

        ConfigDocument.ProblemsOf(json).Should().ContainSingle().Which.ToString()
            .Should().Be("is not UTF-8 at line 2, column 9, byte 0xc3; JSON in UTF-8 is required");
    }

    [Theory]
    [InlineData("/process/x", "{\"a\": 1, \"b\": {\"a\": 1}, \"a\": 2}", "/process/x/a")]
    [InlineData("/mounts/0/unknown", "[1, {\"q\": 1}, {\"q\": [], \"r\": [{}], \"q\": 1}]", "/mounts/0/unknown/2/q")]
    [InlineData("/windows", "{\"b\": 1, \"\\u0062\": 1}", "/windows/b")]
    [InlineData("/windows", "{\"a/b\": 1, \"c\": [[{}]], \"a/b\": 1}", "/windows/a~1b")]
    public void Name_that_stands_twice(string at, string json, string pointer)
    {
        // JsonNode would drop the second name, so the text is put in by hand.
        string document = ConfigDocument.With(at, "\"HERE\"").Replace("\"HERE\"", json);

        ConfigDocument.ProblemsOf(document).Should().ContainSingle().Which.ToString().Should().Be(pointer + ": is given twice; a name stands once in an object");
    }

    [Fact]
    public void Name_that_stands_twice_at_the_top() =>
        ConfigDocument.ProblemsOf(ConfigDocument.Minimal.Replace("\"root\":", "\"ociVersion\": \"1.0.0\", \"root\":"))
            .Should().ContainSingle().Which.Pointer.ToString().Should().Be("/ociVersion");

    [Fact]
    public void Many_names()
    {
        string names = string.Join(",", Enumerable.Range(0, 50_000).Select(i => $"\"k{i}\": \"\""));

        ConfigDocument.ProblemsOf(ConfigDocument.With("/annotations", "{" + names + "}")).Should().BeEmpty();
        ConfigDocument.ProblemsOf(ConfigDocument.With("/annotations", "\"HERE\"").Replace("\"HERE\"", "{" + names + ", \"k7\": \"\"}"))
            .Should().ContainSingle().Which.Pointer.ToString().Should().Be("/annotations/k7");
    }

    [Theory]
    [InlineData(62, true)]
    [InlineData(63, true)]
    [InlineData(64, false)]
    [InlineData(100_000, false)]
    public void Nesting(int arrays, bool allowed)
    {
        string document = "{\"x\": " + new string('[', arrays) + new string(']', arrays) + "}";
        var problems = new System.Collections.Generic.List<ConfigProblem>();

        JsonText.IsReadable(Encoding.UTF8.GetBytes(document), problems).Should().Be(allowed);
        if (!allowed)
            problems.Should().ContainSingle().Which.Message.Should().Be("nests deeper at line 1, column 70; 64 levels are allowed");
    }

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\udc00")]
    [InlineData("\\ud800x\\udc00")]
    [InlineData("\\ud800\\n")]
    [InlineData("\\\\\\ud83d\\ud83d\\ude00")]
    public void Half_a_surrogate_pair(string escaped)
    {
        ConfigDocument.ProblemsOf(ConfigDocument.Minimal.Replace("\"sh\"", "\"sh\", \"" + escaped + "\"")).Should().ContainSingle()
            .Which.ToString().Should().Be("/process/args/1: has half of a surrogate pair in an escape; whole characters are required");
        ConfigDocument.ProblemsOf(ConfigDocument.Minimal.Replace("\"root\"", "\"" + escaped + "\": 1, \"root\"")).Should().ContainSingle()
            .Which.Pointer.ToString().Should().Be("/?");
    }

    [Fact]
    public void Huge_number_is_cut_in_the_message()
    {
        string document = ConfigDocument.Minimal.Replace("\"uid\": 0", "\"uid\": " + new string('9', 100_000));

        ConfigDocument.ProblemsOf(document).Should().ContainSingle().Which.ToString()
            .Should().Be("/process/user/uid: " + new string('9', 40) + "... is out of range; an integer from 0 to 4294967295 is allowed");
    }
}
