using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Cli;
using Xunit;

namespace Lade.Tests.Cli;

public sealed class CommandTableTests
{
    /// <summary>The options that engines rely on. A trailing <c>!</c> marks a switch; after a slash stands the short name.</summary>
    public static TheoryData<string, string> Contract => new()
    {
        { "checkpoint", "image-path work-path parent-path leave-running! tcp-established! tcp-skip-in-flight! link-remap! ext-unix-sk! shell-job! lazy-pages! status-fd page-server file-locks! pre-dump! manage-cgroups-mode empty-ns auto-dedup!" },
        { "create", "bundle/b config/f console-socket pidfd-socket pid-file no-pivot! no-new-keyring! preserve-fds" },
        { "delete", "force/f! regex!" },
        { "events", "interval stats!" },
        { "exec", "console-socket pidfd-socket cwd env/e tty/t! user/u additional-gids/g process/p detach/d! pid-file process-label apparmor no-new-privs! cap/c preserve-fds cgroup ignore-paused!" },
        { "features", "" },
        { "info", "format/f" },
        { "kill", "all/a! regex!" },
        { "list", "format/f quiet/q!" },
        { "mounts", "" },
        { "pause", "" },
        { "plan", "bundle/b config/f format no-pivot! no-new-keyring!" },
        { "ps", "format/f" },
        { "restore", "console-socket image-path work-path tcp-established! ext-unix-sk! shell-job! file-locks! manage-cgroups-mode bundle/b detach/d! pid-file no-subreaper! no-pivot! empty-ns auto-dedup! lazy-pages! lsm-profile lsm-mount-context" },
        { "resume", "" },
        { "run", "bundle/b config/f console-socket pidfd-socket detach/d! keep! pid-file no-subreaper! no-pivot! no-new-keyring! preserve-fds" },
        { "spec", "bundle/b rootless!" },
        { "start", "" },
        { "state", "" },
        { "update", "resources/r blkio-weight cpu-period cpu-quota cpu-burst cpu-share cpu-rt-period cpu-rt-runtime cpuset-cpus cpuset-mems cpu-idle memory memory-reservation memory-swap pids-limit l3-cache-schema mem-bw-schema kernel-memory kernel-memory-tcp" },
    };

    [Theory]
    [MemberData(nameof(Contract))]
    public void Has_the_options_of_the_contract(string command, string expected) =>
        string.Join(" ", CommandTable.Find(command)!.Options.Select(Describe)).Should().Be(expected);

    [Fact]
    public void Has_the_global_options_of_the_contract() =>
        string.Join(" ", GlobalOptions.Table.Select(Describe)).Should()
            .Be("debug! log log-format log-level root systemd-cgroup! cgroup-manager rootless version/v!");

    [Theory]
    [InlineData("create", 0, "lade: \"create\" requires exactly 1 argument(s)")]
    [InlineData("create", 1, null)]
    [InlineData("create", 2, "lade: \"create\" requires exactly 1 argument(s)")]
    [InlineData("start", 0, "lade: \"start\" requires exactly 1 argument(s)")]
    [InlineData("state", 0, "lade: \"state\" requires exactly 1 argument(s)")]
    [InlineData("delete", 2, "lade: \"delete\" requires exactly 1 argument(s)")]
    [InlineData("exec", 0, "lade: \"exec\" requires a minimum of 1 argument(s)")]
    [InlineData("exec", 40, null)]
    [InlineData("ps", 0, "lade: \"ps\" requires a minimum of 1 argument(s)")]
    [InlineData("mounts", 2, "lade: \"mounts\" requires exactly 3 argument(s)")]
    [InlineData("mounts", 3, null)]
    [InlineData("kill", 0, "lade: \"kill\" requires a minimum of 1 argument(s)")]
    [InlineData("kill", 1, null)]
    [InlineData("kill", 2, null)]
    [InlineData("kill", 3, "lade: \"kill\" requires a maximum of 2 argument(s)")]
    [InlineData("list", 1, "lade: \"list\" requires exactly 0 argument(s)")]
    [InlineData("features", 1, "lade: \"features\" requires exactly 0 argument(s)")]
    [InlineData("spec", 1, "lade: \"spec\" requires exactly 0 argument(s)")]
    public void Checks_argument_counts(string command, int count, string? complaint) =>
        CommandTable.Find(command)!.CheckArgumentCount(count).Should().Be(complaint);

    [Fact]
    public void Finds_commands_by_name_only()
    {
        foreach (string name in CommandTable.Names)
            CommandTable.Find(name)!.Name.Should().Be(name);
        CommandTable.Find("h")!.Name.Should().Be("help");
        CommandTable.Find("bogus").Should().BeNull();
        CommandTable.Find("").Should().BeNull();
        CommandTable.Unknown("bogus").Message.Should().Be("No help topic for 'bogus'");
        CommandTable.Unknown("bogus").ExitCode.Should().Be(3);
    }

    [Fact]
    public void Commands_that_pass_arguments_on_stop_parsing_options() =>
        CommandTable.Names.Where(name => CommandTable.Find(name)!.StopsAtFirstPositional).Should().BeEquivalentTo("exec", "kill", "ps");

    [Fact]
    public void Only_exec_fails_with_255()
    {
        CommandTable.Find("exec")!.FailureExitCode.Should().Be(255);
        CommandTable.Names.Where(name => CommandTable.Find(name)!.FailureExitCode != 1).Should().Equal("exec");
    }

    [Fact]
    public void Every_option_has_help()
    {
        var shorts = new HashSet<string>();
        foreach (string name in CommandTable.Names)
        {
            foreach (Option option in CommandTable.Find(name)!.Options)
            {
                option.Help.Should().NotBeEmpty().And.NotEndWith(".", "it is no sentence");
                if (option.Short != '\0')
                    shorts.Add(name + " -" + option.Short).Should().BeTrue("a short name means one thing in a command");
            }
        }
    }

    private static string Describe(Option option) =>
        option.Name + (option.Short == '\0' ? "" : "/" + option.Short) + (option.Kind == OptionKind.Switch ? "!" : "");
}
