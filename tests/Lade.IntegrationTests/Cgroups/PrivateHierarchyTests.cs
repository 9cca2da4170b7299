using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Cgroups;

/// <summary>Tests that mount hierarchies of v1, which all processes of the machine have in /proc/PID/cgroup for that time: no other test runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class PrivateHierarchies
{
    public const string Name = "private hierarchies";
}

/// <summary>Controllers and named hierarchies that this machine does not use, mounted for the test in a mount namespace of its own, outside /sys/fs/cgroup.</summary>
[Collection(PrivateHierarchies.Name)]
public sealed class PrivateHierarchyTests : ContainerTest
{
    /// <summary>Runs a script with the hierarchies mounted at net and name in the test's directory, and leaves the machine as it was.</summary>
    private string[] WithHierarchies(string script)
    {
        Machine.NeedsCgroup1();
        string unused = Machine.Sh("awk '$1 == \"net_cls\" || $1 == \"net_prio\" { print $2 }' /proc/cgroups | tr '\\n' ' '");
        Assert.SkipUnless(unused.Trim() == "0 0", "net_cls and net_prio must be there, and not mounted anywhere");
        // A hierarchy lives on while a removed cgroup of it is still being taken apart, and then needs another umount.
        string output = Machine.Sh(
            $$"""
            cd {{Bundle.Directory}} && mkdir net name && unshare --mount --propagation private sh -c '
                undo() {
                    for i in $(seq 100); do
                        umount net 2>/dev/null; umount name 2>/dev/null
                        grep -q -e "net_cls" -e "name={{Bundle.Name}}" /proc/self/cgroup || return 0
                        sleep 0.05
                        if grep -q net_cls /proc/self/cgroup; then mount -t cgroup -o net_cls,net_prio none net; fi
                        if grep -q name={{Bundle.Name}} /proc/self/cgroup; then mount -t cgroup -o none,name={{Bundle.Name}} none name; fi
                        sleep 0.05
                    done
                    echo "hierarchies are left"
                }
                trap undo EXIT
                mount -t cgroup -o net_cls,net_prio none net && mount -t cgroup -o none,name={{Bundle.Name}} none name || exit
                lade="{{LadeProgram.Path}} --root {{Bundle.Lade.StateRoot}}"
                {{script}}
            '
            """);
        return output.Split('\n');
    }

    [Fact]
    public void Network_classes_and_named_hierarchies()
    {
        Bundle.Sleeps().SetJson("/linux/resources/network", """{"classID":1048577,"priorities":[{"name":"lo","priority":5}]}""").Save();
        string path = Bundle.CgroupsPath;

        string[] lines = WithHierarchies(
            $$"""
            $lade run --detach --bundle {{Bundle.Path}} one </dev/null >/dev/null || exit
                cat net{{path}}/net_cls.classid
                grep lo net{{path}}/net_prio.ifpriomap
                $lade exec one cat /proc/self/cgroup | grep -c -e ":net_cls,net_prio:{{path}}$" -e ":name={{Bundle.Name}}:{{path}}$"
                wc -l <net{{path}}/tasks
                wc -l <name{{path}}/tasks
                $lade delete --force one
                find net name -mindepth 1 -type d
                echo end
            """);

        lines.Should().Equal("1048577", "lo 5", "2", "1", "1", "end");
    }

    [Fact]
    public void A_container_with_a_mount_of_cgroups_sees_them_too()
    {
        Bundle.Sleeps().Namespace("cgroup").Save();

        string[] lines = WithHierarchies(
            $$"""
            $lade run --detach --bundle {{Bundle.Path}} one </dev/null >/dev/null || exit
                $lade exec one sh -c "cd /sys/fs/cgroup; cat net/net_cls.classid; wc -l <name/tasks; readlink net_cls; readlink net_prio"
                $lade delete --force one
                find net name -mindepth 1 -type d
                echo end
            """);

        lines.Should().Equal("0", "3", "net", "net", "end");
    }
}
