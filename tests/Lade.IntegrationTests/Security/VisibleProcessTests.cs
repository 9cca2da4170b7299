using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>No process that an attacker can see holds more than the attacker (CVE-2016-9962 and its relatives).</summary>
public sealed class VisibleProcessTests : ContainerTest
{
    private const string DefaultCapabilities =
        "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FSETID CAP_FOWNER CAP_MKNOD CAP_NET_RAW CAP_SETGID CAP_SETUID CAP_SETFCAP CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_KILL CAP_AUDIT_WRITE";

    private static readonly string[] s_tracer = [.. DefaultCapabilities.Split(' '), "CAP_SYS_PTRACE"];

    /// <summary>Bits of <see cref="s_tracer"/>.</summary>
    private static readonly ulong s_tracerMask = s_tracer.Aggregate(0UL, (mask, name) => mask | (1UL << Array.IndexOf(Lade.Planning.CapabilityNames.All, name)));

    /// <summary>LADE_SOAK=1: thousands of rounds.</summary>
    private static int Rounds(int usual) => Environment.GetEnvironmentVariable("LADE_SOAK") is "1" ? usual * 50 : usual;

    private const string AllowAll = """{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [ { "names": ["mkdir"], "action": "SCMP_ACT_ERRNO" } ] }""";

    private static void WithFilter(Bundle bundle, string? filter, bool noNewPrivileges)
    {
        bundle.Set("/process/noNewPrivileges", noNewPrivileges);
        if (filter is not null)
            bundle.SetJson("/linux/seccomp", filter);
    }

    public static IEnumerable<object?[]> Execs() =>
        from arguments in (string[])["container true", "--user 1000:1000 container true", "--cap CAP_SYS_ADMIN container true", "--cwd /tmp --env A=b container true", "--no-new-privs container true"]
        from nnp in (bool[])[false, true]
        from filtered in (bool[])[false, true]
        select new object?[] { arguments, nnp, filtered };

    [Theory]
    [MemberData(nameof(Execs))]
    public void A_joining_process_has_the_rights_of_the_container_from_the_moment_that_it_is_seen(string arguments, bool noNewPrivileges, bool filtered)
    {
        Bundle.Capabilities(s_tracer).Watches();
        WithFilter(Bundle, filtered ? AllowAll : null, noNewPrivileges);
        Bundle.Lade.Environment["ENGINE_TOKEN"] = "secret";
        Container container = NewContainer().StartWatching();

        for (int i = 0; i < Rounds(25); i++)
            container.Exec(arguments.Split(' ')).ExitCode.Should().Be(0);

        ulong asked = arguments.Contains("CAP_SYS_ADMIN", StringComparison.Ordinal) ? 1UL << 21 : 0;
        HoldsNothing(container.StopWatching(out long seen), s_tracerMask | asked);
        seen.Should().BePositive("else the test proves nothing");
    }

    [Theory]
    [InlineData("""[{ "destination": "/mnt", "type": "tmpfs", "source": "tmpfs" }]""")]
    [InlineData("""[{ "destination": "/mnt", "type": "proc", "source": "proc" }]""")]
    [InlineData("""[{ "destination": "/mnt", "source": "/etc", "options": ["bind", "ro"] }]""")]
    public void Whoever_adds_a_mount_is_not_seen(string mounts)
    {
        Bundle.Capabilities(s_tracer).Watches();
        Container container = NewContainer().StartWatching();
        string file = Bundle.Directory + "/mounts.json";
        File.WriteAllText(file, mounts);

        for (int i = 0; i < Rounds(20); i++)
        {
            Bundle.Lade.Run("mounts", "add", "container", file).ExitCode.Should().Be(0);
            if (mounts.Contains("\"proc\""))
                Directory.Exists(container.PathOf("/mnt/" + Environment.ProcessId)).Should().BeFalse("it shows the processes of the container");
            Bundle.Lade.Run("mounts", "remove", "container", file).ExitCode.Should().Be(0);
        }

        HoldsNothing(container.StopWatching(out _), s_tracerMask);
    }

    public static IEnumerable<object?[]> Mates() =>
        from nnp in (bool[])[false, true]
        from filtered in (bool[])[false, true]
        from user in (uint[])[0, 1000]
        select new object?[] { nnp, filtered, user };

    [Theory]
    [MemberData(nameof(Mates))]
    public void A_container_of_a_pod_is_seen_with_its_programs_rights_alone(bool noNewPrivileges, bool filtered, uint user)
    {
        Bundle.Capabilities(s_tracer).Watches();
        Bundle.Lade.Environment["ENGINE_TOKEN"] = "secret";
        Container sandbox = NewContainer().StartWatching();

        for (int i = 0; i < Rounds(4); i++)
        {
            Bundle mate = NewBundle().Capabilities(["CAP_CHOWN", "CAP_KILL"]).User(user, user).Args("true").Namespace("pid", "/proc/" + sandbox.Pid + "/ns/pid");
            WithFilter(mate, filtered ? AllowAll : null, noNewPrivileges);
            mate.Lade.Environment["ENGINE_TOKEN"] = "secret";
            Container container = NewContainer(mate, "mate" + i).Create();
            AssertWaitsWithProgramsRights(container, user, noNewPrivileges, filtered);
            container.Start().WaitForExit();
            container.Delete().ExitCode.Should().Be(0);
            NewContainer(mate, "run" + i).Run().ExitCode.Should().Be(0);
        }

        HoldsNothing(sandbox.StopWatching(out long seen), s_tracerMask);
        seen.Should().BePositive("else the test proves nothing");
    }

