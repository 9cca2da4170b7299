using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.Cgroups;
using Lade.Cgroups.V2;
using Lade.Configuration;
using Lade.Linux;
using Xunit;

namespace Lade.Tests.Cgroups.V2;

public sealed class V2CgroupTests : System.IDisposable
{
    private const int InitPid = 4711;

    private readonly TemporaryCgroups _files = new();

    public V2CgroupTests()
    {
        _files.Put("v2/cgroup.controllers", "cpu io memory\n");
        _files.Put("v2/cgroup.subtree_control", "cpu\n");
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Enables_missing_controllers_down_to_the_parent()
    {
        _files.Put("v2/pod/cgroup.subtree_control", "cpu io memory\n");
        _files.Put("v2/pod/c1/cgroup.subtree_control");

        Locate("/pod/c1").Create(false);

        // A plain file shows the write at its beginning.
        _files.Read("v2/cgroup.subtree_control").Should().Be("+io +memory");
        _files.Read("v2/pod/cgroup.subtree_control").Should().Be("cpu io memory\n");
        _files.Read("v2/pod/c1/cgroup.subtree_control").Should().BeEmpty();
    }

    [Fact]
    public void Enables_nothing_in_a_cgroup_with_processes()
    {
        _files.Put("v2/a/cgroup.type", "domain\n");
        _files.Put("v2/a/cgroup.procs", "7\n");
        _files.Put("v2/a/cgroup.subtree_control");

        Locate("/a/b").Create(false);

        _files.Read("v2/a/cgroup.subtree_control").Should().BeEmpty();
    }

    [Fact]
    public void Creates_and_removes_its_directory()
    {
        ICgroup cgroup = Locate();

        cgroup.Create(false);
        cgroup.Directories[0].ToString().Should().Be(":1:" + _files.Path("v2/c1"));
        Directory.Exists(_files.Path("v2/c1")).Should().BeTrue();
        Cgroupfs.Open([cgroup.Directories[0].ToString()]).Remove();

        Directory.Exists(_files.Path("v2/c1")).Should().BeFalse();
        Directory.Exists(_files.Path("v2")).Should().BeTrue();
    }

    [Theory]
    [InlineData("cgroup.procs", "7\n", "container's cgroup is not empty: 1 process(es) found")]
    [InlineData("cgroup.events", "populated 0\nfrozen 1\n", "container's cgroup unexpectedly frozen")]
    [InlineData("cgroup.type", "threaded\n", "cgroup * cannot hold a container: it is in a threaded subtree (cgroup.type is 'threaded')")]
    [InlineData("cgroup.type", "domain invalid\n", "cgroup * cannot hold a container: it is in a threaded subtree (cgroup.type is 'domain invalid')")]
    public void Refuses_an_unusable_cgroup(string file, string content, string message)
    {
        _files.Put("v2/c1/" + file, content);

        Locate().Invoking(c => c.Create(false)).Should().Throw<LadeException>().WithMessage(message);
    }

    [Fact]
    public void Kills_with_one_write()
    {
        _files.Put("v2/c1/cgroup.kill");

        Locate().Kill(Libc.SIGKILL);

        _files.Read("v2/c1/cgroup.kill").Should().Be("1");
    }

    [Fact]
    public void A_cgroup_that_is_gone_can_be_killed_and_thawed_but_not_frozen()
    {
        Locate("/none").Invoking(c => c.Thaw()).Should().NotThrow();
        Locate("/none").Invoking(c => c.Kill(15)).Should().NotThrow();
        Locate("/none").Invoking(c => c.Freeze()).Should().Throw<LadeException>().Which.Errno.Should().Be(Errno.ENOENT);
    }

    [Fact]
    public void A_cgroup_that_disappears_while_it_is_frozen_gets_no_signal()
    {
        _files.Put("v2/c1/cgroup.freeze");
        long started = Stopwatch.GetTimestamp();

        Locate().Invoking(c => c.Kill(15)).Should().NotThrow();

        Stopwatch.GetElapsedTime(started).TotalSeconds.Should().BeLessThan(5, "cgroup.events is gone, and not waited for");
    }

    [Fact]
    public void Writes_unified_settings()
    {
        _files.Put("v2/c1/memory.high");
        ICgroup cgroup = Locate();

        cgroup.ApplyLimits(cgroup.Plan(Samples.Resources("unified"), CgroupChange.Update, JsonPointer.None));

        _files.Read("v2/c1/memory.high").Should().Be("1000");
    }

    [Fact]
    public void A_limit_without_its_file_is_an_error_that_says_why()
    {
        _files.Put("v2/c1/cgroup.controllers", "cpu\n");
        ICgroup cgroup = Locate();
        CgroupPlan plan = cgroup.Plan(Samples.Resources("huge"), CgroupChange.Update, JsonPointer.None);

        cgroup.Invoking(c => c.ApplyLimits(plan)).Should().Throw<LadeException>().Which.Description.Should()
            .Be("/hugepageLimits/0/limit: write '4194304' to " + _files.Path("v2/c1") + "/hugetlb.2MB.max (this kernel has no controller hugetlb): ENOENT: no such file or directory");
    }

    [Theory]
    [InlineData("v2/a/b", "cpu", null)]
    [InlineData("v2/a/b", "memory", "the cgroup */v2/a does not enable the controller memory for its children, because it has processes")]
    [InlineData("v2/a/b", "io", "the cgroup */v2 does not enable the controller io for its children")]
    [InlineData("v2/a/b", "misc", "this kernel has no controller misc")]
    [InlineData("elsewhere", "misc", null)]
    public void Explains_why_a_controller_is_missing(string path, string controller, string? reason)
    {
        _files.Put("v2/cgroup.procs", "1\n");
        _files.Put("v2/a/cgroup.controllers", "cpu memory\n");
        _files.Put("v2/a/cgroup.type", "domain\n");
        _files.Put("v2/a/cgroup.procs", "7\n");
        _files.Put("v2/a/b/cgroup.controllers", "cpu\n");

        V2Controllers.WhyMissing(_files.Path(path), controller)?.Replace(_files.Root, "*").Should().Be(reason);
    }

    [Theory]
    [InlineData(null, "cgroup.procs cgroup.subtree_control cgroup.threads")]
    [InlineData("cgroup.procs\nmemory.oom.group\n", "cgroup.procs")]
    public void Delegates_the_existing_files_of_the_kernels_list(string? list, string changed)
    {
        string[] files = ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads", "memory.max"];
        foreach (string file in files)
            _files.Put("v2/c1/" + file);
        if (list is not null)
            _files.Put("delegate", list);
        var before = files.ToDictionary(f => f, f => ChangeTime(_files.Path("v2/c1/" + f)));
        System.Threading.Thread.Sleep(20);

        // To the same owner, which needs no privilege and still counts as a change.
        V2Delegation.ChangeOwner(_files.Path("v2/c1"), Files.TryStat(_files.Root)!.Value.Uid, _files.Path("delegate"));

        files.Where(f => ChangeTime(_files.Path("v2/c1/" + f)) != before[f]).Should().BeEquivalentTo(changed.Split(' '));
    }

    [Theory]
    [InlineData("/m/a/b", "/m/a/b/c", "/m/a/b")]
    [InlineData("/m/a/b", "/m/a/bc", "/m/a")]
    [InlineData("/m/a", "/m/b", "/m")]
    [InlineData("/m", "/m/b", "/m")]
    [InlineData("/m/../x", "/m/b", "/m")]
    [InlineData("/m/a/b/c", "/m/a", "/m/a")]
    public void Common_ancestors(string own, string path, string ancestor) => V2Delegation.CommonAncestor("/m", own, path).Should().Be(ancestor);

    [Theory]
    [InlineData("", "", "v2/c1")]
    [InlineData("memory\n", "", "v2/c1/other/deep")]
    [InlineData("", "/other", "v2/c1/other/deep")] // Delegated, but no controller enabled there.
    public void Exec_joins_the_cgroup_itself_or_that_of_init_when_it_is_split(string enabled, string delegated, string joined)
    {
        _files.Put("v2/c1/cgroup.procs");
        _files.Put("v2/c1/cgroup.subtree_control", enabled);
        _files.Put("v2/c1/other/cgroup.procs", "471\n47110\n");
        _files.Put("v2/c1/other/deep/cgroup.procs", "1\n4711\n");
        ICgroup cgroup = Locate("/c1", delegated);

        using (CgroupJoin join = cgroup.OpenExecJoin(InitPid))
        {
            join.Tasks.Should().BeEmpty();
            Files.TryReadLink("/proc/self/fd/" + join.CloneInto!.Number).Should().Be(_files.Path(joined));
        }

        if (joined != "v2/c1")
            cgroup.Invoking(c => c.OpenExecJoin(4712)).Should().Throw<LadeException>().WithMessage("the container's first process is not in its cgroup *");
    }

    [Fact]
    public void The_delegated_sub_cgroup_is_below_the_cgroup_with_the_limits()
    {
        foreach (string path in (string[])["v2/c1", "v2/c1/a"])
        {
            _files.Put(path + "/cgroup.controllers", "cpu memory\n");
            _files.Put(path + "/cgroup.subtree_control");
        }

        _files.Put("v2/c1/a/b/cgroup.procs");
        ICgroup cgroup = Locate("/c1", "/a/b");

        cgroup.JoinDelegated(InitPid, owner: null);

        _files.Read("v2/c1/a/b/cgroup.procs").Should().Be("4711");
        _files.Read("v2/c1/cgroup.subtree_control").Should().Be("+cpu +memory");
        _files.Read("v2/c1/a/cgroup.subtree_control").Should().Be("+cpu +memory");
        cgroup.PathOf("memory").Should().Be(_files.Path("v2/c1"));
    }

    [Fact]
    public void The_delegated_sub_cgroup_is_removed_from_a_cgroup_that_existed_before()
    {
        Directory.CreateDirectory(_files.Path("v2/c1/a/b"));

        Cgroupfs.Open([":0:" + _files.Path("v2/c1")], "/a/b").Remove();

        Directory.Exists(_files.Path("v2/c1")).Should().BeTrue();
        Directory.Exists(_files.Path("v2/c1/a")).Should().BeFalse();
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("payload", "/payload")]
    [InlineData("/a//b/", "/a/b")]
    [InlineData("../../x", "/x")]
    public void The_annotation_names_the_delegated_sub_cgroup(string value, string path) => Cgroupfs.DelegatedPath(Annotated(value)).Should().Be(path);

    [Fact]
    public void Delegation_needs_a_name_and_v2()
    {
        FluentActions.Invoking(() => Cgroupfs.DelegatedPath(Annotated(".."))).Should().Throw<LadeException>()
            .Which.Description.Should().Be("/annotations/run.oci.delegate-cgroup: '..' does not name a cgroup below the container's");
        FluentActions.Invoking(() => Cgroupfs.Locate(_files.Host(CgroupMode.V1, "memory"), "/c1", "id", "/a")).Should().Throw<LadeException>()
            .Which.Description.Should().Be("/annotations/run.oci.delegate-cgroup: needs cgroup v2, which this host does not have");
    }

    private ICgroup Locate(string path = "/c1", string delegated = "") => Cgroupfs.Locate(_files.Host(CgroupMode.V2, ""), path, "id", delegated);

    private static Spec Annotated(string value) => new() { OciVersion = "1.3.0", Annotations = new Dictionary<string, string> { ["run.oci.delegate-cgroup"] = value } };

    // stat -c %Z, with nanoseconds.
    private static string ChangeTime(string path)
    {
        using var stat = System.Diagnostics.Process.Start(new ProcessStartInfo("stat", ["-c", "%z", path]) { RedirectStandardOutput = true })!;
        return stat.StandardOutput.ReadToEnd();
    }
}
