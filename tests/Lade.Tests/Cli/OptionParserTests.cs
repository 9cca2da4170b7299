using System;
using System.Collections.Generic;
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
    [InlineData("create", "--bundle=/b c1", "bundle=/b [c1]")]
    [InlineData("create", "-b /b c1", "bundle=/b [c1]")]
    [InlineData("create", "-b=/b c1", "bundle=/b [c1]")]
    [InlineData("create", "--b /b c1", "bundle=/b [c1]")]
    [InlineData("create", "-bundle /b c1", "bundle=/b [c1]")]
    [InlineData("create", "-bundle=/b c1", "bundle=/b [c1]")]
    [InlineData("create", "c1 --bundle /b", "bundle=/b [c1]")]
    [InlineData("create", "--bundle /a --bundle /b c1", "bundle=/b [c1]")]
    [InlineData("create", "--bundle= c1", "bundle= [c1]")]
    [InlineData("create", "--bundle a=b c1", "bundle=a=b [c1]")]
    [InlineData("create", "--bundle=a=b c1", "bundle=a=b [c1]")]
    [InlineData("create", "--bundle -b c1", "bundle=-b [c1]")]
    [InlineData("create", "--no-pivot c1", "no-pivot=true [c1]")]
    [InlineData("create", "-no-pivot c1", "no-pivot=true [c1]")]
    [InlineData("create", "--no-pivot=true c1", "no-pivot=true [c1]")]
    [InlineData("create", "--no-pivot=false c1", "no-pivot=false [c1]")]
    [InlineData("create", "--no-pivot=1 c1", "no-pivot=true [c1]")]
    [InlineData("create", "--no-pivot=F c1", "no-pivot=false [c1]")]
    [InlineData("create", "--no-pivot true", "no-pivot=true [true]")]
    [InlineData("create", "--no-pivot --no-new-keyring c1", "no-pivot=true no-new-keyring=true [c1]")]
    [InlineData("create", "--preserve-fds 3 c1", "preserve-fds=3 [c1]")]
    [InlineData("create", "--preserve-fds=-1 c1", "preserve-fds=-1 [c1]")]
    [InlineData("create", "--config /c.json c1", "config=/c.json [c1]")]
    [InlineData("create", "-f /c.json c1", "config=/c.json [c1]")]
    [InlineData("create", "--bundle B --pid-file P --console-socket S --no-pivot --no-new-keyring --preserve-fds 2 ID",
        "bundle=B console-socket=S pid-file=P no-pivot=true no-new-keyring=true preserve-fds=2 [ID]")]
    [InlineData("create", "-- --bundle", "[--bundle]")]
    [InlineData("create", "c1 -- -b", "[c1,-b]")]
    [InlineData("create", "-", "[-]")]
    [InlineData("create", "", "[]")]
    [InlineData("create", "a b", "[a,b]")]
    [InlineData("create", "--help", "help")]
    [InlineData("create", "-h", "help")]
    [InlineData("create", "-help c1", "help")]
    [InlineData("create", "c1 --help --bogus", "help")]
    [InlineData("create", "--bundle --help", "bundle=--help []")]
    [InlineData("create", "--bogus c1", "problem: flag provided but not defined: -bogus")]
    [InlineData("create", "-x c1", "problem: flag provided but not defined: -x")]
    [InlineData("create", "---bundle /b c1", "problem: flag provided but not defined: --bundle")]
    [InlineData("create", "--bogus=1 c1", "problem: flag provided but not defined: -bogus")]
    [InlineData("create", "--Bundle /b c1", "problem: flag provided but not defined: -Bundle")]
    [InlineData("create", "--bundle", "problem: flag needs an argument: -bundle")]
    [InlineData("create", "-b", "problem: flag needs an argument: -b")]
    [InlineData("create", "--preserve-fds x c1", "problem: invalid value \"x\" for flag -preserve-fds: not a whole number")]
    [InlineData("create", "--preserve-fds 1.5 c1", "problem: invalid value \"1.5\" for flag -preserve-fds: not a whole number")]
    [InlineData("create", "--no-pivot=maybe c1", "problem: invalid value \"maybe\" for flag -no-pivot: neither true nor false")]
    [InlineData("create", "--=x c1", "problem: flag provided but not defined: -")]
    [InlineData("create", "-d c1", "problem: flag provided but not defined: -d")]
    [InlineData("run", "-d c1", "detach=true [c1]")]
    [InlineData("run", "c1 -d", "detach=true [c1]")]
    [InlineData("run", "-d --pid-file p c1", "detach=true pid-file=p [c1]")]
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
    [InlineData("exec", "-p F ID", "process=F [ID]")]
    [InlineData("exec", "-u 1:2 --cwd /x c1 id", "cwd=/x user=1:2 [c1,id]")]
    [InlineData("exec", "-- c1 id", "[c1,id]")]
    [InlineData("exec", "--bad c1", "problem: flag provided but not defined: -bad")]
    [InlineData("kill", "c1 9", "[c1,9]")]
    [InlineData("kill", "c1 -9", "[c1,-9]")]
    [InlineData("kill", "--all c1 15", "all=true [c1,15]")]
    [InlineData("kill", "-a c1 KILL", "all=true [c1,KILL]")]
    [InlineData("kill", "--regex ^web KILL", "regex=true [^web,KILL]")]
    [InlineData("kill", "-9 c1", "problem: flag provided but not defined: -9")]
    [InlineData("ps", "c1 -aux", "[c1,-aux]")]
    [InlineData("ps", "--format json c1", "format=json [c1]")]
    [InlineData("ps", "-f table c1 -o pid", "format=table [c1,-o,pid]")]
    [InlineData("delete", "--force c1", "force=true [c1]")]
    [InlineData("delete", "c1 -f", "force=true [c1]")]
    [InlineData("list", "--format=json", "format=json []")]
    [InlineData("list", "-q -f table", "format=table quiet=true []")]
    [InlineData("events", "--interval=5s c1", "interval=5s [c1]")]
    [InlineData("events", "--interval 1m30s --stats c1", "interval=1m30s stats=true [c1]")]
    [InlineData("events", "--interval 5 c1", "problem: invalid value \"5\" for flag -interval: not a duration such as 5s or 1m30s")]
    [InlineData("update", "--resources - c1", "resources=- [c1]")]
    [InlineData("update", "--resources=/r.json c1", "resources=/r.json [c1]")]
    [InlineData("update", "--memory-swap -1 --memory 512M c1", "memory=512M memory-swap=-1 [c1]")]
    [InlineData("update", "--pids-limit -1 c1", "pids-limit=-1 [c1]")]
    [InlineData("update", "--kernel-memory 1 c1", "kernel-memory=1 [c1]")]
    [InlineData("checkpoint", "--image-path I --work-path W --leave-running ID", "image-path=I work-path=W leave-running=true [ID]")]
    [InlineData("checkpoint", "--empty-ns network --empty-ns=network ID", "empty-ns=network|network [ID]")]
    [InlineData("checkpoint", "--status-fd -1 ID", "status-fd=-1 [ID]")]
    [InlineData("restore", "-no-subreaper -d --bundle B ID", "bundle=B detach=true no-subreaper=true [ID]")]
    [InlineData("plan", "--format json -b /b", "bundle=/b format=json []")]
    [InlineData("spec", "--rootless -b /b", "bundle=/b rootless=true []")]
    [InlineData("start", "--bogus", "problem: flag provided but not defined: -bogus")]
    public void Reads(string command, string line, string expected)
    {
        Command definition = CommandTable.Find(command)!;
        Render(definition.Options, OptionParser.Parse(definition.Options, Split(line), definition.StopsAtFirstPositional)).Should().Be(expected);
    }

    [Theory]
    [InlineData("list", "[list]")]
    [InlineData("--root /r list", "root=/r [list]")]
    [InlineData("--root=/r --log /l --log-format json create --bundle b c1", "log=/l log-format=json root=/r [create,--bundle,b,c1]")]
    [InlineData("--debug state c1", "debug=true [state,c1]")]
    [InlineData("-debug state --debug", "debug=true [state,--debug]")]
    [InlineData("--systemd-cgroup --rootless=auto run c1", "systemd-cgroup=true rootless=auto [run,c1]")]
    [InlineData("--cgroup-manager systemd --log-level debug run c1", "log-level=debug cgroup-manager=systemd [run,c1]")]
    [InlineData("--version", "version=true []")]
    [InlineData("-v", "version=true []")]
    [InlineData("--help", "help")]
    [InlineData("-h list", "help")]
    [InlineData("", "[]")]
    [InlineData("--bogus list", "problem: flag provided but not defined: -bogus")]
    [InlineData("--root", "problem: flag needs an argument: -root")]
    public void ReadsGlobalOptionsUpToTheCommand(string line, string expected) =>
        Render(GlobalOptions.Table, OptionParser.Parse(GlobalOptions.Table, Split(line), stopAtFirstPositional: true)).Should().Be(expected);

    [Fact]
    public void KeepsAnEmptyArgument() =>
        OptionParser.Parse([], ["", "x"], stopAtFirstPositional: false).Positionals.Should().Equal("", "x");

    [Fact]
    public void GivesDefaultsForWhatIsNotThere()
    {
        ParsedArguments parsed = OptionParser.Parse(CommandTable.Find("events")!.Options, ["c1"], false);
        parsed.IsSet("interval").Should().BeFalse();
        parsed.Duration("interval").Should().Be(TimeSpan.FromSeconds(5));
        parsed.Switch("stats").Should().BeFalse();
        OptionParser.Parse(CommandTable.Find("create")!.Options, ["c1"], false).Integer("preserve-fds").Should().Be(0);
        OptionParser.Parse(CommandTable.Find("create")!.Options, ["c1"], false).Text("bundle").Should().BeNull();
    }

    [Fact]
    public void AskingForAnUnknownOptionIsABug()
    {
        ParsedArguments parsed = OptionParser.Parse(CommandTable.Find("create")!.Options, ["c1"], false);
        parsed.Invoking(p => p.Switch("force")).Should().Throw<InvalidOperationException>();
    }

    private static string[] Split(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Render(IReadOnlyList<Option> options, ParsedArguments parsed)
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
