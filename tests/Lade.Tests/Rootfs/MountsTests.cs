using Lade.Tests.Planning;
using System;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Rootfs;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Rootfs;

/// <summary>Operations for <c>mounts[]</c>.</summary>
public sealed class MountsTests
{
    [Theory]
    [InlineData("proc", "proc", "/proc", "", "Mount(proc, proc, /proc) NoSymlinks")]
    [InlineData("proc", "proc", "/proc", "nosuid,noexec,nodev", "Mount(proc, proc, /proc) Attributes=NOSUID|NODEV|NOEXEC NoSymlinks")]
    [InlineData("sysfs", "sysfs", "/sys", "ro", "Mount(sysfs, sysfs, /sys) Attributes=RDONLY NoSymlinks")]
    [InlineData("tmpfs", "shm", "/dev/shm", "size=64m,mode=1777,nodev", "Mount(tmpfs, shm, /dev/shm) Options=[size=64m, mode=1777] Attributes=NODEV")]
    [InlineData("tmpfs", null, "/tmp", "", "Mount(tmpfs, tmpfs, /tmp) InheritMode")]
    [InlineData("tmpfs", null, "tmp", "", "Mount(tmpfs, tmpfs, /tmp) InheritMode")]
    [InlineData("tmpfs", "t", "/run", "tmpcopyup", "Mount(tmpfs, t, /run) InheritMode CopyUp")]
    [InlineData("devpts", "devpts", "/dev/pts", "newinstance,ptmxmode=0666", "Mount(devpts, devpts, /dev/pts) Options=[newinstance, ptmxmode=0666]")]
    [InlineData("ext4", "/dev/sda", "/data", "tmpcopyup,iversion,noatime", "Mount(ext4, /dev/sda, /data) Options=[iversion] Attributes=NOATIME OptionalFlags")]
    [InlineData("cgroup2", "cgroup", "/sys/fs/cgroup", "ro", "Mount(cgroup2, cgroup, /sys/fs/cgroup) Attributes=RDONLY")]
    [InlineData("overlay", "o", "/o", "lowerdir=/a:/b,upperdir=/c", "Mount(overlay, o, /o) Options=[lowerdir=/a:/b, upperdir=/c]")]
    [InlineData("ext4", "/dev/sda", "/data", "ro,rnosuid", "Mount(ext4, /dev/sda, /data) Attributes=RDONLY|NOSUID")]
    [InlineData("ext4", "/dev/sda", "/data", "ro,rrw", "Mount(ext4, /dev/sda, /data)")]
    [InlineData("ext4", "/dev/sda", "/data", "rprivate", "Mount(ext4, /dev/sda, /data) Propagation=REC|PRIVATE")]
    public void NewFileSystem(string type, string? source, string destination, string options, string expected) =>
        Apply(Entry(destination, type, source, options)).Should().Equal(expected);

    [Fact]
    public void UnprivilegedUserFallsBackToTheHostsSysfsWithItsMountsAndMasksItsCgroups()
    {
        string[] sysfs =
        [
            "OpenTree(sysfs/0, /sys) Recursive",
            "SetTreeAttributes(sysfs/0, /sys, RDONLY|NOSUID, None) Propagation=PRIVATE Recursive",
            "Mount(sysfs, sysfs, /sys) Attributes=RDONLY|NOSUID NoSymlinks Fallback=sysfs/0",
        ];
        TestHost host = Hosts.Plain with { IsPrivileged = false };
        MountSpec entry = Entry("/sys", "sysfs", "sysfs", "ro,nosuid"), cgroups = Entry("/sys/fs/cgroup/", "tmpfs", "t", "");

        Applied(host, UserNamespace(), entry).Should().Equal([.. sysfs, "MaskPath(/sys/fs/cgroup) AfterFallback"]);
        Applied(host, UserNamespace(), entry, cgroups).Should().Equal([.. sysfs, "Mount(tmpfs, t, /sys/fs/cgroup/) InheritMode"]);
        Applied(host, UserNamespace(), Entry("/sys", "sysfs", "sysfs", "nosuid")).Should().Equal("Mount(sysfs, sysfs, /sys) Attributes=NOSUID NoSymlinks");
    }

