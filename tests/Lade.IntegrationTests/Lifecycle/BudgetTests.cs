using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Lade.Linux;
using Xunit;

namespace Lade.IntegrationTests.Lifecycle;

/// <summary>What a container costs: system calls, memory, size.</summary>
public sealed class BudgetTests(ITestOutputHelper output) : ContainerTest
{
    private string Trace(string straceOptions, string arguments)
    {
        Machine.NeedsFile("/usr/bin/strace");
        string file = Bundle.Directory + "/trace";
        Machine.Sh($"strace -qq -o {file} {straceOptions} {LadeProgram.Path} --root {Bundle.Lade.StateRoot} {arguments} </dev/null");
        return File.ReadAllText(file);
    }

    [Fact]
    public void A_run_of_the_default_bundle_takes_few_system_calls()
    {
        Bundle.Args("true").Save();

        string summary = Trace("-f -c", "run --bundle " + Bundle.Path + " c");

        int calls = int.Parse(Regex.Match(summary, @"^100\.00\s+\S+\s+\S+\s+(\d+).*total$", RegexOptions.Multiline).Groups[1].Value);
        output.WriteLine("system calls of one run, lade, init and the program together: " + calls);
        output.WriteLine(summary);
        // With ten v1 hierarchies; the runtime's own start-up is about 190 of them, the mounts of the hierarchies about 100. docs/performance.md has the parts.
        calls.Should().BeLessThanOrEqualTo(780, "each costs time that nobody asked for");
    }

    [Fact]
    public void Nothing_waits_for_the_threadgroup_lock()
    {
        Machine.NeedsCgroup1();
        Bundle.Args("true").Save();

        string trace = Trace("-f -e trace=openat,write", "run --bundle " + Bundle.Path + " c");

        // Writing a pid there waits for a grace period of some milliseconds.
        trace.Should().Contain("/tasks").And.NotContain("cgroup.procs");
    }

    [Fact]
    public void The_waiting_init_has_little_memory_of_its_own()
    {
        Container container = Create();

        int kilobytes = Regex.Matches(File.ReadAllText("/proc/" + container.Pid + "/smaps_rollup"), @"^Private_\w+:\s+(\d+) kB$", RegexOptions.Multiline).Sum(m => int.Parse(m.Groups[1].Value));

        output.WriteLine("private memory of the waiting init: " + kilobytes + " KiB");
        kilobytes.Should().BeGreaterThan(0).And.BeLessThan(200);
    }

    [Fact]
    public void A_container_lives_under_a_memory_limit_of_1_MiB()
    {
        Machine.NeedsCgroup1();
        Bundle.Set("/linux/resources/memory", new System.Text.Json.Nodes.JsonObject { ["limit"] = 1 << 20 }).Script("echo alive");

        NewContainer().Run().Should().Be(new CommandResult(0, "alive\n", ""));
    }

    [Fact]
    public void Lade_itself_stays_below_10_MB()
    {
        Bundle.Sleeps().Save();
        Container container = NewContainer();
        RunningCommand run = Bundle.Lade.Start("", "run", "--bundle", Bundle.Path, container.Id);
        Machine.Eventually(() => File.Exists(container.StateDirectory + "/state.json") && container.StatusWord == "running" && container.Status("Name") == "sleep", "running");

        string peak = Container.Status(run.Pid)["VmHWM"];

        output.WriteLine("peak resident memory of `lade run`: " + peak);
        int.Parse(peak.Split(' ')[0]).Should().BeLessThan(10_000);
        container.Kill();
        run.Wait(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void The_executable_is_static_and_small()
    {
        // A symbolic link to it, or a wrapper, would say nothing.
        byte[] head = new byte[4];
        using (FileStream file = File.OpenRead(LadeProgram.Path))
            file.ReadExactly(head);
        head.Should().Equal(0x7f, (byte)'E', (byte)'L', (byte)'F');

        new FileInfo(LadeProgram.Path).Length.Should().BeLessThanOrEqualTo(5 << 20);
        Machine.Sh("ldd " + LadeProgram.Path + " 2>&1 || true").Should().MatchRegex("statically linked|not a dynamic executable");
    }

    [Fact]
    public void The_executable_of_init_is_a_sealed_memory_file()
    {
        const int F_GET_SEALS = 1034;
        const int AllSeals = 0xf;
        Container container = Create();
        string exe = "/proc/" + container.Pid + "/exe";

        new FileInfo(exe).LinkTarget.Should().StartWith("/memfd:lade-init");
        using Fd fd = Files.Open(exe, Libc.O_RDONLY);
        int seals = Libc.fcntl(fd.Number, F_GET_SEALS, 0);
        (seals & AllSeals).Should().Be(AllSeals, "seal, shrink, grow and write");
        // Kernels from 6.3 on keep the mode too, and add the seal of future writes.
        (seals & ~AllSeals).Should().BeOneOf(Environment.OSVersion.Version >= new Version(6, 3) ? [0x20, 0x30] : [0]);
        Files.TryOpen(exe, Libc.O_WRONLY, out Errno errno).Should().BeNull();
        errno.Name.Should().BeOneOf("ETXTBSY", "EPERM", "26");
    }
}
