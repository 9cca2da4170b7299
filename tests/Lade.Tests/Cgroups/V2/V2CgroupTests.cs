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
    private readonly TemporaryCgroups _files = new();

    public V2CgroupTests()
    {
        _files.Put("v2/cgroup.controllers", "cpu io memory\n");
        _files.Put("v2/cgroup.subtree_control", "cpu\n");
    }

    public void Dispose() => _files.Dispose();

    private ICgroup Make(string path = "/pod/c1") => Cgroup.For(_files.Host(CgroupMode.V2, ""), path, "id");

    [Fact]
    public void Enables_missing_controllers_down_to_the_parent()
    {
        _files.Put("v2/pod/cgroup.subtree_control", "cpu io memory\n");
        _files.Put("v2/pod/c1/cgroup.subtree_control");

        Make().Create(false);

        // A plain file shows the write at its beginning.
        _files.Read("v2/cgroup.subtree_control").Should().Be("+io +memory");
        _files.Read("v2/pod/cgroup.subtree_control").Should().Be("cpu io memory\n");
        _files.Read("v2/pod/c1/cgroup.subtree_control").Should().BeEmpty();
    }

    [Fact]
    public void Makes_and_removes_its_directory()
    {
        ICgroup cgroup = Make("/c1");

        cgroup.Create(false);
        cgroup.Directories[0].ToString().Should().Be(":1:" + _files.Path("v2/c1"));
        Directory.Exists(_files.Path("v2/c1")).Should().BeTrue();
        Cgroup.OpenExisting([cgroup.Directories[0].ToString()]).Remove();

        Directory.Exists(_files.Path("v2/c1")).Should().BeFalse();
        Directory.Exists(_files.Path("v2")).Should().BeTrue();
    }

    [Fact]
    public void Refuses_processes_and_frost()
    {
        _files.Put("v2/full/cgroup.procs", "7\n");
        _files.Put("v2/cold/cgroup.procs");
        _files.Put("v2/cold/cgroup.events", "populated 0\nfrozen 1\n");

        Make("/full").Invoking(c => c.Create(false)).Should().Throw<LadeException>().WithMessage("container's cgroup is not empty: 1 process(es) found");
        Make("/cold").Invoking(c => c.Create(false)).Should().Throw<LadeException>().WithMessage("container's cgroup unexpectedly frozen");
    }

    [Fact]
    public void Gives_the_directory_for_clone()
    {
        Directory.CreateDirectory(_files.Path("v2/c1"));
        using CgroupEntrance entrance = Make("/c1").Open();

        entrance.Tasks.Should().BeEmpty();
        Files.TryReadLink("/proc/self/fd/" + entrance.CloneInto!.Number).Should().Be(_files.Path("v2/c1"));
    }

    [Fact]
    public void Kills_all_with_one_write()
    {
        _files.Put("v2/c1/cgroup.kill");

        Make("/c1").Kill(Libc.SIGKILL);

        _files.Read("v2/c1/cgroup.kill").Should().Be("1");
    }

    [Fact]
    public void Thawing_a_cgroup_that_is_gone_is_no_error() => Make("/none").Invoking(c => c.Thaw()).Should().NotThrow();

    [Fact]
    public void Killing_in_a_cgroup_that_is_gone_is_no_error() => Make("/none").Invoking(c => c.Kill(15)).Should().NotThrow();

    [Fact]
    public void Writes_unified_settings()
    {
        _files.Put("v2/c1/memory.high");
        ICgroup cgroup = Make("/c1");

        cgroup.ApplyLimits(cgroup.Plan(Samples.Resources("unified"), CgroupChange.Update, JsonPointer.None));

        _files.Read("v2/c1/memory.high").Should().Be("1000");
    }

    [Fact]
    public void A_limit_of_a_controller_that_is_not_there_is_an_error()
    {
        Directory.CreateDirectory(_files.Path("v2/c1"));
        ICgroup cgroup = Make("/c1");
        CgroupPlan plan = cgroup.Plan(Samples.Resources("huge"), CgroupChange.Update, JsonPointer.None);

        cgroup.Invoking(c => c.ApplyLimits(plan)).Should().Throw<LadeException>().Which.Description.Should()
            .StartWith("/hugepageLimits/0/limit: write '4194304' to ").And.Contain("the controller hugetlb").And.EndWith("ENOENT: no such file or directory");
    }

    [Theory]
    [InlineData(null, "cgroup.procs cgroup.subtree_control cgroup.threads")]
    [InlineData("cgroup.procs\nmemory.oom.group\n", "cgroup.procs")]
    public void Delegates_what_the_kernel_lists_and_what_is_there(string? list, string changed)
    {
        string[] files = ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads", "memory.max"];
        foreach (string file in files)
            _files.Put("v2/c1/" + file);
        if (list is not null)
            _files.Put("delegate", list);
        var before = files.ToDictionary(f => f, f => ChangeTime(_files.Path("v2/c1/" + f)));
        System.Threading.Thread.Sleep(20);

        // To the owner they have: that needs no privilege, and still counts as a change.
        V2Delegation.Give(_files.Path("v2/c1"), Files.TryStat(_files.Root)!.Value.Uid, _files.Path("delegate"));

        files.Where(f => ChangeTime(_files.Path("v2/c1/" + f)) != before[f]).Should().BeEquivalentTo(changed.Split(' '));
    }

    [Fact]
    public void Exec_enters_the_cgroup_itself_or_that_of_init_when_it_is_split()
    {
        const int Pid = 4711;
        _files.Put("v2/c1/cgroup.procs");
        _files.Put("v2/c1/other/cgroup.procs", "471\n47110\n");
        _files.Put("v2/c1/other/deep/cgroup.procs", "1\n4711\n");
        ICgroup cgroup = Make("/c1");

        using (CgroupEntrance whole = cgroup.OpenForExec(Pid))
            Files.TryReadLink("/proc/self/fd/" + whole.CloneInto!.Number).Should().Be(_files.Path("v2/c1"));
        _files.Put("v2/c1/cgroup.subtree_control", "memory\n");
        using (CgroupEntrance part = cgroup.OpenForExec(Pid))
            Files.TryReadLink("/proc/self/fd/" + part.CloneInto!.Number).Should().Be(_files.Path("v2/c1/other/deep"));
        cgroup.Invoking(c => c.OpenForExec(4712)).Should().Throw<LadeException>().WithMessage("the container's first process is not in its cgroup *");
    }

    [Fact]
    public void The_container_gets_a_part_below_the_cgroup_that_has_the_limits()
    {
        _files.Put("v2/c1/cgroup.controllers", "cpu memory\n");
        _files.Put("v2/c1/cgroup.subtree_control");
        _files.Put("v2/c1/a/cgroup.controllers", "cpu memory\n");
        _files.Put("v2/c1/a/cgroup.subtree_control");
        _files.Put("v2/c1/a/b/cgroup.procs");
        ICgroup cgroup = WithPart("/a/b");

        cgroup.EnterPart(4711, owner: null);

        _files.Read("v2/c1/a/b/cgroup.procs").Should().Be("4711");
        _files.Read("v2/c1/cgroup.subtree_control").Should().Be("+cpu +memory");
        _files.Read("v2/c1/a/cgroup.subtree_control").Should().Be("+cpu +memory");
        cgroup.PathOf("memory").Should().Be(_files.Path("v2/c1"), "limits are set, and usage is read, above the part");
    }

    [Fact]
    public void Exec_enters_the_part_even_if_no_controller_works_there()
    {
        _files.Put("v2/c1/cgroup.procs");
        _files.Put("v2/c1/a/cgroup.procs", "4711\n");

        using CgroupEntrance entrance = WithPart("/a").OpenForExec(4711);

        Files.TryReadLink("/proc/self/fd/" + entrance.CloneInto!.Number).Should().Be(_files.Path("v2/c1/a"), "it is where init is");
    }

    [Fact]
    public void A_part_goes_with_delete_though_the_cgroup_was_there_before()
    {
        Directory.CreateDirectory(_files.Path("v2/c1/a/b"));

        Cgroup.OpenExisting([":0:" + _files.Path("v2/c1")], "/a/b").Remove();

        Directory.Exists(_files.Path("v2/c1")).Should().BeTrue();
        Directory.Exists(_files.Path("v2/c1/a")).Should().BeFalse();
    }

    [Theory]
    [InlineData("payload", "/payload")]
    [InlineData("/a//b/", "/a/b")]
    [InlineData("../../x", "/x")]
    public void The_annotation_names_the_part(string value, string part) => Cgroup.PartOf(Annotated(value)).Should().Be(part);

    [Fact]
    public void The_annotation_must_name_one_and_needs_v2()
    {
        Cgroup.PartOf(Annotated("")).Should().BeEmpty();
        FluentActions.Invoking(() => Cgroup.PartOf(Annotated(".."))).Should().Throw<LadeException>()
            .Which.Description.Should().Be("/annotations/run.oci.delegate-cgroup: '..' names no cgroup below the container's");
        FluentActions.Invoking(() => Cgroup.For(_files.Host(CgroupMode.V1, "memory"), "/c1", "id", "/a")).Should().Throw<LadeException>()
            .Which.Description.Should().Be("/annotations/run.oci.delegate-cgroup: needs cgroup v2, which this host does not have");
    }

    private static Spec Annotated(string value) =>
        new() { OciVersion = "1.3.0", Annotations = new System.Collections.Generic.Dictionary<string, string> { ["run.oci.delegate-cgroup"] = value } };

    private ICgroup WithPart(string part) => Cgroup.For(_files.Host(CgroupMode.V2, ""), "/c1", "id", part);

    // stat -c %Z, with nanoseconds.
    private static string ChangeTime(string path)
    {
        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%z", path]) { RedirectStandardOutput = true })!;
        return stat.StandardOutput.ReadToEnd();
    }
}
