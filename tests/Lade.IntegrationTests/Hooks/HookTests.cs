using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Hooks;

/// <summary>The six lists of hooks: when they run, where, and what they are told (config.md "POSIX-platform Hooks").</summary>
public sealed class HookTests : ContainerTest
{
    private static readonly string[] s_allKinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    public static readonly TheoryData<string> Kinds = new(s_allKinds);

    /// <summary>A directory that has the same path inside and outside.</summary>
    private string Shared
    {
        get
        {
            string path = Bundle.Directory + "/shared";
            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path);
                Bundle.Mount(path, null, path, "bind");
            }

            return path;
        }
    }

    /// <summary>The NUL-terminated strings of a file, as procfs gives arguments and environments.</summary>
    private string[] SharedStrings(string file) => File.ReadAllText(Shared + "/" + file).Split('\0')[..^1];

    private string[] SharedLines(string file) => File.ReadAllLines(Shared + "/" + file);

    [Fact]
    public void They_run_in_the_order_of_the_specification()
    {
        Bundle.Script($"echo program >>{Shared}/log; exec sleep 1000");
        foreach (string kind in s_allKinds)
            Bundle.HookScript(kind, $"echo {kind} 1 >>{Shared}/log").HookScript(kind, $"echo {kind} 2 >>{Shared}/log");

        Container container = Create();
        SharedLines("log").Should().Equal("prestart 1", "prestart 2", "createRuntime 1", "createRuntime 2", "createContainer 1", "createContainer 2");
        File.WriteAllText(Shared + "/log", "");
        container.Start();
        Machine.Eventually(() => SharedLines("log").Length == 5, "program");
        SharedLines("log").Take(2).Should().Equal("startContainer 1", "startContainer 2");
        SharedLines("log").Where(l => l != "program").Should().Equal("startContainer 1", "startContainer 2", "poststart 1", "poststart 2");
        File.WriteAllText(Shared + "/log", "");
        container.Kill();
        container.WaitForExit();
        SharedLines("log").Should().BeEmpty("poststop hooks belong to delete");
        container.Delete().ExitCode.Should().Be(0);
        SharedLines("log").Should().Equal("poststop 1", "poststop 2");
    }

    [Fact]
    public void A_run_has_them_all()
    {
        Bundle.Script($"echo program >>{Shared}/log");
        foreach (string kind in s_allKinds.Where(k => k != "poststart"))
            Bundle.HookScript(kind, $"echo {kind} >>{Shared}/log");

        NewContainer().Run().Should().Be(new CommandResult(0, "", ""));

        SharedLines("log").Should().Equal("prestart", "createRuntime", "createContainer", "startContainer", "program", "poststop");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_runs_in_its_namespaces(string kind)
    {
        Bundle.Sleeps().HookScript(kind, $"for n in mnt pid net uts ipc; do readlink /proc/self/ns/$n; done >{Shared}/out");
        Container container = Create();
        container.Start();
        int pid = container.Pid;
        string[] names = ["mnt", "pid", "net", "uts", "ipc"];
        string[] inside = [.. names.Select(n => Machine.NamespaceOf(pid, n))];
        string[] outside = [.. names.Select(Machine.OwnNamespace)];
        inside.Should().NotIntersectWith(outside);
        container.Delete(force: true).ExitCode.Should().Be(0);

        SharedLines("out").Should().Equal(kind is "createContainer" or "startContainer" ? inside : outside);
    }

    [Theory]
    [InlineData("prestart", "creating", true)]
    [InlineData("createRuntime", "creating", true)]
    [InlineData("createContainer", "creating", false)]
    [InlineData("startContainer", "created", false)]
    [InlineData("poststart", "running", true)]
    [InlineData("poststop", "stopped", null)]
    public void The_state_is_on_standard_input(string kind, string status, bool? hostPid)
    {
        Bundle.Sleeps().Set("/annotations", new JsonObject { ["org.example"] = "a \"b\" ü\n" }).HookScript(kind, $"cat >{Shared}/state");
        Container container = Create();
        int pid = container.Pid;
        container.Start();
        container.Delete(force: true).ExitCode.Should().Be(0);

        JsonObject state = JsonNode.Parse(File.ReadAllText(Shared + "/state"))!.AsObject();

        ((string)state["ociVersion"]!).Should().Be((string)Bundle.Config["ociVersion"]!);
        ((string)state["id"]!).Should().Be("container");
        ((string)state["status"]!).Should().Be(status);
        ((int)state["pid"]!).Should().Be(hostPid switch { true => pid, false => 1, null => 0 }, "the pid is what the reader can use");
        ((string)state["bundle"]!).Should().Be(Bundle.Path);
        ((string)state["annotations"]!["org.example"]!).Should().Be("a \"b\" ü\n");
        state.Should().HaveCount(6);
    }

    [Fact]
    public void Without_a_pid_namespace_the_pid_is_the_hosts_everywhere()
    {
        Bundle.Sleeps().WithoutNamespace("pid").HookScript("createContainer", $"cat >{Shared}/state").HookScript("startContainer", $"cat >{Shared}/state2");
        Container container = Create().Start();

        ((int)JsonNode.Parse(File.ReadAllText(Shared + "/state"))!["pid"]!).Should().Be(container.Pid);
        ((int)JsonNode.Parse(File.ReadAllText(Shared + "/state2"))!["pid"]!).Should().Be(container.Pid);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Args_are_exact_from_the_first_on(string kind)
    {
        Bundle.Sleeps().Set("/hooks/" + kind, new JsonArray(new JsonObject
        {
            ["path"] = "/bin/sh",
            ["args"] = Bundle.Array("sh", "-c", $"exec 3</proc/self/cmdline; cat <&3 >{Shared}/args; true", "zero", "a b", "", "$c"),
        }));
        Create().Start().Delete(force: true);

        SharedStrings("args").Should().HaveCount(7).And.StartWith(["sh", "-c"]).And.EndWith(["zero", "a b", "", "$c"]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_environment_is_exact(string kind)
    {
        Bundle.Sleeps().Set("/hooks/" + kind, new JsonArray(new JsonObject
        {
            ["path"] = "/bin/sh",
            ["args"] = Bundle.Array("sh", "-c", $"exec 3</proc/self/environ; /bin/cat <&3 >{Shared}/env; true"),
            ["env"] = Bundle.Array("B=2", "A=1 and more", "EMPTY="),
        }));
        Create().Start().Delete(force: true);

        SharedStrings("env").Should().Equal("B=2", "A=1 and more", "EMPTY=");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Without_env_it_is_the_callers_for_hooks_of_the_host_and_the_programs_for_those_of_the_image(string kind)
    {
        Bundle.Lade.Environment["FROM_THE_CALLER"] = "yes";
        Bundle.Lade.Environment["HOME"] = "/home/of/the/caller";
        Bundle.Sleeps().HookScript(kind, $"echo \"${{FROM_THE_CALLER-unset}} ${{OF_THE_PROGRAM-unset}} ${{HOME-unset}}\" >{Shared}/env");
        Bundle.Env("PATH=/bin", "OF_THE_PROGRAM=too");
        Bundle.File("/etc/passwd", "root:x:0:0:root:/home/of/root:/bin/sh\n");
        Create().Start().Delete(force: true);

        SharedLines("env").Should().Equal(kind switch
        {
            "createContainer" => "unset unset unset",
            "startContainer" => "unset too /home/of/root",
            _ => "yes unset /home/of/the/caller",
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_empty_env_is_an_empty_environment(string kind)
    {
        Bundle.Sleeps().Set("/hooks/" + kind, new JsonArray(new JsonObject
        {
            ["path"] = "/bin/sh",
            ["args"] = Bundle.Array("sh", "-c", $"exec 3</proc/self/environ; /bin/cat <&3 >{Shared}/env; true"),
            ["env"] = new JsonArray(),
        }));
        Create().Start().Delete(force: true);

        SharedStrings("env").Should().BeEmpty();
    }

    [Fact]
    public void Paths_are_the_hosts_but_for_startContainer()
    {
        Bundle.Sleeps();
        string host = Bundle.Directory + "/host-hook";
        File.WriteAllText(host, $"#!/bin/sh\necho host >>{Shared}/out\n");
        File.SetUnixFileMode(host, (UnixFileMode)0b111_101_101);
        Bundle.File("/inner-hook", $"#!/bin/sh\necho container >>{Shared}/out\n");
        File.SetUnixFileMode(Bundle.Rootfs + "/inner-hook", (UnixFileMode)0b111_101_101);
        foreach (string kind in s_allKinds)
            Bundle.Hook(kind, kind == "startContainer" ? "/inner-hook" : host);

        Create().Start().Delete(force: true).ExitCode.Should().Be(0);

        SharedLines("out").Should().Equal("host", "host", "host", "container", "host", "host");
    }

    [Fact]
    public void CreateContainer_sees_the_mounts_below_the_root_before_it_is_the_root()
    {
        Bundle.Sleeps().Tmpfs("/data").HookScript("createContainer", $"grep -c ' {Bundle.Rootfs}/data ' /proc/self/mountinfo >{Shared}/out; ls -d /proc/1/cmdline {Bundle.Rootfs}/bin/busybox >>{Shared}/out; echo mark >{Bundle.Rootfs}/data/mark");
        Bundle.HookScript("prestart", $"grep -c ' {Bundle.Rootfs}/' /proc/self/mountinfo >{Shared}/host; true");
        Container container = Create();

        SharedLines("out").Should().Equal("1", "/proc/1/cmdline", Bundle.Rootfs + "/bin/busybox");
        SharedLines("host").Should().Equal("0");
        File.ReadAllText(container.PathOf("/data/mark")).Should().Be("mark\n");
    }

    [Fact]
    public void Prestart_finds_the_namespaces_of_the_container()
    {
        Bundle.Sleeps().HookScript("prestart", $"sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/' >{Shared}/pid; readlink /proc/$(cat {Shared}/pid)/ns/net >{Shared}/net");
        Container container = Create();

        SharedLines("pid").Should().Equal(container.Pid.ToString());
        SharedLines("net").Should().Equal(Machine.NamespaceOf(container.Pid, "net")).And.NotEqual([Machine.OwnNamespace("net")]);
    }

    [Fact]
    public void StartContainer_runs_inside_before_the_program()
    {
        Bundle.Script("cat /made; sleep 1000").HookScript("startContainer", "echo by the hook >/made; cat /proc/1/comm >>/made");
        Container container = Create();
        File.Exists(Bundle.Rootfs + "/made").Should().BeFalse();

        container.Start().WaitForOutput("by the hook\nlade-init\n");
    }

    [Fact]
    public void Poststart_runs_when_the_program_has_been_executed()
    {
        Bundle.Sleeps().HookScript("poststart", $"readlink /proc/$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/')/exe >{Shared}/exe");
        Create().Start();

        SharedLines("exe").Should().Equal("/bin/busybox");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_hook_need_not_read_its_input(string kind)
    {
        Bundle.Sleeps().HookScript(kind, "exec <&-; exit 0").Set("/annotations", new JsonObject { ["big"] = new string('x', 300_000) });

        Create().Start().Delete(force: true).Should().Be(new CommandResult(0, "", ""));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_state_larger_than_a_pipe_arrives_whole(string kind)
    {
        Bundle.Sleeps().HookScript(kind, $"sleep 0.1; wc -c >{Shared}/size").Set("/annotations", new JsonObject { ["big"] = new string('x', 300_000) });

        Create().Start().Delete(force: true).Should().Be(new CommandResult(0, "", ""));

        int.Parse(SharedLines("size")[0]).Should().BeInRange(300_100, 300_500);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_daemon_that_a_hook_leaves_behind_holds_nobody_up(string kind)
    {
        Bundle.Sleeps().HookScript(kind, $"sleep 15 & echo $! >{Shared}/daemon");
        var watch = System.Diagnostics.Stopwatch.StartNew();

        Create().Start().Delete(force: true).Should().Be(new CommandResult(0, "", ""));

        watch.ElapsedMilliseconds.Should().BeLessThan(10_000);
        if (kind is not ("createContainer" or "startContainer"))
            Machine.Kill(int.Parse(SharedLines("daemon")[0]));
    }
}
