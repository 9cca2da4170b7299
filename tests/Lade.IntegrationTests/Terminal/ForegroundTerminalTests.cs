using System.Globalization;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Lade.Linux;
using Xunit;

namespace Lade.IntegrationTests.Terminal;

/// <summary>`lade run` on a terminal: the container's terminal looks like the caller's, and the caller's is given back as it was.</summary>
public sealed class ForegroundTerminalTests : TerminalTest
{
    private const string ReportSizes = "trap 'echo size $(stty size)' WINCH; echo size $(stty size); while :; do sleep 0.05; done";

    [Fact]
    public void The_program_has_a_terminal_of_its_container()
    {
        Bundle.Script("tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all three; echo to the controlling one > /dev/tty");
        PseudoTerminal terminal = OnTerminal("$run");
        terminal.WaitForEnd().Should().Be("/dev/pts/0\r\nall three\r\nto the controlling one\r\n");
    }

    [Fact]
    public void Dev_console_is_that_terminal()
    {
        Bundle.Script("stat -c '%F %t' /dev/console; grep -c '/dev/console ' /proc/self/mountinfo; echo written > /dev/console; read line < /dev/console; echo read $line");
        PseudoTerminal terminal = OnTerminal("$run");
        terminal.WaitFor("written");
        terminal.Type("typed\r");
        terminal.WaitForEnd().Should().Be("character special file 88\r\n1\r\nwritten\r\ntyped\r\nread typed\r\n");
    }

