using System;
using FluentAssertions;
using Lade.Lifecycle;
using Lade.Linux;
using Xunit;

namespace Lade.Tests.Lifecycle;

/// <summary>The rows of ps that belong to a container.</summary>
public sealed class ProcessListTests
{
    [Theory]
    [InlineData("UID PID CMD\nroot 1 init\nroot 12 sleep 1\nroot 2 x\n", "UID PID CMD\nroot 12 sleep 1\nroot 2 x\n")]
    [InlineData("  PID\n    1\n   12\n", "  PID\n   12\n")]
    [InlineData("PPID PID\n12 1\n1 12\n", "PPID PID\n1 12\n")]
    [InlineData("PID CMD\n12 \n123 y\n\n2 z", "PID CMD\n12 \n2 z\n")]
    // A line without as many fields, or with something else in the column, is none of ours.
    [InlineData("A PID\n12\nx y\nx 12\n", "A PID\nx 12\n")]
    [InlineData("PID\n", "PID\n")]
    public void AreThoseOfItsPids(string table, string rows) => ProcessList.Rows(table, [2, 12]).Should().Be(rows);

    [Theory]
    [InlineData("")]
    [InlineData("CMD\nx\n")]
    [InlineData("SPID PPID\n1 2\n")]
    public void NeedAPidColumn(string table) =>
        table.Invoking(t => ProcessList.Rows(t, [1])).Should().Throw<LadeException>().WithMessage("couldn't find PID field in ps output");

    [Fact]
    public void ComeFromTheHostsPs()
    {
        string[] lines = ProcessList.Table([Environment.ProcessId], ["-e", "-o", "pid,args"]).Split('\n');

        lines[0].Should().Contain("PID");
        lines[1].TrimStart().Should().StartWith(Environment.ProcessId + " ");
        lines[2].Should().BeEmpty();
        lines.Should().HaveCount(3);
    }

    [Fact]
    public void AnOptionThatPsDoesNotKnowIsAnErrorInItsWords() =>
        new Action(() => ProcessList.Table([1], ["--no-such-option"])).Should().Throw<LadeException>().WithMessage("ps: exit status 1: *");

    [Fact]
    public void ProgramsAreFoundInThePath()
    {
        Programs.Find("sh").Should().EndWith("/sh").And.StartWith("/");
        Programs.Find("no such program").Should().BeNull();
    }

    /// <summary>Text is put together from pieces that may end within a character.</summary>
    [Fact]
    public void OutputOfAProgramIsWholeOrItsEnd()
    {
        string[] args = ["sh", "-c", "i=0; while [ $i -lt 1000 ]; do echo 'ä€'; i=$((i+1)); done"];

        Programs.Run("/bin/sh", args, [], default, 0, 1 << 20).Stdout.Should().Be(string.Join('\n', System.Linq.Enumerable.Repeat("ä€", 1000)));
        Programs.Run("/bin/sh", args, [], default, 0).Stdout.Should().EndWith("\nä€").And.Subject.Length.Should().BeLessThan(4096);
    }
}
