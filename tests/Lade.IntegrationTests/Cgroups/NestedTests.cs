using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cgroups;

/// <summary>lade in a container: it sees only its own part of the hierarchies, mounted by the outer lade, and makes its containers there.</summary>
public sealed class NestedTests : ContainerTest
{
    private static readonly string[] s_needed =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_AUDIT_WRITE", "CAP_MKNOD",
        "CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_NET_ADMIN",
    ];

    private Bundle Outer(bool ownNamespace)
    {
        Bundle.Capabilities(s_needed).Set("/process/noNewPrivileges", false).SetJson("/linux/maskedPaths", "[]").SetJson("/linux/readonlyPaths", "[]");
        Bundle.SetJson("/linux/resources/devices", """[{"allow":true,"access":"rwm"}]""").Remove("/process/rlimits");
        if (ownNamespace)
            Bundle.Namespace("cgroup");
        else
            Bundle.WithoutNamespace("cgroup");
        return Bundle.WithoutMount("/sys/fs/cgroup").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev").Mount("/lade", null, LadeProgram.Path, "bind");
    }

    private Bundle Inner(Bundle outer)
    {
        Bundle inner = NewBundle().Sleeps().Remove("/process/rlimits").Capabilities(["CAP_KILL"]);
        inner.Save();
        outer.Mount("/box", null, inner.Path, "rbind");
        return inner;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Its_containers_live_and_end_below_its_own_cgroup(bool ownNamespace)
    {
        Machine.NeedsCgroup1();
        Bundle inner = Inner(Outer(ownNamespace));
        Bundle.Script(
            """
            lade="/lade --root /run/inside"
            $lade create --bundle /box in </dev/null >/dev/null && echo created
            $lade start in && echo started
            $lade exec in sh -c 'cut -d: -f3 /proc/self/cgroup | sort -u | wc -l; exit 5'; echo "exec $?"
            $lade exec in cat /proc/self/cgroup | grep :memory: >/run/memory
            $lade ps --format json in | tr ',' '\n' | wc -l
            $lade pause in && $lade state in | grep -o '"paused"'
            $lade resume in && $lade events --stats in | grep -o '"id":"in"'
            $lade kill in KILL && $lade delete --force in && echo deleted
            find /sys/fs/cgroup -name '*lade-test*'
            cat /run/memory
            """);

        CommandResult result = NewContainer().Run();

        string own = ownNamespace ? "" : Bundle.CgroupsPath;
        string memory = "/" + string.Join('/', result.Lines[^1].Split(':')[2].Split('/').SkipWhile(part => part is "" or ".."));
        result.Lines[..^1].Should().Equal("created", "started", "1", "exec 5", "1", "\"paused\"", "\"id\":\"in\"", "deleted");
        memory.Should().EndWith(own + inner.CgroupsPath);
    }

    [Fact]
    public void Without_a_mount_of_cgroups_it_can_do_without_them()
    {
        Machine.NeedsCgroup1();
        Outer(ownNamespace: true).WithoutMount("/sys/fs/cgroup").WithoutMount("/sys");
        Inner(Bundle).Args("echo", "inside").WithoutMount("/sys/fs/cgroup").Save();
        Bundle.Script("/lade run --bundle /box in; echo $?; /lade --cgroup-manager disabled run --bundle /box in; echo $?");

        CommandResult result = NewContainer().Run();

        result.Stderr.Should().Contain("no cgroup file system is mounted");
        result.Lines.Should().Equal("1", "inside", "0");
    }
}
