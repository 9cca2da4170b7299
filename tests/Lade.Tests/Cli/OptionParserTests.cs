using System;
using System.Text;
using FluentAssertions;
using Lade.Cli;
using Xunit;

namespace Lade.Tests.Cli;

/// <summary>Command lines as engines and people write them; the expectation is what <see cref="Render"/> makes of the result.</summary>
public sealed class OptionParserTests
{
    [Theory]
    [InlineData("create", "c1", "[c1]")]
    [InlineData("create", "--bundle /b c1", "bundle=/b [c1]")]
    [InlineData("create", "--b /b c1", "bundle=/b [c1]")]
    [InlineData("create", "c1 --bundle /b", "bundle=/b [c1]")]
    [InlineData("create", "--bundle /a --bundle /b c1", "bundle=/b [c1]")]
    [InlineData("create", "--bundle= c1", "bundle= [c1]")]
    [InlineData("create", "--bundle a=b c1", "bundle=a=b [c1]")]
    [InlineData("create", "--bundle=a=b c1", "bundle=a=b [c1]")]
    [InlineData("create", "--bundle -b c1", "bundle=-b [c1]")]
    [InlineData("create", "--no-pivot=1 c1", "no-pivot=true [c1]")]
    [InlineData("create", "--no-pivot=F c1", "no-pivot=false [c1]")]
    [InlineData("create", "--no-pivot true", "no-pivot=true [true]")]
    [InlineData("create", "--preserve-fds=-1 c1", "preserve-fds=-1 [c1]")]
    [InlineData("create", "--bundle B --pid-file P --console-socket S --no-pivot --no-new-keyring --preserve-fds 2 ID",
        "bundle=B console-socket=S pid-file=P no-pivot=true no-new-keyring=true preserve-fds=2 [ID]")]
    [InlineData("create", "-- --bundle", "[--bundle]")]
    [InlineData("create", "c1 -- -b", "[c1,-b]")]
    [InlineData("create", "-", "[-]")]
    [InlineData("create", "", "[]")]
    [InlineData("create", "a b", "[a,b]")]
    [InlineData("create", "--help", "help")]
    [InlineData("create", "-h", "help")]
    [InlineData("create", "c1 --help --bogus", "help")]
    [InlineData("create", "--bundle --help", "bundle=--help []")]
    [InlineData("create", "--bogus c1", "problem: flag provided but not defined: -bogus")]
    [InlineData("create", "-x c1", "problem: flag provided but not defined: -x")]
    [InlineData("create", "---bundle /b c1", "problem: flag provided but not defined: --bundle")]
    [InlineData("create", "--Bundle /b c1", "problem: flag provided but not defined: -Bundle")]
    [InlineData("create", "--bundle", "problem: flag needs an argument: -bundle")]
    [InlineData("create", "--preserve-fds x c1", "problem: invalid value \"x\" for flag -preserve-fds: not a whole number")]
    [InlineData("create", "--no-pivot=maybe c1", "problem: invalid value \"maybe\" for flag -no-pivot: neither true nor false")]
    [InlineData("create", "--=x c1", "problem: flag provided but not defined: -")]
    [InlineData("run", "c1 -d", "detach=true [c1]")]
    [InlineData("run", "-no-subreaper --keep -b . c1", "bundle=. keep=true no-subreaper=true [c1]")]
    [InlineData("run", "-dt c1", "problem: flag provided but not defined: -dt")]
    [InlineData("exec", "c1 ls -la", "[c1,ls,-la]")]
    [InlineData("exec", "c1 -- ls", "[c1,--,ls]")]
    [InlineData("exec", "-t c1 sh -t", "tty=true [c1,sh,-t]")]
    [InlineData("exec", "c1 sh --help", "[c1,sh,--help]")]
    [InlineData("exec", "--help c1", "help")]
    [InlineData("exec", "-e A=1,2 -e B= c1 env", "env=A=1,2|B= [c1,env]")]
    [InlineData("exec", "--env=A=b --env C=d c1 env", "env=A=b|C=d [c1,env]")]
    [InlineData("exec", "-c CAP_KILL -c CAP_CHOWN -g 5 -g 6 c1 id", "additional-gids=5|6 cap=CAP_KILL|CAP_CHOWN [c1,id]")]
    [InlineData("exec", "--cgroup cpu,memory:/a --cgroup pids:/b c1 id", "cgroup=cpu,memory:/a|pids:/b [c1,id]")]
    [InlineData("exec", "--process F --detach --pid-file P ID", "process=F detach=true pid-file=P [ID]")]
    [InlineData("exec", "-u 1:2 --cwd /x c1 id", "cwd=/x user=1:2 [c1,id]")]
    [InlineData("exec", "-- c1 id", "[c1,id]")]
    [InlineData("kill", "c1 9", "[c1,9]")]
    [InlineData("kill", "c1 -9", "[c1,-9]")]
    [InlineData("kill", "--regex ^web KILL", "regex=true [^web,KILL]")]
    [InlineData("kill", "-9 c1", "problem: flag provided but not defined: -9")]
    [InlineData("ps", "c1 -aux", "[c1,-aux]")]
    [InlineData("ps", "-f table c1 -o pid", "format=table [c1,-o,pid]")]
    [InlineData("delete", "c1 -f", "force=true [c1]")]
    [InlineData("list", "-q -f table", "format=table quiet=true []")]
    [InlineData("events", "--interval 1m30s --stats c1", "interval=1m30s stats=true [c1]")]
    [InlineData("events", "--interval 5 c1", "problem: invalid value \"5\" for flag -interval: not a duration such as 5s or 1m30s")]
    [InlineData("update", "--resources - c1", "resources=- [c1]")]
    [InlineData("update", "--memory-swap -1 --memory 512M c1", "memory=512M memory-swap=-1 [c1]")]
    [InlineData("update", "--pids-limit -1 c1", "pids-limit=-1 [c1]")]
    [InlineData("checkpoint", "--empty-ns network --empty-ns=network ID", "empty-ns=network|network [ID]")]
    public void Parses(string command, string line, string expected)
    {
        Command definition = CommandTable.Find(command)!;
        Render(definition.Options, OptionParser.Parse(definition.Options, Split(line), definition.StopsAtFirstPositional)).Should().Be(expected);
    }

