using System;
using System.Linq;
using FluentAssertions;
using Xunit;

namespace Lade.IntegrationTests.Terminal;

/// <summary>`lade run` without a terminal: the program has the caller's own descriptors.</summary>
public sealed class PlainStdioTests : TerminalTest
{
    public PlainStdioTests() => Bundle.Set("/process/terminal", false);

    [Fact]
    public void There_is_no_console()
    {
        Bundle.Script("ls /dev/console /dev/pts; tty");
        Sh("$run").Should().Be("ls: /dev/console: No such file or directory\n/dev/pts:\nptmx\nnot a tty\n");
    }

    [Fact]
    public void A_reader_that_goes_away_ends_the_program_with_SIGPIPE()
    {
        Bundle.WithoutNamespace("pid").Args("yes");
        Sh("($run; echo code=$? >&2) | head -n 1").Should().BeOneOf("y\ncode=141\n", "code=141\ny\n");
    }

    [Fact]
    public void A_slow_reader_gets_everything()
    {
        Bundle.Args("seq", "1", "50000");
        Sh("$run | (sleep 0.5; cat) | cksum; seq 1 50000 | cksum").Split('\n').Distinct().Should().HaveCount(2, "both sums are the same");
    }

    [Theory]
    [InlineData("TSTP", "")]
    [InlineData("TTOU", "")]
    [InlineData("RTMIN+3", "")]
    [InlineData("TERM", "env --block-signal=TERM")]
    [InlineData("TERM", "env --ignore-signal=TERM")]
    public void Signals_reach_the_program_whatever_they_mean_to_lade(string signal, string wrapper)
    {
        Bundle.Script("trap 'echo told; exit 9' " + signal.Replace("RTMIN+3", "37", StringComparison.Ordinal) + "; echo up; while :; do sleep 0.05; done");
        Sh(wrapper + " $run >out & until grep -q up out; do sleep 0.02; done 2>/dev/null; kill -" + signal + " $!; wait $!; echo $?; cat out").Should().Be("9\nup\ntold\n");
    }

    [Fact]
    public void Exit_status_is_known_to_a_caller_that_ignores_its_children()
    {
        Bundle.Script("exit 7");
        Sh("env --ignore-signal=CHLD $run; echo $?").Should().Be("7\n");
    }

    [Fact]
    public void The_callers_pipe_ends_with_the_program_whatever_it_leaves_behind()
    {
        // A pipe ends when the last process that holds it is gone: what the program left is killed with the container.
        Bundle.WithoutNamespace("pid").Script("sleep 1000 & echo done");
        Sh("$run | cat; $lade state $id 2>/dev/null || echo removed").Should().Be("done\nremoved\n");
    }

    [Theory]
    [InlineData("<&-", "null in")]
    [InlineData(">&-", "null out")]
    [InlineData("<&- >&- 2>&-", "null in null out null err")]
    public void Closed_descriptors_are_the_null_device(string redirection, string expected)
    {
        Bundle.Script("for n in 0:in 1:out 2:err; do [ \"$(stat -L -c %t:%T /proc/$$/fd/${n%:*})\" = 1:3 ] && echo null ${n#*:} >> /report; done; :");
        Sh("$run " + redirection + "; tr '\\n' ' ' < rootfs/report").Trim().Should().Be(expected);
    }
}