    /// <summary>Cloned before entering the user namespace, without the mounts in it, and never for a container in which host root is mapped.</summary>
    [Fact]
    public void HostRootFallsBackToTheSysfsWithoutItsMountsUnlessHostRootIsMapped()
    {
        const string Bare = "Mount(sysfs, sysfs, /sys) Attributes=RDONLY|NOSUID NoSymlinks";
        MountSpec entry = Entry("/sys", "sysfs", "sysfs", "ro,nosuid");

        Opened(UserNamespace(100000), entry).Should().Equal("OpenTree(sysfs/0, /sys)", "SetTreeAttributes(sysfs/0, /sys, RDONLY|NOSUID, None) Propagation=PRIVATE");
        Applied(Hosts.Plain, UserNamespace(100000), entry).Should().Equal(Bare + " Fallback=sysfs/0");
        LinuxSpec joined = new() { Namespaces = [new NamespaceSpec(NamespaceType.User, "/proc/1/ns/user")] };
        foreach (LinuxSpec linux in new[] { UserNamespace(0), UserNamespace(100000, 0), joined, new LinuxSpec() })
        {
            Opened(linux, entry).Should().BeEmpty();
            Applied(Hosts.Plain, linux, entry).Should().Equal(Bare);
        }
    }

    private static LinuxSpec UserNamespace(params uint[] hostIds) => new()
    {
        Namespaces = [new NamespaceSpec(NamespaceType.User, null)],
        UidMappings = [.. hostIds.Select((id, i) => new IdMapping((uint)i * 1000, id, 1000))],
    };

    private static string[] Applied(TestHost host, LinuxSpec linux, params MountSpec[] mounts) => OperationText.Bare(host.MountsOf(new Spec { OciVersion = "1.3.0", Mounts = mounts, Linux = linux }).Apply());

    private static string[] Opened(LinuxSpec linux, params MountSpec[] mounts) => OperationText.Bare(Hosts.Plain.MountsOf(new Spec { OciVersion = "1.3.0", Mounts = mounts, Linux = linux }).OpenSources());

    [Fact]
    public void LaterPropagationIsACallOfItsOwn() =>
        Apply(Entry("/tmp", "tmpfs", "t", "rslave,shared,mode=1")).Should().Equal(
            "Mount(tmpfs, t, /tmp) Options=[mode=1] Propagation=REC|SLAVE",
            "SetTargetAttributes(/tmp) Propagation=SHARED");

    [Theory]
    [InlineData("bind", "OpenTree(mounts/0, /src)")]
    [InlineData("rbind", "OpenTree(mounts/0, /src) Recursive")]
    [InlineData("bind,src-nofollow", "OpenTree(mounts/0, /src) NoFollow")]
    public void BindSource(string options, string expected) =>
        OperationText.Bare(Mounts(Entry("/dst", "none", "/src", options)).OpenSources()).Should().Equal(expected);

    [Fact]
    public void RelativeSourceIsBelowTheBundle() =>
        OperationText.Bare(Mounts(Entry("/dst", null, "a/b", "bind")).OpenSources()).Should().Equal("OpenTree(mounts/0, /b/a/b)");

    [Fact]
    public void SourceOpenedOnTheHostIsMadeASlave() =>
        OperationText.Bare(Mounts(Hosts.Plain, false, MountPropagation.MS_SLAVE, Entry("/dst", null, "/src", "bind")).OpenSources())
            .Should().Equal("OpenTree(mounts/0, /src) Propagation=SLAVE");

    [Fact]
    public void OnlyBindMountsOpenASource() =>
        OperationText.Bare(Mounts(Entry("/proc", "proc", "proc", ""), Entry("/a", null, "/src", "bind,remount,ro"), Entry("/c", null, "/c", "bind")).OpenSources())
            .Should().Equal("OpenTree(mounts/2, /c)");

