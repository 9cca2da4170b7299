using System;
using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace Lade.IntegrationTests.Terminal;

/// <summary>`lade run` without a terminal: the program has the caller's own descriptors.</summary>
public sealed class PlainStdioTests : IDisposable
{
    private readonly TerminalBundle _bundle = new TerminalBundle().WithoutTerminal();

    public void Dispose() => _bundle.Dispose();

    [SkippableFact]
    public void ThereIsNoConsole()
    {
        _bundle.Script("ls /dev/console /dev/pts; tty");
        _bundle.Sh("$run").Should().Be("ls: /dev/console: No such file or directory\n/dev/pts:\nptmx\nnot a tty\n");
    }

    [SkippableFact]
    public void HundredMegabytesArriveAsTheyAre()
    {
        _bundle.Args("cat");
        _bundle.Sh("seq 1 20000000 2>/dev/null | head -c 100000000 > data; cat data | $run | cmp - data && echo same").Should().Be("same\n");
    }

    [SkippableTheory]
    [InlineData("exit 7", 7)]
    [InlineData("sh -c 'kill -TERM $$'; exit $?", 143)]
    public void ExitStatusIsTheProgramsOwn(string script, int code)
    {
        _bundle.Script(script);
        _bundle.Sh("$run 2>/dev/null; echo $?").Should().Be(code + "\n");
    }

    [SkippableTheory]
    [InlineData("KILL", 137)]
    [InlineData("SEGV", 139)]
    [InlineData("TERM", 143)]
    public void ASignalFromOutsideIsReportedAsShellsDo(string signal, int code)
    {
        // The first process of a pid namespace is spared the signals that it does not handle.
        _bundle.WithoutPidNamespace().Script("echo up; exec sleep 1000");
        _bundle.Sh("$run >out & until grep -q up out; do sleep 0.02; done 2>/dev/null; $lade kill $id " + signal + "; wait $!; echo $?").Should().Be(code + "\n");
    }

    [SkippableTheory]
    [InlineData("TERM", "")]
    [InlineData("HUP", "")]
    [InlineData("INT", "")]
    [InlineData("USR1", "")]
    [InlineData("TSTP", "")]
    [InlineData("TTOU", "")]
    [InlineData("CONT", "")]
    [InlineData("RTMIN+3", "")]
    [InlineData("TERM", "env --block-signal=TERM")]
    [InlineData("TERM", "env --ignore-signal=TERM")]
    public void SignalsToLadeReachTheProgram(string signal, string wrapper)
    {
        _bundle.Script("trap 'echo told; exit 9' " + signal.Replace("RTMIN+3", "37", StringComparison.Ordinal) + "; echo up; while :; do sleep 0.05; done");
        _bundle.Sh(wrapper + " $run >out & until grep -q up out; do sleep 0.02; done 2>/dev/null; kill -" + signal + " $!; wait $!; echo $?; cat out").Should().Be("9\nup\ntold\n");
    }

    [SkippableFact]
    public void ExitStatusIsKnownToACallerThatIgnoresItsChildren()
    {
        _bundle.Script("exit 7");
        _bundle.Sh("env --ignore-signal=CHLD $run; echo $?").Should().Be("7\n");
    }

    [SkippableFact]
    public void LadeEndsWithTheProgramWhateverHoldsItsPipes()
    {
        _bundle.WithoutPidNamespace().Script("sleep 1000 & echo done");
        var watch = Stopwatch.StartNew();
        // The pipe ends only when the last process that holds it is gone: what the program left behind is killed with the container.
        _bundle.Sh("$run | cat; $lade state $id 2>/dev/null || echo removed").Should().Be("done\nremoved\n");
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
    }

    [SkippableTheory]
    [InlineData("<&-", "null in")]
    [InlineData(">&-", "null out")]
    [InlineData("<&- >&- 2>&-", "null in null out null err")]
    public void ClosedDescriptorsAreTheNullDevice(string redirection, string expected)
    {
        _bundle.Script("for n in 0:in 1:out 2:err; do [ \"$(stat -L -c %t:%T /proc/$$/fd/${n%:*})\" = 1:3 ] && echo null ${n#*:} >> /report; done; :");
        _bundle.Sh("sed -i 's/\"readonly\":true/\"readonly\":false/' config.json; $run " + redirection + "; tr '\\n' ' ' < rootfs/report").Trim().Should().Be(expected);
    }
}
