using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>
/// lade runs in a chroot. Its "/" is not the root of the mount namespace then; a pivot there would leave the host's tree in the container's, below everything, and
/// whoever joins the mount namespace would stand on it.
/// </summary>
public sealed class ChrootTests : ContainerTest
{
    public static IEnumerable<object[]> Cases() =>
        from isMountPoint in (bool[])[true, false]
        from noPivot in (bool[])[false, true]
        select new object[] { isMountPoint, noPivot };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_hosts_tree_is_gone_for_everybody_who_joins(bool isMountPoint, bool noPivot)
    {
        Enter(isMountPoint);
        File.WriteAllText(Bundle.Rootfs + "/marker", "");
        Bundle.Sleeps().Save();
        Container container = NewContainer();
        RunningCommand run = Bundle.Lade.Start("", ["run", "--bundle", Bundle.Path, .. noPivot ? (string[])["--no-pivot"] : [], "container"]);
        Machine.Eventually(() => run.HasEnded || (Directory.Exists(container.StateDirectory) && container.StatusWord == "running"), "the container runs");
        string root = Machine.Sh($"ls '{Bundle.Rootfs}'");

        CommandResult inside = container.Exec("container", "ls", "/");
        Bundle.Lade.Wrapper = "";
        CommandResult outside = container.Exec("container", "ls", "/");
        string joined = Machine.Sh($"nsenter -t {container.Pid} -m ls /");
        int pid = container.Pid;
        IReadOnlyList<MountInfo> mounts = MountInfo.Parse(Machine.Sh($"nsenter -t {pid} -m -p /bin/cat /proc/self/mountinfo"));
        container.Kill();
        run.Wait(Bundle.Lade.Timeout);

        inside.Output.Should().Be(root).And.Contain("marker", inside.Stderr);
        outside.Output.Should().Be(root);
        joined.Should().Be(root);
        mounts.Count(m => m.Type == "proc" && m.Target == "/proc").Should().Be(1);
        mounts.Should().NotContain(m => m.Target.StartsWith("/run/") || m.Target.StartsWith("/tmp/"));
    }

    /// <summary>What a program sees if it makes user, mount and pid namespaces of its own: the kernel lets it mount a procfs if it finds one that nothing hides.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_procfs_of_the_hosts_lies_below(bool isMountPoint)
    {
        Enter(isMountPoint);
        Machine.Sh($"mkdir -p '{Bundle.Rootfs}/mnt'; chmod 777 '{Bundle.Rootfs}/mnt'");

        RunScript("unshare -U -r -m -p -f sh -c 'mount -t proc proc /mnt && ls /mnt/keys' 2>/dev/null; true").Output.Should().BeEmpty();
    }

    /// <summary>The kernel's word, which it gives without a reason.</summary>
    [Fact]
    public void A_user_namespace_cannot_be_made_there_and_lade_says_why()
    {
        Enter(isMountPoint: true);
        Bundle.UserNamespace().Script("true");

        NewContainer().Run().Error().Should().Contain("CLONE_NEWUSER").And.Contain("chroot");
    }

    [Fact]
    public void Hooks_and_sources_are_those_of_the_chroot()
    {
        string tree = Enter(isMountPoint: false);
        Machine.Sh($"mkdir -p '{tree}/only-here' && echo chroot >'{tree}/only-here/file'");
        Bundle.HookScript("createContainer", $"cat /only-here/file >'{Bundle.Directory}/hook'").Mount("/volume", null, "/only-here", "bind");

        RunScript("cat /volume/file").Output.Should().Be("chroot");
        File.ReadAllText(Bundle.Directory + "/hook").Should().Be("chroot\n");
    }

    /// <summary>A tree with all of the host's directories; the test's own have the same paths in it.</summary>
    private string Enter(bool isMountPoint)
    {
        Machine.NeedsRoot();
        string tree = Bundle.MakeDirectory("tree");
        string setUp = isMountPoint
            ? $"mount --rbind / '{tree}'"
            : $"for d in /*; do [ -d $d ] && [ ! -h $d ] && mkdir -p '{tree}'$d && mount --rbind $d '{tree}'$d; [ -h $d ] && cp -P $d '{tree}'; done";
        string script = $"mount --make-rprivate /; {setUp}; exec chroot '{tree}' \"$@\"";
        string path = Bundle.Directory + "/enter";
        File.WriteAllText(path, script);
        Bundle.Lade.Wrapper = $"unshare --mount sh '{path}'";
        return tree;
    }
}
