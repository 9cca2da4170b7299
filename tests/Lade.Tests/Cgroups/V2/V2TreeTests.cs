using FluentAssertions;
using Lade.Cgroups;
using Lade.Cgroups.V2;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Cgroups.V2;

/// <summary>What a container's cgroup may be below, and who may put processes there.</summary>
public sealed class V2TreeTests : System.IDisposable
{
    private readonly TemporaryCgroups _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("threaded")]
    [InlineData("domain invalid")]
    public void A_threaded_cgroup_is_refused(string type)
    {
        _files.Put("v2/cgroup.controllers", "pids\n");
        _files.Put("v2/cgroup.subtree_control", "pids\n");
        _files.Put("v2/t/cgroup.type", type + "\n");

        Cgroup.For(_files.Host(CgroupMode.V2, ""), "/t", "id").Invoking(c => c.Create(false)).Should().Throw<LadeException>()
            .WithMessage("cgroup " + _files.Path("v2/t") + " cannot hold a container: it is in a threaded subtree (cgroup.type is '" + type + "')");
    }

    [Fact]
    public void A_cgroup_with_processes_is_left_as_it_is()
    {
        _files.Put("v2/cgroup.controllers", "cpu pids\n");
        _files.Put("v2/cgroup.subtree_control", "cpu pids\n");
        _files.Put("v2/a/cgroup.type", "domain\n");
        _files.Put("v2/a/cgroup.procs", "7\n");
        _files.Put("v2/a/cgroup.subtree_control");

        Cgroup.For(_files.Host(CgroupMode.V2, ""), "/a/b", "id").Create(false);

        _files.Read("v2/a/cgroup.subtree_control").Should().BeEmpty();
    }

    [Fact]
    public void A_missing_controller_is_explained_by_the_cgroup_that_does_not_hand_it_on()
    {
        _files.Put("v2/cgroup.controllers", "cpu memory pids\n");
        _files.Put("v2/cgroup.procs", "1\n");
        _files.Put("v2/a/cgroup.controllers", "cpu memory\n");
        _files.Put("v2/a/cgroup.type", "domain\n");
        _files.Put("v2/a/cgroup.procs", "7\n");
        _files.Put("v2/a/b/cgroup.controllers", "cpu\n");
        string leaf = _files.Path("v2/a/b");

        V2Controllers.WhyMissing(leaf, "cpu").Should().BeNull();
        V2Controllers.WhyMissing(leaf, "memory").Should().Be("the cgroup " + _files.Path("v2/a") + " does not hand the controller memory on, because processes live in it");
        V2Controllers.WhyMissing(leaf, "pids").Should().Be("the cgroup " + _files.Path("v2") + " does not hand the controller pids on");
        V2Controllers.WhyMissing(leaf, "misc").Should().Be("this kernel has no controller misc");
        V2Controllers.WhyMissing(_files.Path("elsewhere"), "misc").Should().BeNull();
    }

    [Fact]
    public void The_error_of_a_limit_says_so()
    {
        _files.Put("v2/cgroup.controllers", "cpu\n");
        _files.Put("v2/c1/cgroup.controllers", "cpu\n");
        ICgroup cgroup = Cgroup.For(_files.Host(CgroupMode.V2, ""), "/c1", "id");

        cgroup.Invoking(c => c.ApplyLimits(c.Plan(Samples.Resources("huge"), CgroupChange.Update, JsonPointer.None))).Should().Throw<LadeException>()
            .Which.Description.Should().Be("/hugepageLimits/0/limit: write '4194304' to " + _files.Path("v2/c1") + "/hugetlb.2MB.max (this kernel has no controller hugetlb): ENOENT: no such file or directory");
    }

    [Theory]
    [InlineData("/m/a/b", "/m/a/b/c", "/m/a/b")]
    [InlineData("/m/a/b", "/m/a/bc", "/m/a")]
    [InlineData("/m/a", "/m/b", "/m")]
    [InlineData("/m", "/m/b", "/m")]
    [InlineData("/m/../x", "/m/b", "/m")]
    [InlineData("/m/a/b/c", "/m/a", "/m/a")]
    public void The_common_ancestor_decides_who_may_move(string own, string path, string ancestor) => V2Entry.CommonAncestor("/m", own, path).Should().Be(ancestor);
}