    [Theory]
    [MemberData(nameof(Mates))]
    public void What_waits_for_start_has_the_programs_rights(bool noNewPrivileges, bool filtered, uint user)
    {
        foreach (bool userNamespace in (bool[])[false, true])
        {
            Bundle bundle = NewBundle().Capabilities(["CAP_CHOWN", "CAP_KILL"], ambient: user == 0 ? null : ["CAP_KILL"]).User(user, user, 7).Sleeps();
            WithFilter(bundle, filtered ? AllowAll : null, noNewPrivileges);
            if (userNamespace)
                bundle.UserNamespace();
            Container container = NewContainer(bundle, "waits" + userNamespace).Create();
            AssertWaitsWithProgramsRights(container, user, noNewPrivileges, filtered, userNamespace ? 100000u : 0);
            IReadOnlyDictionary<string, string> waiting = Container.Status(container.Pid);

            container.Start();

            // Nothing changes but the filter that comes last, and what execve(2) takes from users other than root.
            IReadOnlyDictionary<string, string> running = Container.Status(container.Pid);
            foreach (string line in (string[])["Uid", "Gid", "Groups", "CapInh", "CapBnd", "CapAmb", "NoNewPrivs", .. user == 0 ? ["CapPrm", "CapEff"] : Array.Empty<string>()])
                running[line].Should().Be(waiting[line], line);
            running["Seccomp"].Should().Be(filtered ? "2" : "0");
        }
    }

    /// <summary>A filter without no_new_privs takes CAP_SYS_ADMIN; where it forbids what comes before the program, that one capability stays so long, and no other.</summary>
    [Fact]
    public void A_filter_that_forbids_the_wait_is_loaded_after_it()
    {
        Bundle.Capabilities(["CAP_CHOWN"]).Sleeps();
        WithFilter(Bundle, AllowAll.Replace("mkdir", "accept4"), noNewPrivileges: false);
        Container container = Create();

        container.Status("CapPrm").Should().Be("0000000000200001");
        container.Status("Seccomp").Should().Be("0");
        container.Start();
        container.Status("CapPrm").Should().Be("0000000000000001");
        container.Status("CapEff").Should().Be("0000000000000001");
        container.Status("Seccomp").Should().Be("2");
    }

    /// <summary>Once all is closed nothing more is closed but what is known by its number.</summary>
    [Theory]
    [InlineData("close_range")]
    [InlineData("openat")]
    [InlineData("sendmsg")]
    public void A_filter_that_forbids_what_the_wait_does_not_need_is_loaded_before_it(string forbidden)
    {
        Bundle.Capabilities(["CAP_CHOWN"]).Args("true");
        WithFilter(Bundle, AllowAll.Replace("mkdir", forbidden), noNewPrivileges: false);
        Container container = Create();

        container.Status("CapPrm").Should().Be("0000000000000001");
        container.Status("Seccomp").Should().Be("2");
        container.Start();
    }

    [Theory]
    [InlineData("clone")]
    [InlineData("pipe2")]
    [InlineData("setsid")]
    public void Exec_works_under_a_filter_that_forbids_what_it_does_itself(string forbidden)
    {
        Bundle.Capabilities(["CAP_CHOWN"]);
        WithFilter(Bundle, AllowAll.Replace("mkdir", forbidden), noNewPrivileges: false);
        Container container = StartSleeping();

        container.Exec("container", "grep", "-E", "CapPrm|CapEff|Seccomp:", "/proc/self/status").Output
            .Should().Be("CapPrm:\t0000000000000001\nCapEff:\t0000000000000001\nSeccomp:\t2");
    }

    /// <summary>What attackers without a pid namespace of their own, and without any capability, must not get.</summary>
    [Fact]
    public void An_attacker_in_the_hosts_pid_namespace_opens_no_process_of_lades()
    {
        Bundle.Capabilities([]).WithoutNamespace("pid").Watches();
        Bundle.Lade.Environment["ENGINE_TOKEN"] = "secret";
        Container attacker = NewContainer().StartWatching();

        for (int i = 0; i < Rounds(3); i++)
        {
            foreach ((string name, Action<Bundle> change) in Victims())
            {
                Bundle victim = NewBundle().Args("true");
                victim.Lade.Environment["ENGINE_TOKEN"] = "secret";
                change(victim);
                CommandResult result = NewContainer(victim, "run").Run();
                result.ExitCode.Should().Be(0, name + ": " + result.Stderr);
                victim.Sleeps();
                Container container = NewContainer(victim, "long").RunDetached();
                container.Exec("long", "true").ExitCode.Should().Be(0, name);
                container.Exec("--user", "1000", "long", "true").ExitCode.Should().Be(0, name);
                container.Exec("--cap", "CAP_KILL", "long", "true").ExitCode.Should().Be(0, name);
                string document = victim.Directory + "/process.json";
                File.WriteAllText(document, """{ "cwd": "/", "args": ["true"], "env": ["PATH=/bin"], "user": { "uid": 0, "gid": 0 } }""");
                container.Exec("--process", document, "long").ExitCode.Should().Be(0, name);
                string mounts = victim.Directory + "/mounts.json";
                File.WriteAllText(mounts, """[{ "destination": "/mnt", "source": "/etc", "options": ["bind"] }]""");
                victim.Lade.Run("mounts", "add", "long", mounts).ExitCode.Should().Be(0, name);
                container.Delete(force: true).ExitCode.Should().Be(0, name);
            }
        }

        IReadOnlyList<string> found = attacker.StopWatching(out long seen);
        seen.Should().BePositive("else the test proves nothing");
        found.Should().OnlyContain(line => line.StartsWith("caps "), "that is for everyone to see");
    }

