using FluentAssertions;
using Lade.Commands;
using Lade.Linux;
using Xunit;

namespace Lade.Tests.Commands;

/// <summary>The rows of ps that belong to a container.</summary>
public sealed class PsTests
{
    [Theory]
    [InlineData("UID PID CMD\nroot 1 init\nroot 12 sleep 1\nroot 2 x\n", "UID PID CMD\nroot 12 sleep 1\nroot 2 x\n")]
    [InlineData("  PID\n    1\n   12\n", "  PID\n   12\n")]
    [InlineData("PPID PID\n12 1\n1 12\n", "PPID PID\n1 12\n")]
    [InlineData("PID CMD\n12 \n123 y\n\n2 z", "PID CMD\n12 \n2 z\n")]
    // Numbers and words in front of the PID, and a name that moves the row.
    [InlineData("COMMAND   PID\nsleep 2    12\nsleep 12    7\na           2\n", "COMMAND   PID\nsleep 2    12\na           2\n")]
    [InlineData("UID   PID  PPID\nroot   12    33\nlong-name   12    33\nlong-name   33    12\n", "UID   PID  PPID\nroot   12    33\nlong-name   12    33\n")]
    // A line without as many fields, or with something else in the column, is none of ours.
    [InlineData("A PID\n12\nx y\nx 12\n", "A PID\nx 12\n")]
    [InlineData("PID\n", "PID\n")]
    public void Rows_are_those_of_the_pids(string table, string rows) => Ps.Rows(table, [2, 12]).Should().Be(rows);

    [Theory]
    [InlineData("")]
    [InlineData("CMD\nx\n")]
    [InlineData("SPID PPID\n1 2\n")]
    public void Pid_column_is_required(string table) =>
        table.Invoking(t => Ps.Rows(t, [1])).Should().Throw<LadeException>().WithMessage("couldn't find PID field in ps output");

    [Fact]
    public void Finds_programs_in_PATH()
    {
        Programs.Find("sh").Should().EndWith("/sh").And.StartWith("/");
        Programs.Find("no such program").Should().BeNull();
    }
}
