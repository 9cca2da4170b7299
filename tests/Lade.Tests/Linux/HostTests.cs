using System;
using System.IO;
using System.Linq;
using System.Text;
using FluentAssertions;
using Lade.Linux;
using Lade.Planning;
using Xunit;

namespace Lade.Tests.Linux;

/// <summary>Small helpers: user names, directories, paths, patterns, capability numbers, random names.</summary>
public sealed class HostTests
{
    private const string Passwd = "root:x:0:0:root:/root:/bin/sh\n\nbroken\nada:x:1000:1000::/home/ada:/bin/sh\nalso-ada:x:1000:1000::/:/bin/sh\nlong:x:10000:1::/:/bin/sh";

    [Theory]
    [InlineData(0u, "root")]
    [InlineData(1000u, "ada")]
    [InlineData(10000u, "long")]
    [InlineData(1u, null)]
    [InlineData(100u, null)]
    public void Finds_user_names(uint uid, string? name) => UserNames.Find(Encoding.UTF8.GetBytes(Passwd), uid).Should().Be(name);

    [Fact]
    public void Unknown_user_is_shown_as_a_number()
    {
        UserNames.Lookup(0).Should().Be("root");
        UserNames.Lookup(4294967000).Should().Be("#4294967000");
    }

    [Fact]
    public void Lists_a_directory_in_order()
    {
        using var directory = new TemporaryDirectory();
        for (int i = 0; i < 700; i++)
            File.WriteAllText(directory.Path + "/entry-" + i.ToString("d4"), "");
        Directory.CreateDirectory(directory.Path + "/.hidden ü");

        using Fd fd = Files.Open(directory.Path, Libc.O_RDONLY | Libc.O_DIRECTORY);
        var names = Directories.Names(fd, directory.Path);
        names.Should().HaveCount(701).And.BeInAscendingOrder(StringComparer.Ordinal);
        names[0].Should().Be(".hidden ü");
        names[^1].Should().Be("entry-0699");
    }

    [Fact]
    public void Returns_the_current_directory() => Directories.Current().Should().Be(Environment.CurrentDirectory);

    [Theory]
    [InlineData("", "/w")]
    [InlineData(".", "/w")]
    [InlineData("a", "/w/a")]
    [InlineData("a/", "/w/a")]
    [InlineData("./a//b/../c", "/w/a/c")]
    [InlineData("..", "/")]
    [InlineData("../../x", "/x")]
    [InlineData("/a/./b/", "/a/b")]
    [InlineData("/", "/")]
    public void Makes_paths_absolute(string path, string expected) => Paths.Absolute(path, "/w").Should().Be(expected);

    [Theory]
    [InlineData("^web[0-9]+$", "web12", true)]
    [InlineData("^web[0-9]+$", "web", false)]
    [InlineData("eb", "web", true)]
    [InlineData("a|b", "b", true)]
    public void Matches_patterns(string pattern, string text, bool matches)
    {
        using var regex = new PosixRegex(pattern);
        regex.Matches(text).Should().Be(matches);
    }

    [Fact]
    public void Invalid_pattern_is_an_error() =>
        FluentActions.Invoking(() => new PosixRegex("(")).Should().Throw<LadeException>().WithMessage("invalid regular expression \"(\": *");

    [Theory]
    [InlineData("CAP_CHOWN", 0)]
    [InlineData("CAP_SYS_ADMIN", 21)]
    [InlineData("CAP_SETFCAP", 31)]
    [InlineData("CAP_MAC_OVERRIDE", 32)]
    [InlineData("CAP_AUDIT_READ", 37)]
    [InlineData("CAP_CHECKPOINT_RESTORE", 40)]
    [InlineData("SYS_ADMIN", -1)]
    [InlineData("cap_chown", -1)]
    [InlineData("CAP_BOGUS", -1)]
    public void Capability_numbers_are_the_kernels(string name, int number)
    {
        CapabilityNames.NumberOf(name).Should().Be(number);
        CapabilityNames.All.Should().HaveCount(41);
    }

    [Fact]
    public void Random_name_is_128_bits_in_hexadecimal() => RandomName.Create().Should().MatchRegex("^[0-9a-f]{32}$");

    /// <summary>Every digit takes every value, so that none is fixed; that one of 512 values is missing by chance happens once in 10^25 runs.</summary>
    [Fact]
    public void Every_digit_of_a_random_name_is_random()
    {
        string[] names = Enumerable.Range(0, 1000).Select(_ => RandomName.Create()).ToArray();

        names.Should().OnlyHaveUniqueItems();
        for (int i = 0; i < 32; i++)
            names.Select(name => name[i]).Distinct().Should().HaveCount(16, "digit {0}", i);
    }
}