    /// <summary>There is no user whose groups could take the place of the caller's.</summary>
    [Fact]
    public void What_waits_without_a_program_has_no_groups()
    {
        Bundle.Remove("/process");
        Bundle.Lade.Wrapper = "setpriv --groups 4711";

        Create().Status("Groups").Should().BeEmpty();
    }

    /// <summary>A tracer would open devices in its place: the rules hold before `init` is cloned into a pid namespace that others are in.</summary>
    [Fact]
    public void The_device_rules_hold_before_a_mate_sees_the_process()
    {
        Machine.NeedsFile("/usr/bin/strace");
        Container sandbox = NewContainer(NewBundle().Sleeps(), "sandbox").RunDetached();
        Bundle.Args("true").Namespace("pid", "/proc/" + sandbox.Pid + "/ns/pid").Save();
        string file = Bundle.Directory + "/trace";

        Machine.Sh($"strace -qq -f -e trace=openat,bpf,clone -o {file} {LadeProgram.Path} --root {Bundle.Lade.StateRoot} run --bundle {Bundle.Path} c </dev/null");

        string[] lines = File.ReadAllLines(file);
        int rules = Array.FindLastIndex(lines, line => line.Contains("/devices.allow") || line.Contains("/devices.deny") || line.Contains("BPF_PROG_ATTACH"));
        int clone = Array.FindLastIndex(lines, line => line.Contains("clone(") && line.Contains("CLONE_PARENT"));
        rules.Should().BePositive();
        clone.Should().BeGreaterThan(rules);
    }

    private static IEnumerable<(string Name, Action<Bundle> Change)> Victims()
    {
        yield return ("plain", _ => { });
        yield return ("user namespace", b => b.UserNamespace());
        yield return ("user namespace, identity map", b => b.UserNamespace(0, 65536));
        const string Map = """[{ "containerID": 0, "hostID": 100000, "size": 65536 }]""";
        yield return ("id-mapped mount", b => b.SetJson(
            "/mounts/-", $$"""{ "destination": "/mapped", "source": "{{b.MakeDirectory("mapped")}}", "options": ["bind"], "uidMappings": {{Map}}, "gidMappings": {{Map}} }"""));
        yield return ("time namespace", b => b.Namespace("time"));
        yield return ("joined network namespace", b => b.Namespace("network", "/proc/self/ns/net"));
        yield return ("no capabilities", b => b.Capabilities([]));
        yield return ("all in host pid namespace", b => b.WithoutNamespace("pid"));
    }

    private static void AssertWaitsWithProgramsRights(Container container, uint user, bool noNewPrivileges, bool filtered, uint offset = 0)
    {
        string uid = (user + offset).ToString(), all = $"{uid}\t{uid}\t{uid}\t{uid}";
        container.Status("Uid").Should().Be(all);
        container.Status("Gid").Should().Be(all);
        container.Status("CapBnd").Should().Be("0000000000000021");
        container.Status("CapPrm").Should().Be("0000000000000021");
        container.Status("NoNewPrivs").Should().Be(noNewPrivileges ? "1" : "0");
        container.Status("Seccomp").Should().Be(filtered ? "2" : "0");
        string[] Descriptors() => [.. Directory.GetFiles("/proc/" + container.Pid + "/fd").Where(f => int.Parse(Path.GetFileName(f)) > 2).Select(f => new FileInfo(f).LinkTarget!)];
        // `create` has ended when the last word is sent; init hears it a moment later and closes the socket to it.
        Machine.Eventually(() => Descriptors().Length == 1, "one descriptor is left");
        Descriptors().Should().ContainSingle().Which.Should().StartWith("socket:");
        Machine.Sh($"cat /proc/{container.Pid}/environ").Should().BeEmpty();
    }

    private static void HoldsNothing(IReadOnlyList<string> found, ulong allowed)
    {
        Watcher.Capabilities(found).Should().NotContain(mask => (mask & ~allowed) != 0, "nobody in the container has more than " + allowed.ToString("x"));
        found.Should().NotContain(line => line.Contains("root of the host") || line.Contains("is a procfs") || line.StartsWith("read environ"));
    }
}
