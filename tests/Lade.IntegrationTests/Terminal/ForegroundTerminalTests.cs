using System;
using System.Globalization;
using FluentAssertions;
using Lade.Linux;
using Xunit;

namespace Lade.IntegrationTests.Terminal;

/// <summary>`lade run` on a terminal: the container's terminal looks like the caller's, and the caller's is given back as it was.</summary>
public sealed class ForegroundTerminalTests : IDisposable
{
    private const string ReportSizes = "trap 'echo size $(stty size)' WINCH; echo size $(stty size); while :; do sleep 0.05; done";

    private readonly TerminalBundle _bundle = new();

    public void Dispose() => _bundle.Dispose();

    [SkippableFact]
    public void TheProgramHasATerminalOfItsContainer()
    {
        _bundle.Script("tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all three; echo to the controlling one > /dev/tty");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "$run");
        terminal.WaitForEnd().Should().Be("/dev/pts/0\r\nall three\r\nto the controlling one\r\n");
    }

    [SkippableFact]
    public void DevConsoleIsThatTerminal()
    {
        _bundle.Script("stat -c '%F %t' /dev/console; grep -c '/dev/console ' /proc/self/mountinfo; echo written > /dev/console; read line < /dev/console; echo read $line");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "$run");
        terminal.WaitFor("written");
        terminal.Type("typed\r");
        terminal.WaitForEnd().Should().Be("character special file 88\r\n1\r\nwritten\r\ntyped\r\nread typed\r\n");
    }

    [SkippableFact]
    public void SizeIsTheCallersFromTheFirstMomentAndFollowsIt()
    {
        _bundle.Script(ReportSizes);
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "$run", 33, 77);
        terminal.WaitFor("size 33 77");
        terminal.Resize(40, 120);
        terminal.WaitFor("size 40 120");
        terminal.Resize(10, 20);
        terminal.WaitFor("size 10 20");
    }

    [SkippableFact]
    public void ConfiguredSizeHoldsUntilTheWindowChanges()
    {
        _bundle.ConsoleSize(11, 22).Script(ReportSizes);
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "$run", 33, 77);
        terminal.WaitFor("size 11 22");
        terminal.Seen.Should().NotContain("33 77");
        terminal.Resize(40, 120);
        terminal.WaitFor("size 40 120");
    }

    [SkippableTheory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("trap 'exit 3' TERM; kill $$", 3)]
    public void ModeIsRawMeanwhileAndRestoredAfter(string script, int code)
    {
        _bundle.Script("read line; " + script);
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "echo mode=$(stty -g); $run; echo code=$?; echo mode=$(stty -g)");
        terminal.WaitFor("mode=");
        uint cooked = Terminals.GetMode(terminal.Master, "terminal").LocalFlags;
        Eventually(() => Terminals.GetMode(terminal.Master, "terminal").LocalFlags != cooked);
        terminal.Type("\r");
        string[] lines = terminal.WaitForEnd().ReplaceLineEndings("\n").Split('\n');
        lines[0].Should().StartWith("mode=").And.Be(lines[^2]);
        lines[^3].Should().Be("code=" + code);
    }

    [SkippableFact]
    public void ModeIsRestoredWhenTheContainerIsKilledFromOutside()
    {
        _bundle.Script("echo up; sleep 1000");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "stty -g > before; $run; echo code=$?; stty -g | cmp - before && echo same mode");
        terminal.WaitFor("up");
        _bundle.Sh("$lade kill $id KILL").Should().BeEmpty();
        terminal.WaitForEnd().Should().EndWith("code=137\r\nsame mode\r\n");
    }

    [SkippableFact]
    public void ModeIsRestoredWhenTheContainerCannotBeMade()
    {
        _bundle.Args("/no/such/program");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "stty -g > before; $run 2>/dev/null; echo code=$?; stty -g | cmp - before && echo same mode");
        terminal.WaitForEnd().Should().EndWith("same mode\r\n").And.NotContain("code=0");
    }

    [SkippableFact]
    public void KeysActInTheContainer()
    {
        _bundle.Script("go=1; trap 'go=; echo interrupted' INT; echo up; while [ $go ]; do sleep 0.05; done; cat; echo end of input");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "$run; echo code=$?");
        terminal.WaitFor("up");
        terminal.Type("\u0003");
        terminal.WaitFor("interrupted\r\n");
        terminal.Type("a line\r");
        terminal.WaitFor("a line\r\na line\r\n");
        terminal.Type("\u0004");
        terminal.WaitForEnd().Should().EndWith("end of input\r\ncode=0\r\n");
    }

    [SkippableFact]
    public void DefaultBundleIsAShell()
    {
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "$run; echo code=$?");
        terminal.WaitFor("/ #");
        terminal.Type("echo $((6*7))\r");
        terminal.WaitFor("42\r\n");
        terminal.Type("exit 5\r");
        terminal.WaitForEnd().Should().EndWith("code=5\r\n");
    }

    [SkippableFact]
    public void OutputIsCompleteAtTheEnd()
    {
        _bundle.Script("seq 1 200000");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "$run");
        string[] lines = terminal.WaitForEnd().Split("\r\n");
        lines.Should().HaveCount(200001);
        for (int i = 0; i < 200000; i++)
            lines[i].Should().Be((i + 1).ToString(CultureInfo.InvariantCulture));
    }

    [SkippableFact]
    public void AProgramMayLetGoOfTheTerminalAndComeBack()
    {
        _bundle.Script("exec <&- >&- 2>&-; sleep 0.5; echo back > /dev/console");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "$run; echo code=$?");
        terminal.WaitForEnd().Should().Be("back\r\ncode=0\r\n");
    }

    [SkippableFact]
    public void TypingAheadDoesNotStopOutput()
    {
        // More than the container's terminal holds, and nobody reads it.
        _bundle.Script("stty -echo; echo up; sleep 1; echo still here");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "$run; stty sane; echo code=$?; cat >/dev/null");
        terminal.WaitFor("up");
        for (int i = 0; i < 200; i++)
            terminal.Type(new string('x', 99) + "\r");
        terminal.WaitFor("still here");
        terminal.WaitFor("code=0");
    }

    [SkippableFact]
    public void SignalsToLadeReachTheProgram()
    {
        _bundle.Script("trap 'echo told; exit 9' TERM; echo up; while :; do sleep 0.05; done");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, "sh -c 'echo $$ > pid; exec '\"$run\"; echo code=$?");
        terminal.WaitFor("up");
        _bundle.Sh("kill -TERM $(cat pid)");
        terminal.WaitForEnd().Should().EndWith("told\r\ncode=9\r\n");
    }

    [SkippableFact]
    public void ABackgroundJobStopsAtTheTerminalUntilItIsInTheForeground()
    {
        _bundle.Script("echo up; read line; echo got $line");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, """
            set -m
            $run &
            until [ -n "$(jobs -s)" ]; do sleep 0.01; done
            echo stopped; fg >/dev/null; echo code=$?
            """);
        terminal.WaitFor("stopped");
        terminal.WaitFor("up");
        terminal.Type("it\r");
        terminal.WaitForEnd().Should().EndWith("got it\r\ncode=0\r\n");
    }

    [SkippableFact]
    public void ModeIsRawAgainAfterAStop()
    {
        _bundle.Script("echo up; read line; echo got $line");
        using PseudoTerminal terminal = PseudoTerminal.Run(_bundle, """
            set -m
            sh -c 'echo $$ > pid; exec '"$run"
            echo stopped; stty sane; fg >/dev/null; echo code=$?
            """);
        terminal.WaitFor("up");
        uint raw = Terminals.GetMode(terminal.Master, "terminal").LocalFlags;
        _bundle.Sh("kill -STOP $(cat pid)");
        terminal.WaitFor("stopped");
        Eventually(() => Terminals.GetMode(terminal.Master, "terminal").LocalFlags == raw);
        terminal.Type("it\r");
        terminal.WaitForEnd().Should().EndWith("got it\r\ncode=0\r\n");
    }

    private static void Eventually(Func<bool> condition)
    {
        for (int i = 0; i < 3000 && !condition(); i++)
            System.Threading.Thread.Sleep(1);
        condition().Should().BeTrue();
    }
}
