using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cgroups;

/// <summary>What cgroup v1 and the hybrid layout have of their own.</summary>
public sealed class Version1Tests : ContainerTest
{
    private string Trace(string arguments)
    {
        Machine.NeedsFile("/usr/bin/strace");
        string file = Bundle.Directory + "/trace";
        Machine.Sh($"strace -qq -o {file} -e trace=openat,write {LadeProgram.Path} --root {Bundle.Lade.StateRoot} {arguments} </dev/null >/dev/null");
        return File.ReadAllText(file);
    }

    [Fact]
    public void Nobody_is_moved_by_a_write_to_cgroup_procs_from_create_to_delete()
    {
        Machine.NeedsCgroup1();
        Bundle.Sleeps().Save();
        Container container = NewContainer();

        string create = Trace("create --bundle " + Bundle.Path + " " + container.Id);
        string start = Trace("start " + container.Id);
        string delete = Trace("delete --force " + container.Id);
        string run = Trace("run --detach --bundle " + Bundle.Path + " " + container.Id);

        // Each such write waits for a grace period of some milliseconds; reading is another matter.
        string[] lines = [.. (create + start + delete + run).Split('\n').Where(l => l.Contains("cgroup.procs\"") && !l.Contains("O_RDONLY"))];
        lines.Should().BeEmpty();
        create.Should().Contain("/tasks\"");
    }

    [Fact]
    public void Where_clone3_knows_no_cgroups_init_moves_itself()
    {
        Machine.NeedsCgroup1();
        Machine.NeedsFile("/usr/bin/strace");
        Bundle.Sleeps().Save();
        Container container = NewContainer();

        // The first clone3 is for a thread of lade's own.
        string trace = Bundle.Directory + "/trace";
        Machine.Sh($"strace -qq -o {trace} -e trace=clone3 -e inject=clone3:error=EINVAL:when=2 {LadeProgram.Path} --root {Bundle.Lade.StateRoot} create --bundle {Bundle.Path} {container.Id} </dev/null >/dev/null");

        File.ReadAllText(trace).Should().MatchRegex("CLONE_VFORK.*INJECTED");
        File.ReadAllLines("/proc/" + container.Pid + "/cgroup").Select(l => l.Split(':', 3)[2]).Distinct().Should().Equal(Bundle.CgroupsPath);
    }

    [Fact]
    public void Real_time_is_shared_out()
    {
        Machine.NeedsCgroup1();
        Machine.NeedsFile("/sys/fs/cgroup/cpu/cpu.rt_runtime_us");
        // Right below the root, which has real time to give; a new cgroup between them would have none.
        string path = "/" + Bundle.Name + "-rt";
        Bundle.Sleeps().Set("/linux/cgroupsPath", path).SetJson("/linux/resources/cpu", """{"realtimePeriod":500000,"realtimeRuntime":1000}""");
        NewContainer().Create();

        File.ReadAllText("/sys/fs/cgroup/cpu" + path + "/cpu.rt_runtime_us").Should().Be("1000\n");
        File.ReadAllText("/sys/fs/cgroup/cpu" + path + "/cpu.rt_period_us").Should().Be("500000\n");
    }

    [Fact]
    public void A_limit_of_kernel_memory_is_ignored_and_says_so()
    {
        Machine.NeedsCgroup1();
        Bundle.SetJson("/linux/resources/memory", """{"limit":67108864,"kernel":1048576}""").Args("true");

        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(0);
        result.Stderr.Should().Contain("/linux/resources/memory/kernel: is ignored: kernels no longer limit kernel memory separately");
    }

    [Theory]
    [InlineData("net_cls", """{"classID":1048577}""", "/linux/resources/network/classID: cannot set net_cls.classid: the container has no cgroup of the controller net_cls (not available, or no permission)")]
    [InlineData("net_prio", """{"priorities":[{"name":"lo","priority":5}]}""", "/linux/resources/network/priorities/0: cannot set net_prio.ifpriomap: the container has no cgroup of the controller net_prio (not available, or no permission)")]
    public void Network_classes_stand_in_their_files_or_are_refused(string controller, string json, string error)
    {
        Machine.NeedsCgroup1();
        Bundle.Sleeps().SetJson("/linux/resources/network", json);
        if (!Machine.CgroupHierarchies.Any(m => m.SuperOptions.Contains(controller)))
        {
            CreationError().Should().Contain(error);
            return;
        }

        Container container = NewContainer().Create();
        if (controller == "net_cls")
            container.CgroupValue("net_cls", "net_cls.classid").Should().Be("1048577");
        else
            container.CgroupValue("net_prio", "net_prio.ifpriomap").Split('\n').Should().Contain("lo 5");
    }

    [Fact]
    public void Every_new_level_of_a_cpuset_has_its_parents_processors_and_nodes()
    {
        Machine.NeedsCgroup1();
        string top = Bundle.CgroupsPath;
        Bundle.Sleeps().Set("/linux/cgroupsPath", top + "/a/b").SetJson("/linux/resources/cpu", """{"cpus":"0"}""");
        NewContainer().Create();
        string cpuset = Machine.CgroupHierarchies.First(m => m.Type == "cgroup" && m.SuperOptions.Contains("cpuset")).Target;

        File.ReadAllText(cpuset + top + "/cpuset.cpus").Should().Be(File.ReadAllText(cpuset + "/cpuset.cpus"));
        File.ReadAllText(cpuset + top + "/a/cpuset.mems").Should().Be(File.ReadAllText(cpuset + "/cpuset.mems"));
        File.ReadAllText(cpuset + top + "/a/b/cpuset.cpus").Should().Be("0\n");
    }

    [Fact]
    public void A_thousand_containers_leave_nothing()
    {
        Machine.NeedsRoot();
        Bundle.Args("true").Save();
        string lade = LadeProgram.Path + " --root " + Bundle.Lade.StateRoot;
        string leaf = Bundle.CgroupsPath.TrimStart('/');

        // Created and deleted, and by turns run to the end: the two ways in which containers go.
        string failures = Machine.Sh($"failed=0; for i in $(seq 500); do {lade} create --bundle {Bundle.Path} one </dev/null && {lade} delete --force one && {lade} run --bundle {Bundle.Path} two </dev/null || failed=$((failed + 1)); done; echo $failed");

        failures.Should().Be("0");
        Machine.CgroupHierarchies.Select(h => h.Target + "/" + leaf).Where(Directory.Exists).Should().BeEmpty();
        Directory.GetFileSystemEntries(Bundle.Lade.StateRoot).Should().BeEmpty();
    }
}