    [Theory]
    [InlineData("bind")]
    [InlineData("bind,ro,nosuid", "SetTreeAttributes(mounts/0, /src, RDONLY|NOSUID, None)")]
    [InlineData("bind,rw", "SetTreeAttributes(mounts/0, /src, None, RDONLY)")]
    [InlineData("bind,noatime", "SetTreeAttributes(mounts/0, /src, NOATIME, _ATIME)")]
    [InlineData("rbind,rro", "SetTreeAttributes(mounts/0, /src, RDONLY, None) Recursive")]
    [InlineData("rbind,ro,rdev", "SetTreeAttributes(mounts/0, /src, RDONLY, None)", "SetTreeAttributes(mounts/0, /src, None, NODEV) Recursive")]
    [InlineData("rbind,rprivate", "SetTreeAttributes(mounts/0, /src, None, None) Propagation=PRIVATE Recursive")]
    [InlineData("bind,slave,shared", "SetTreeAttributes(mounts/0, /src, None, None) Propagation=SLAVE", "SetTreeAttributes(mounts/0, /src, None, None) Propagation=SHARED")]
    public void BindIsPreparedBeforeItIsAttached(string options, params string[] before) =>
        Apply(Entry("/dst", "bind", "/src", options)).Should().Equal([.. before, "Attach(mounts/0, /src, /dst)"]);

    [Theory]
    [InlineData(null, "bind,dest-nofollow", "Attach(mounts/0, /src, /dst) NoFollow")]
    [InlineData(null, "bind,copy-symlink", "Attach(mounts/0, /src, /dst)")]
    [InlineData("tmpfs", "dest-nofollow,mode=1", "Mount(tmpfs, /src, /dst) Options=[mode=1] NoFollow")]
    public void TargetMayBeALink(string? type, string options, string expected) => Apply(Entry("/dst", type, "/src", options)).Should().Equal(expected);

    [Fact]
    public void SymbolicLinkIsCopied()
    {
        TestHost host = Hosts.Plain with { SourceLinks = new Dictionary<string, string> { ["/b/zone"] = "../usr/zone" } };
        Mounts mounts = Mounts(host, false, MountPropagation.None, Entry("/etc/zone", null, "zone", "bind,copy-symlink"), Entry("/other", null, "zone", "bind"));

        OperationText.Bare(mounts.OpenSources()).Should().Equal("OpenTree(mounts/1, /b/zone)");
        OperationText.Bare(mounts.Apply()).Should().Equal("MakeSymlink(/etc/zone, ../usr/zone) Replace", "Attach(mounts/1, /b/zone, /other)");
    }

    [Theory]
    [InlineData("/proc/cpuinfo", true)]
    [InlineData("/proc/uptime/", true)]
    [InlineData("proc/sys/kernel/ns_last_pid", true)]
    [InlineData("/proc", false)]
    [InlineData("/proc/sys", false)]
    [InlineData("/proc/1/attr/exec", false)]
    [InlineData("/etc/resolv.conf", false)]
    public void OnlyFewFilesInProcMayBeReplaced(string destination, bool allowed) =>
        ((Attach)Mounts(Entry(destination, null, "/src", "bind")).Apply().Single()).InProc.Should().Be(allowed);

    [Theory]
    [InlineData("bind,size=1k", "size=1k")]
    [InlineData("rbind,ro,mode=755,uid=1", "mode=755")]
    [InlineData("bind,whatever", "whatever")]
    public void BindMountHasNoFileSystemOptions(string options, string named)
    {
        Action apply = () => Apply(Entry("/a", "tmpfs", "t", ""), Entry("/dst", null, "/src", options));

        apply.Should().Throw<LadeException>().Where(e => e.Description ==
            "/mounts/1/options: '" + named + "' is not an option of a bind mount, which has no file system options");
    }

    [Theory]
    [InlineData("remount,ro", "Remount(/dst) Set=RDONLY")]
    [InlineData("remount,rw,nodev", "Remount(/dst) Set=NODEV Clear=RDONLY")]
    [InlineData("remount,size=2k,noexec", "Remount(/dst) Options=[size=2k] Superblock Set=NOEXEC")]
    [InlineData("remount,sync", "Remount(/dst) Options=[sync] Superblock")]
    [InlineData("remount,bind,ro", "Remount(/dst) Set=RDONLY")]
    public void RemountChangesAnExistingMount(string options, string expected) => Apply(Entry("/dst", null, "/src", options)).Should().Equal(expected);