    [Fact]
    public void Dev_may_be_read_only_all_the_same()
    {
        Bundle.WithoutMount("/dev").WithoutMount("/dev/pts").WithoutMount("/dev/shm").WithoutMount("/dev/mqueue")
            .Tmpfs("/dev", "ro").Mount("/dev/pts", "devpts", "devpts", "newinstance", "ptmxmode=0666")
            .Script("echo written > /dev/console; ( : > /dev/x ) 2>&1 | grep -o 'Read-only'");
        OnTerminal("$run").WaitForEnd().Should().Be("written\r\nRead-only\r\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_terminal_belongs_to_the_programs_user(bool userNamespace)
    {
        Bundle.User(1000, 1000).Script("stat -c '%u %a' $(tty); echo one > /dev/tty; echo two > /dev/console; echo three > $(tty)");
        if (userNamespace)
            Bundle.UserNamespace();
        OnTerminal("$run").WaitForEnd().Should().Be("1000 620\r\none\r\ntwo\r\nthree\r\n");
    }

    [Fact]
    public void Size_is_the_callers_from_the_first_moment_and_follows_it()
    {
        Bundle.Script(ReportSizes);
        PseudoTerminal terminal = OnTerminal("$run", 33, 77);
        terminal.WaitFor("size 33 77");
        terminal.Resize(40, 120);
        terminal.WaitFor("size 40 120");
        terminal.Resize(10, 20);
        terminal.WaitFor("size 10 20");
    }

    [Fact]
    public void Configured_size_holds_until_the_window_changes()
    {
        Bundle.SetJson("/process/consoleSize", """{"height":11,"width":22}""").Script(ReportSizes);
        PseudoTerminal terminal = OnTerminal("$run", 33, 77);
        terminal.WaitFor("size 11 22");
        terminal.Seen.Should().NotContain("33 77");
        terminal.Resize(40, 120);
        terminal.WaitFor("size 40 120");
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("trap 'exit 3' TERM; kill $$", 3)]
    public void Mode_is_raw_meanwhile_and_restored_after(string script, int code)
    {
        Bundle.Script("read line; " + script);
        PseudoTerminal terminal = OnTerminal("echo mode=$(stty -g); read go; $run; echo code=$?; echo mode=$(stty -g)");
        terminal.WaitFor("mode=");
        uint cooked = Terminals.GetMode(terminal.Master, "terminal").LocalFlags;
        terminal.Type("\r");
        Machine.Eventually(() => Terminals.GetMode(terminal.Master, "terminal").LocalFlags != cooked, "raw mode");
        terminal.Type("\r");
        string[] lines = terminal.WaitForEnd().ReplaceLineEndings("\n").Split('\n');
        lines[0].Should().StartWith("mode=").And.Be(lines[^2]);
        lines[^3].Should().Be("code=" + code);
    }

    [Fact]
    public void Mode_is_restored_when_the_container_is_killed_from_outside()
    {
        Bundle.Script("echo up; sleep 1000");
        PseudoTerminal terminal = OnTerminal("stty -g > before; $run; echo code=$?; stty -g | cmp - before && echo same mode");
        terminal.WaitFor("up");
        Sh("$lade kill $id KILL").Should().BeEmpty();
        terminal.WaitForEnd().Should().EndWith("code=137\r\nsame mode\r\n");
    }

    [Fact]
    public void Mode_is_restored_when_the_container_cannot_be_made()
    {
        Bundle.Args("/no/such/program");
        PseudoTerminal terminal = OnTerminal("stty -g > before; $run 2>/dev/null; echo code=$?; stty -g | cmp - before && echo same mode");
        terminal.WaitForEnd().Should().EndWith("same mode\r\n").And.NotContain("code=0");
    }

    [Fact]
    public void Keys_act_in_the_container()
    {
        Bundle.Script("go=1; trap 'go=; echo interrupted' INT; echo up; while [ $go ]; do sleep 0.05; done; cat; echo end of input");
        PseudoTerminal terminal = OnTerminal("$run; echo code=$?");
        terminal.WaitFor("up");
        terminal.Type("\u0003");
        terminal.WaitFor("interrupted\r\n");
        terminal.Type("a line\r");
        terminal.WaitFor("a line\r\na line\r\n");
        terminal.Type("\u0004");
        terminal.WaitForEnd().Should().EndWith("end of input\r\ncode=0\r\n");
    }

    [Fact]
    public void The_default_program_is_a_shell()
    {
        PseudoTerminal terminal = OnTerminal("$run; echo code=$?");
        terminal.WaitFor("/ #");
        terminal.Type("echo $((6*7))\r");
        terminal.WaitFor("42\r\n");
        terminal.Type("exit 5\r");
        terminal.WaitForEnd().Should().EndWith("code=5\r\n");
    }

    [Fact]
    public void Output_is_complete_at_the_end()
    {
        Bundle.Script("seq 1 200000");
        PseudoTerminal terminal = OnTerminal("$run");
        string[] lines = terminal.WaitForEnd().Split("\r\n");
        lines.Should().HaveCount(200001);
        for (int i = 0; i < 200000; i++)
            lines[i].Should().Be((i + 1).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_program_may_let_go_of_the_terminal_and_come_back()
    {
        Bundle.Script("exec <&- >&- 2>&-; sleep 0.5; echo back > /dev/console");
        PseudoTerminal terminal = OnTerminal("$run; echo code=$?");
        terminal.WaitForEnd().Should().Be("back\r\ncode=0\r\n");
    }

    [Fact]
    public void Typing_ahead_does_not_stop_output()
    {
        // More than the container's terminal holds, and nobody reads it.
        Bundle.Script("stty -echo; echo up; sleep 1; echo still here");
        PseudoTerminal terminal = OnTerminal("$run; stty sane; echo code=$?; cat >/dev/null");
        terminal.WaitFor("up");
        for (int i = 0; i < 200; i++)
            terminal.Type(new string('x', 99) + "\r");
        terminal.WaitFor("still here");
        terminal.WaitFor("code=0");
    }

    [Fact]
    public void Signals_to_lade_reach_the_program()
    {
        Bundle.Script("trap 'echo told; exit 9' TERM; echo up; while :; do sleep 0.05; done");
        PseudoTerminal terminal = OnTerminal("sh -c 'echo $$ > pid; exec '\"$run\"; echo code=$?");
        terminal.WaitFor("up");
        Sh("kill -TERM $(cat pid)");
        terminal.WaitForEnd().Should().EndWith("told\r\ncode=9\r\n");
    }

    [Fact]
    public void A_background_job_stops_at_the_terminal_until_it_is_in_the_foreground()
    {
        Bundle.Script("echo up; read line; echo got $line");
        PseudoTerminal terminal = OnTerminal("""
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

    [Fact]
    public void Mode_is_raw_again_after_a_stop()
    {
        Bundle.Script("echo up; read line; echo got $line");
        PseudoTerminal terminal = OnTerminal("""
            set -m
            sh -c 'echo $$ > pid; exec '"$run"
            echo stopped; stty sane; fg >/dev/null; echo code=$?
            """);
        terminal.WaitFor("up");
        uint raw = Terminals.GetMode(terminal.Master, "terminal").LocalFlags;
        Sh("kill -STOP $(cat pid)");
        terminal.WaitFor("stopped");
        Machine.Eventually(() => Terminals.GetMode(terminal.Master, "terminal").LocalFlags == raw, "raw mode");
        terminal.Type("it\r");
        terminal.WaitForEnd().Should().EndWith("got it\r\ncode=0\r\n");
    }
}
