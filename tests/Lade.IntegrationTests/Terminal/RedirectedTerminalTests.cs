using System;
using FluentAssertions;
using Xunit;

namespace Lade.IntegrationTests.Terminal;

/// <summary>`lade run` of a program with a terminal where the caller's input or output is none.</summary>
public sealed class RedirectedTerminalTests : IDisposable
{
    private readonly TerminalBundle _bundle = new();

    public void Dispose() => _bundle.Dispose();

    [SkippableFact]
    public void PipedInputIsTypedAndItsEndEndsAShell()
    {
        _bundle.Sh("echo 'echo $((6*7)); exit 5' | $run; echo code=$?").Should().Contain("\n42\r\n").And.EndWith("code=5\n");
        // Without `exit` it is the end of input that the shell has to notice.
        _bundle.Sh("echo 'echo $((6*7))' | $run; echo code=$?").Should().Contain("\n42\r\n").And.EndWith("code=0\n");
    }

    [SkippableTheory]
    [InlineData("</dev/null")]
    [InlineData("<&-")]
    [InlineData("0>/dev/null")]
    public void NoInputEndsAShell(string redirection) => _bundle.Sh("$run " + redirection + " >/dev/null; echo code=$?").Should().Be("code=0\n");

    [SkippableFact]
    public void TheEndOfInputIsSeenByEveryReader()
    {
        // The first line has no end: there the end of input only ends the line.
        _bundle.Script("stty -echo -opost; echo up; cat; echo .; cat; sleep 0.2; cat; echo done");
        _bundle.Sh("(sleep 0.3; printf unfinished) | $run").Should().Be("up\nunfinished.\ndone\n");
    }

    [SkippableFact]
    public void AProgramThatReadsNothingIsNotBothered()
    {
        _bundle.Script("stty -opost; sleep 1; echo fine");
        _bundle.Sh("$run </dev/null").Should().Be("fine\n");
    }

    [SkippableFact]
    public void SizeIsThatOfTheTerminalThatIsLeft()
    {
        _bundle.Script("stty size");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "$run </dev/null; $run </dev/null >file; cat file", 33, 77);
        terminal.WaitForEnd().Should().MatchRegex("^33 77\r+\n33 77\r+\n$");
    }

    [SkippableFact]
    public void WhereNobodyTakesTheOutputTheTerminalIsHungUp()
    {
        _bundle.Script("while echo line; do :; done; exit 4");
        _bundle.Sh("($run </dev/null; echo code=$? >&2) | head -n 1").Should().BeOneOf("line\r\ncode=4\n", "code=4\nline\r\n");
    }

    [SkippableFact]
    public void OutputThatCannotBeWrittenIsReported()
    {
        _bundle.Script("while echo line; do :; done; exit 4");
        _bundle.Sh("$run </dev/null >/dev/full; echo code=$?").Should().Contain("write standard output: ENOSPC").And.EndWith("code=4\n");
    }

    [SkippableFact]
    public void HundredMegabytesArriveAsTheyAre()
    {
        // Without output processing a terminal passes every byte on.
        _bundle.Script("stty -opost; cat data");
        _bundle.Sh("seq 1 20000000 2>/dev/null | head -c 100000000 > rootfs/data; $run </dev/null | cmp - rootfs/data && echo same").Should().Be("same\n");
    }

    [SkippableFact]
    public void OutputSurvivesAReaderThatIsLate()
    {
        _bundle.Script("stty -opost; seq 1 5000");
        _bundle.Sh("$run </dev/null | (sleep 1; cat) | tail -n 1").Should().Be("5000\n");
    }

    [SkippableFact]
    public void OutputIsCompleteWhenOthersKeepTheTerminal()
    {
        _bundle.WithoutPidNamespace().Script("stty -opost; sleep 1000 & seq 1 5000");
        _bundle.Sh("$run </dev/null | tail -n 1").Should().Be("5000\n");
    }
}