    [Fact]
    public void RemountWithRecursiveAttributesAndPropagation() =>
        Apply(Entry("/dst", null, null, "remount,ro,rnosuid,rdev,rshared")).Should().Equal(
            "Remount(/dst) Set=RDONLY",
            "SetTargetAttributes(/dst) Set=NOSUID Clear=NODEV Recursive",
            "SetTargetAttributes(/dst) Propagation=REC|SHARED");

    [Fact]
    public void PropagationAloneChangesAnExistingMount() =>
        Apply(Entry("/", null, null, "rshared,slave")).Should().Equal(
            "SetTargetAttributes(/) Propagation=REC|SHARED", "SetTargetAttributes(/) Propagation=SLAVE");

    [Theory]
    [InlineData("")]
    [InlineData("ro")]
    [InlineData("rslave,ro")]
    [InlineData("rslave,size=1k")]
    public void NewFileSystemNeedsAType(string options)
    {
        Action apply = () => Apply(Entry("/dst", null, "/src", options));

        apply.Should().Throw<LadeException>().Where(e => e.Description == "/mounts/0: a mount other than a bind mount needs a type; e.g. tmpfs");
    }

    [Theory]
    [InlineData("/tmp", "tmpfs", "ro,nodev", "Mount(tmpfs, src, /tmp) Attributes=NODEV InheritMode", "SetTargetAttributes(/tmp) Set=RDONLY")]
    [InlineData("/tmp", "tmpfs", "rro,nodev", "Mount(tmpfs, src, /tmp) Attributes=NODEV InheritMode", "SetTargetAttributes(/tmp) Set=RDONLY")]
    [InlineData("dev", "tmpfs", "ro", "Mount(tmpfs, src, /dev) InheritMode", "SetTargetAttributes(/dev) Set=RDONLY")]
    [InlineData("/dev/", "devtmpfs", "ro", "Mount(devtmpfs, src, /dev/)", "SetTargetAttributes(/dev/) Set=RDONLY")]
    [InlineData("/data", "ext4", "ro", "Mount(ext4, src, /data) Attributes=RDONLY", null)]
    [InlineData("/tmp", "tmpfs", "rw", "Mount(tmpfs, src, /tmp) InheritMode", null)]
    [InlineData("/tmp", "tmpfs", "remount,ro", "Remount(/tmp) Set=RDONLY", null)]
    public void ReadonlyComesLastWhereLaterStepsWrite(string destination, string type, string options, string now, string? late)
    {
        Mounts mounts = Mounts(Entry(destination, type, "src", options));

        OperationText.Bare(mounts.Apply()).Should().Equal(now);
        OperationText.Bare(mounts.MakeReadonly()).Should().Equal(late is null ? [] : [late]);
    }

    [Fact]
    public void OperationsHaveTheirEntryAsOrigin()
    {
        Mounts mounts = Mounts(
            Entry("/a", "tmpfs", "t", "ro,rslave,shared"), Entry("/b", null, "/src", "rbind,ro,rnodev,rprivate"), Entry("/c", null, null, "remount,rro"));

        mounts.OpenSources().Select(o => o.Origin.ToString()).Should().Equal("/mounts/1");
        mounts.Apply().Select(o => o.Origin.ToString()).Should().Equal(
            "/mounts/0", "/mounts/0", "/mounts/1", "/mounts/1", "/mounts/1", "/mounts/1", "/mounts/2", "/mounts/2");
        mounts.MakeReadonly().Select(o => o.Origin.ToString()).Should().Equal("/mounts/0");
    }

    [Fact]
    public void ListOrderIsKept() =>
        Mounts(Entry("/c", null, "/x", "bind"), Entry("/a", "tmpfs", "t", ""), Entry("/a/b", "proc", "p", "")).Apply().Select(o => o.GetType())
            .Should().Equal(typeof(Attach), typeof(Mount), typeof(Mount));

