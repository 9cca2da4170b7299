using System.Linq;
using System.Runtime.InteropServices;
using FluentAssertions;
using Lade.Linux;
using Xunit;

namespace Lade.Tests.Linux;

public sealed class ErrnoTests
{
    /// <summary>strerror(3) begins with a capital, which a message in the middle of a sentence does not; abbreviations keep theirs.</summary>
    [Fact]
    public void Messages_are_strerrors()
    {
        foreach (int number in Enumerable.Range(1, 132).Where(n => new Errno(n).Message != "unknown error"))
        {
            string words = Marshal.GetPInvokeErrorMessage(number);
            new Errno(number).Message.Should().Be(char.IsUpper(words[1]) ? words : char.ToLowerInvariant(words[0]) + words[1..]);
        }
    }

    [Theory]
    [InlineData(2, "ENOENT: no such file or directory")]
    [InlineData(13, "EACCES: permission denied")]
    [InlineData(0, "0: unknown error")]
    [InlineData(4095, "4095: unknown error")]
    public void Describe(int number, string text) => new Errno(number).Describe().Should().Be(text);
}
