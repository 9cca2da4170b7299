using FluentAssertions;
using Xunit;

namespace Lade.IntegrationTests.Terminal;

/// <summary>`lade run` of a program with a terminal where the caller's input or output is none.</summary>
public sealed class RedirectedTerminalTests : TerminalTest
{
    [Fact]
    public void Piped_input_is_typed_and_its_end_ends_a_shell()
    {
        Sh("echo 'echo $((6*7)); exit 5' | $run; echo code=$?").Should().Contain("\n42\r\n").And.EndWith("code=5\n");
        // Without `exit` it is the end of input that the shell has to notice.
        Sh("echo 'echo $((6*7))' | $run; echo code=$?").Should().Contain("\n42\r\n").And.EndWith("code=0\n");
    }

    [Theory]
    [InlineData("</dev/null")]
    [InlineData("<&-")]
    [InlineData("0>/dev/null")]
    public void No_input_ends_a_shell(string redirection) => Sh("$run " + redirection + " >/dev/null; echo code=$?").Should().Be("code=0\n");

    [Fact]
    public void The_end_of_input_is_seen_by_every_reader()
    {
        // The first line has no end: there the end of input only ends the line.
        Bundle.Script("stty -echo -opost; echo up; cat; echo .; cat; sleep 0.2; cat; echo done");
        Sh("(sleep 0.3; printf unfinished) | $run").Should().Be("up\nunfinished.\ndone\n");
    }

    [Fact]
    public void A_program_that_reads_nothing_is_not_bothered()
    {
        Bundle.Script("stty -opost; sleep 1; echo fine");
        Sh("$run </dev/null").Should().Be("fine\n");
    }

    [Fact]
    public void Size_is_that_of_the_terminal_that_is_left()
    {
        Bundle.Script("stty size");
        PseudoTerminal terminal = OnTerminal("$run </dev/null; $run </dev/null >file; cat file", 33, 77);
        terminal.WaitForEnd().Should().MatchRegex("^33 77\r+\n33 77\r+\n$");
    }

    [Fact]
    public void Where_nobody_takes_the_output_the_terminal_is_hung_up()
    {
        Bundle.Script("while echo line; do :; done; exit 4");
        Sh("($run </dev/null; echo code=$? >&2) | head -n 1").Should().BeOneOf("line\r\ncode=4\n", "code=4\nline\r\n");
    }

    [Fact]
    public void Output_that_cannot_be_written_is_reported()
    {
        Bundle.Script("while echo line; do :; done; exit 4");
        Sh("$run </dev/null >/dev/full; echo code=$?").Should().Contain("write standard output: ENOSPC").And.EndWith("code=4\n");
    }

    [Fact]
    public void Output_survives_a_reader_that_is_late()
    {
        Bundle.Script("stty -opost; seq 1 5000");
        Sh("$run </dev/null | (sleep 1; cat) | tail -n 1").Should().Be("5000\n");
    }

    [Fact]
    public void Output_is_complete_when_others_keep_the_terminal()
    {
        Bundle.WithoutNamespace("pid").Script("stty -opost; sleep 1000 & seq 1 5000");
        Sh("$run </dev/null | tail -n 1").Should().Be("5000\n");
    }
}