    [Theory]
    [InlineData("list", "[list]")]
    [InlineData("--root /r list", "root=/r [list]")]
    [InlineData("-debug state --debug", "debug=true [state,--debug]")]
    [InlineData("--systemd-cgroup --rootless=auto run c1", "systemd-cgroup=true rootless=auto [run,c1]")]
    [InlineData("--version", "version=true []")]
    [InlineData("--help", "help")]
    [InlineData("-h list", "help")]
    [InlineData("", "[]")]
    [InlineData("--bogus list", "problem: flag provided but not defined: -bogus")]
    [InlineData("--root", "problem: flag needs an argument: -root")]
    public void Parses_global_options_up_to_the_command(string line, string expected) =>
        Render(GlobalOptions.Table, OptionParser.Parse(GlobalOptions.Table, Split(line), stopAtFirstPositional: true)).Should().Be(expected);

    [Fact]
    public void Keeps_empty_arguments() =>
        OptionParser.Parse([], ["", "x"], stopAtFirstPositional: false).Positionals.Should().Equal("", "x");

    [Fact]
    public void Returns_defaults()
    {
        ParsedArguments parsed = OptionParser.Parse(CommandTable.Find("events")!.Options, ["c1"], false);
        parsed.IsSet("interval").Should().BeFalse();
        parsed.Duration("interval").Should().Be(TimeSpan.FromSeconds(5));
        parsed.Switch("stats").Should().BeFalse();
        OptionParser.Parse(CommandTable.Find("create")!.Options, ["c1"], false).Integer("preserve-fds").Should().Be(0);
        OptionParser.Parse(CommandTable.Find("create")!.Options, ["c1"], false).Text("bundle").Should().BeNull();
    }

    [Fact]
    public void Unknown_option_name_is_a_bug()
    {
        ParsedArguments parsed = OptionParser.Parse(CommandTable.Find("create")!.Options, ["c1"], false);
        parsed.Invoking(p => p.Switch("force")).Should().Throw<InvalidOperationException>();
    }

    private static string[] Split(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Render(Option[] options, ParsedArguments parsed)
    {
        if (parsed.Problem is not null)
            return "problem: " + parsed.Problem;
        if (parsed.HelpRequested)
            return "help";
        var text = new StringBuilder();
        foreach (Option option in options)
            if (parsed.IsSet(option.Name))
                text.Append(option.Name).Append('=').Append(option.Kind == OptionKind.List ? string.Join("|", parsed.List(option.Name)) : parsed.Text(option.Name)).Append(' ');
        return text.Append('[').AppendJoin(',', parsed.Positionals).Append(']').ToString();
    }
}
