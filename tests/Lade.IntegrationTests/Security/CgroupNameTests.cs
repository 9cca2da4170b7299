using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>A container may give its cgroups any name and nest them as deep as it likes: whoever hides there is found all the same, and nothing stays.</summary>
public sealed class CgroupNameTests : ContainerTest
{
    /// <summary>Shell words, as the container's shell reads them. A newline is what the kernel alone refuses.</summary>
    private static readonly string[] s_names =
    [
        "plain", "-rf", "'a b'", "...", "\"$(printf '\\377x')\"", "\"$(printf 'tab\\t\\033[2J')\"", "\"$(head -c 255 /dev/zero | tr '\\0' '\\377')\"", "cgroup.procs.x",
    ];

    public CgroupNameTests() => Machine.NeedsCgroup1();

    public static IEnumerable<object[]> Kinds() => from cgroup in (bool[])[true, false] from pid in (bool[])[true, false] select new object[] { cgroup, pid };

    /// <summary>A process in each of the cgroups, in one hierarchy after the other, besides the first one.</summary>
    private Container Hiding(bool cgroupNamespace, bool pidNamespace)
    {
        string hide = string.Join("\n", s_names.Select(name => $"hide {name}"));
        Bundle.WritesCgroups(cgroupNamespace, pidNamespace).Script($$"""
            set -e
            hide() {
                sleep 1000 &
                for controller in freezer pids devices; do
                    mkdir -- "/sys/fs/cgroup/$controller/$1" "/sys/fs/cgroup/$controller/$1/$1"
                    echo $! >"/sys/fs/cgroup/$controller/$1/$1/cgroup.procs"
                done
            }
            {{hide}}
            echo ready
            wait
            """);
        return NewContainer().RunDetached().WaitForOutput("ready");
    }

    /// <summary>Besides the first process: in one kind of names, levels and length.</summary>
    private Container Nesting(bool pidNamespace, int levels, int length, int name)
    {
        string[] hierarchies = ["freezer", "pids", "devices"];
        Bundle.WritesCgroups(cgroupNamespace: true, pidNamespace)
            .Script(string.Concat(hierarchies.Select(h => $"cd /sys/fs/cgroup/{h} && nest {levels} {length} {name} &\n")) + "wait");
        Container container = NewContainer().RunDetached();
        Machine.Eventually(() => container.Stdout.Split("nested").Length == hierarchies.Length + 1, "three nests, not " + container.Stdout);
        return container;
    }

    private int[] Listed(Container container) =>
        [.. JsonNode.Parse(Bundle.Lade.Run("ps", "--format", "json", container.Id).Stdout)!.AsArray().Select(n => (int)n!).Order()];

    private static void Gone(Container container, IReadOnlyList<int> inhabitants)
    {
        Machine.Eventually(() => !inhabitants.Any(Machine.IsAlive), "end of all processes");
        container.Leftovers().Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Processes_in_cgroups_of_any_name_are_listed(bool cgroupNamespace, bool pidNamespace)
    {
        Container container = Hiding(cgroupNamespace, pidNamespace);

        Listed(container).Should().Equal(Bundle.Inhabitants().Order()).And.HaveCount(1 + s_names.Length);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Killing_all_reaches_them_and_delete_leaves_nothing(bool cgroupNamespace, bool pidNamespace)
    {
        Container container = Hiding(cgroupNamespace, pidNamespace);
        IReadOnlyList<int> inhabitants = Bundle.Inhabitants();

        Bundle.Lade.Run("kill", "--all", container.Id, "KILL").Should().Be(new CommandResult(0, "", ""));

        Machine.Eventually(() => !inhabitants.Any(Machine.IsAlive), "end of all processes");
        container.Delete().Should().Be(new CommandResult(0, "", ""));
        Gone(container, inhabitants);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Delete_by_force_ends_them_and_leaves_nothing(bool cgroupNamespace, bool pidNamespace)
    {
        Container container = Hiding(cgroupNamespace, pidNamespace);
        IReadOnlyList<int> inhabitants = Bundle.Inhabitants();

        container.Delete(force: true).Should().Be(new CommandResult(0, "", ""));

        Gone(container, inhabitants);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_signal_to_all_reaches_them(bool cgroupNamespace, bool pidNamespace)
    {
        Container container = Hiding(cgroupNamespace, pidNamespace);
        int[] hidden = [.. Bundle.Inhabitants().Where(pid => pid != container.Pid)];

        Bundle.Lade.Run("kill", "--all", container.Id, "TERM").ExitCode.Should().Be(0);

        if (!pidNamespace)
            Machine.Eventually(() => !hidden.Any(Machine.IsAlive), "end of all that TERM ends");
        else
            container.StatusWord.Should().Be("running", "the first process of a pid namespace, which alone is meant then, ignores it");
    }

    /// <summary>A process of the container may be moved in one hierarchy alone; and its thread group is where it is found.</summary>
    [Theory]
    [InlineData(20, 200, 'n', true)]
    [InlineData(20, 200, 'n', false)]
    [InlineData(30, 255, 0xff, false)]
    [InlineData(2000, 1, 'd', true)]
    [InlineData(2000, 1, 'd', false)]
    public void Any_depth_is_listed_killed_and_removed(int levels, int length, int name, bool pidNamespace)
    {
        Container container = Nesting(pidNamespace, levels, length, name);
        IReadOnlyList<int> inhabitants = Bundle.Inhabitants();
        Listed(container).Should().Equal(inhabitants.Order()).And.HaveCount(4);

        container.Delete(force: true).Should().Be(new CommandResult(0, "", ""));

        Gone(container, inhabitants);
    }

    [Fact]
    public void Many_siblings_are_removed()
    {
        Bundle.WritesCgroups(cgroupNamespace: true, pidNamespace: true).Script("cd /sys/fs/cgroup/pids && seq 3000 | xargs mkdir && echo made");

        NewContainer().Run().Should().Be(new CommandResult(0, "made\n", ""));

        NewContainer().Leftovers().Should().BeEmpty();
    }
}