    [Theory]
    [InlineData("tmpfs", "context", "Options=[a=b, context=l]")]
    [InlineData("devpts", "rootcontext", "Options=[a=b, rootcontext=l]")]
    [InlineData("tmpfs", "a", "Options=[a=b]", "it has a label of its own")]
    [InlineData("proc", "context", "Options=[a=b]")]
    [InlineData("sysfs", "context", "Options=[a=b]")]
    [InlineData("cgroup", "context", "Options=[a=b]")]
    [InlineData("cgroup2", "context", "Options=[a=b]")]
    public void NewFileSystemsAreLabelled(string type, string option, string expected, string because = "")
    {
        var mount = new Mount(type, "s", "/a") { Options = [new FsOption("a", "b")] };
        var attach = new Attach(new Slot("mounts/0"), "/a", "/b");

        OperationText.Line(MountLabel.Apply(mount, "l", hasSelinux: true, option)).Should().Be($"Mount({type}, s, /a) {expected}", because);
        MountLabel.Apply(mount, "l", hasSelinux: false).Should().BeSameAs(mount);
        MountLabel.Apply(mount, "", hasSelinux: true).Should().BeSameAs(mount);
        MountLabel.Apply(mount, null, hasSelinux: true).Should().BeSameAs(mount);
        MountLabel.Apply(attach, "l", hasSelinux: true).Should().BeSameAs(attach);
    }

    [Fact]
    public void MountsHaveTheConfiguredLabel()
    {
        var spec = new Spec { OciVersion = "1.3.0", Mounts = [Entry("/a", "tmpfs", "t", "size=1")], Linux = new LinuxSpec { MountLabel = "l:s0:c1,c2" } };

        OperationText.Bare((Hosts.Plain with { HasSelinux = true }).MountsOf(spec).Apply()).Should().Equal("Mount(tmpfs, t, /a) Options=[size=1, context=l:s0:c1,c2] InheritMode");
    }

    [Theory]
    [InlineData("bind", true)]
    [InlineData("rbind,ro", true)]
    [InlineData("remount,bind", false)]
    [InlineData("nosuid", false)]
    public void BundleMayBindItsOwnDev(string options, bool binds)
    {
        Mounts(Entry("/dev", "tmpfs", "/d", options)).BindsDev().Should().Be(binds);
        Mounts(Entry("dev/", "tmpfs", "/d", options)).BindsDev().Should().Be(binds);
        Mounts(Entry("/dev/shm", "tmpfs", "/d", options)).BindsDev().Should().BeFalse();
    }

    [Fact]
    public void TheLastMountOnDevDecides()
    {
        Mounts(Entry("/dev", null, "/dev", "bind"), Entry("/dev", "tmpfs", "t", "")).BindsDev().Should().BeFalse();
        Mounts(Entry("/dev", "tmpfs", "t", ""), Entry("/dev", null, "/dev", "bind")).BindsDev().Should().BeTrue();
        Mounts(Entry("/dev", null, "/dev", "bind"), Entry("/dev", null, null, "rslave")).BindsDev().Should().BeTrue();
        Mounts(Entry("/dev", null, "/dev", "bind"), Entry("/dev", null, null, "remount,ro")).BindsDev().Should().BeTrue();
    }

    internal static MountSpec Entry(string destination, string? type, string? source, string options) => new()
    {
        Destination = destination,
        Type = type,
        Source = source,
        Options = options.Split(',', StringSplitOptions.RemoveEmptyEntries),
    };

    private static string[] Apply(params MountSpec[] mounts) => OperationText.Bare(Mounts(mounts).Apply());

    private static Mounts Mounts(params MountSpec[] mounts) => Mounts(Hosts.Plain, false, MountPropagation.None, mounts);

    private static Mounts Mounts(TestHost host, bool ownCgroupNamespace, MountPropagation sources, params MountSpec[] mounts) =>
        host.MountsOf(new Spec { OciVersion = "1.3.0", Mounts = mounts }, ownCgroupNamespace, sources);
}
