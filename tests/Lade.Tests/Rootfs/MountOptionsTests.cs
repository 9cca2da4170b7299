using System;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Plan;
using Lade.Rootfs;
using Lade.Tests.Configuration;
using Xunit;
using A = Lade.Plan.MountAttributes;

namespace Lade.Tests.Rootfs;

/// <summary>config.md "Linux mount options": the whole table, and contradicting options.</summary>
public sealed class MountOptionsTests
{
    private const A Atime = A.MOUNT_ATTR__ATIME;

    public static IEnumerable<object[]> Attributes() =>
    [
        ["ro", A.MOUNT_ATTR_RDONLY, A.None],
        ["rw", A.None, A.MOUNT_ATTR_RDONLY],
        ["nosuid", A.MOUNT_ATTR_NOSUID, A.None],
        ["suid", A.None, A.MOUNT_ATTR_NOSUID],
        ["nodev", A.MOUNT_ATTR_NODEV, A.None],
        ["dev", A.None, A.MOUNT_ATTR_NODEV],
        ["noexec", A.MOUNT_ATTR_NOEXEC, A.None],
        ["exec", A.None, A.MOUNT_ATTR_NOEXEC],
        ["nosymfollow", A.MOUNT_ATTR_NOSYMFOLLOW, A.None],
        ["symfollow", A.None, A.MOUNT_ATTR_NOSYMFOLLOW],
        ["nodiratime", A.MOUNT_ATTR_NODIRATIME, A.None],
        ["diratime", A.None, A.MOUNT_ATTR_NODIRATIME],
        // The kernel accepts a value of the access time field only if the whole field is cleared.
        ["noatime", A.MOUNT_ATTR_NOATIME, Atime],
        ["atime", A.None, Atime],
        ["relatime", A.None, Atime],
        ["norelatime", A.None, A.None],
        ["strictatime", A.MOUNT_ATTR_STRICTATIME, Atime],
        ["nostrictatime", A.None, Atime],
    ];

    [Theory]
    [MemberData(nameof(Attributes))]
    internal void Attribute(string option, A set, A clear)
    {
        MountOptions options = MountOptions.Parse([option]), recursive = MountOptions.Parse(["r" + option]);

        (options.Set, options.Clear, options.RecursiveSet, options.RecursiveClear).Should().Be((set, clear, A.None, A.None));
        (recursive.RecursiveSet, recursive.RecursiveClear, recursive.Set, recursive.Clear).Should().Be((set, clear, A.None, A.None));
        HasNothingElse(options);
        HasNothingElse(recursive);
    }

    [Theory]
    [InlineData("ro,rw", A.None, A.MOUNT_ATTR_RDONLY)]
    [InlineData("rw,ro", A.MOUNT_ATTR_RDONLY, A.None)]
    [InlineData("nosuid,suid,nosuid,nodev", A.MOUNT_ATTR_NOSUID | A.MOUNT_ATTR_NODEV, A.None)]
    [InlineData("noatime,atime", A.None, Atime)]
    [InlineData("atime,noatime", A.MOUNT_ATTR_NOATIME, Atime)]
    [InlineData("noatime,relatime", A.None, Atime)]
    [InlineData("relatime,noatime", A.MOUNT_ATTR_NOATIME, Atime)]
    [InlineData("noatime,strictatime", A.MOUNT_ATTR_STRICTATIME, Atime)]
    [InlineData("strictatime,noatime", A.MOUNT_ATTR_NOATIME, Atime)]
    // Clearing one value of the field does not affect another.
    [InlineData("noatime,nostrictatime", A.MOUNT_ATTR_NOATIME, Atime)]
    [InlineData("strictatime,atime", A.MOUNT_ATTR_STRICTATIME, Atime)]
    [InlineData("noatime,norelatime", A.MOUNT_ATTR_NOATIME, Atime)]
    [InlineData("strictatime,norelatime", A.MOUNT_ATTR_STRICTATIME, Atime)]
    [InlineData("relatime,norelatime", A.None, Atime)]
    [InlineData("strictatime,nostrictatime", A.None, Atime)]
    // nodiratime is not a value of that field.
    [InlineData("noatime,nodiratime,atime", A.MOUNT_ATTR_NODIRATIME, Atime)]
    internal void LastOneWins(string list, A set, A clear)
    {
        MountOptions options = MountOptions.Parse(list.Split(','));
        MountOptions recursive = MountOptions.Parse(list.Split(',').Select(option => "r" + option).ToArray());

        (options.Set, options.Clear).Should().Be((set, clear));
        (recursive.RecursiveSet, recursive.RecursiveClear).Should().Be((set, clear));
    }

    [Theory]
    [InlineData("ro", A.MOUNT_ATTR_RDONLY, true)]
    [InlineData("rro", A.MOUNT_ATTR_RDONLY, true)]
    [InlineData("ro,rrw", A.None, false)]
    [InlineData("rrw,ro", A.None, false)]
    [InlineData("rw,rro", A.MOUNT_ATTR_RDONLY, true)]
    [InlineData("noatime,rstrictatime", A.MOUNT_ATTR_STRICTATIME, false)]
    [InlineData("noatime,rrelatime,nosuid", A.MOUNT_ATTR_NOSUID, false)]
    [InlineData("", A.None, false)]
    internal void NewMountCombinesBothKinds(string list, A attributes, bool isReadonly)
    {
        MountOptions options = Parse(list);

        options.NewMountAttributes.Should().Be(attributes);
        options.IsReadonly.Should().Be(isReadonly);
    }

    [Theory]
    [InlineData("shared", MountPropagation.MS_SHARED)]
    [InlineData("slave", MountPropagation.MS_SLAVE)]
    [InlineData("private", MountPropagation.MS_PRIVATE)]
    [InlineData("unbindable", MountPropagation.MS_UNBINDABLE)]
    [InlineData("rshared", MountPropagation.MS_SHARED | MountPropagation.MS_REC)]
    [InlineData("rslave", MountPropagation.MS_SLAVE | MountPropagation.MS_REC)]
    [InlineData("rprivate", MountPropagation.MS_PRIVATE | MountPropagation.MS_REC)]
    [InlineData("runbindable", MountPropagation.MS_UNBINDABLE | MountPropagation.MS_REC)]
    internal void Propagation(string word, MountPropagation propagation)
    {
        MountOptions options = MountOptions.Parse([word]);

        options.Propagation.Should().Equal(propagation);
        options.FileSystem.Should().BeEmpty();
        options.IsPropagationOnly.Should().BeTrue();
        MountOptions.FlagsOf(SpecName.Propagation(word)).Should().Be(propagation);
    }

    [Theory]
    [InlineData("")]
    [InlineData("rro")]
    [InlineData("Shared")]
    public void NotAPropagation(string option) => MountOptions.Parse([option]).Propagation.Should().BeEmpty();

    [Theory]
    [InlineData("rslave,ro")]
    [InlineData("rslave,rw")]
    [InlineData("rslave,rro")]
    [InlineData("rslave,size=1k")]
    [InlineData("")]
    public void NotOnlyPropagation(string list) => Parse(list).IsPropagationOnly.Should().BeFalse();

    [Fact]
    public void PropagationAndDataKeepTheirOrder()
    {
        MountOptions.Parse(["rslave", "ro", "shared"]).Propagation.Should().Equal(MountPropagation.MS_SLAVE | MountPropagation.MS_REC, MountPropagation.MS_SHARED);
        MountOptions.Parse(["size=1k", "size=2k"]).FileSystem.Should().Equal([new FsOption("size", "1k"), new FsOption("size", "2k")], "repetition is up to the file system");
    }

    [Theory]
    [InlineData("bind", true, false)]
    [InlineData("rbind", true, true)]
    [InlineData("rbind,bind", true, true)]
    [InlineData("ro", false, false)]
    public void Bind(string list, bool isBind, bool isRecursive)
    {
        MountOptions options = Parse(list);

        (options.IsBind, options.IsRecursiveBind).Should().Be((isBind, isRecursive));
        options.Data.Should().BeEmpty();
    }

    [Fact]
    public void OptionsInterpretedByLade()
    {
        MountOptions options = MountOptions.Parse(["remount", "tmpcopyup", "src-nofollow", "dest-nofollow", "copy-symlink", "idmap", "ridmap=uids=0-0-1;gids=0-0-1"]);

        (options.IsRemount, options.CopyUp).Should().Be((true, true));
        (options.SourceNoFollow, options.TargetNoFollow, options.CopySymlink).Should().Be((true, true, true));
        options.FileSystem.Should().BeEmpty();
        options.Data.Should().BeEmpty();
    }

    [Theory]
    [InlineData("sync", "sync")]
    [InlineData("sync,async", "")]
    [InlineData("async,sync", "sync")]
    [InlineData("sync,sync", "sync")]
    [InlineData("dirsync", "dirsync")]
    [InlineData("lazytime,nolazytime", "")]
    [InlineData("nolazytime,lazytime", "lazytime")]
    [InlineData("mand,nomand", "")]
    [InlineData("mand", "mand")]
    [InlineData("iversion,noiversion", "")]
    [InlineData("iversion", "iversion")]
    [InlineData("defaults", "")]
    [InlineData("silent", "")]
    [InlineData("loud", "")]
    [InlineData("async", "")]
    [InlineData("rsync", "sync")]
    [InlineData("rsync,rasync", "")]
    [InlineData("rdirsync", "dirsync")]
    [InlineData("rmand", "mand")]
    [InlineData("mand,rnomand", "")]
    public void SuperblockFlags(string list, string expected)
    {
        MountOptions options = Parse(list);

        options.FileSystem.Select(option => option.ToString()).Should().Equal(Split(expected));
        options.Data.Should().BeEmpty();
    }

    [Fact]
    public void DataKeepsItsOrderAmongFlags()
    {
        MountOptions options = MountOptions.Parse(["nosuid", "size=65536k", "sync", "noswap", "mode=1777", "uid=0", "x=a=b", "=y", "acl"]);

        options.FileSystem.Should().Equal(
            new FsOption("size", "65536k"), new FsOption("sync", null), new FsOption("noswap", null), new FsOption("mode", "1777"),
            new FsOption("uid", "0"), new FsOption("x", "a=b"), new FsOption("=y", null), new FsOption("acl", null));
        options.Data.Should().Equal("size=65536k", "noswap", "mode=1777", "uid=0", "x=a=b", "=y", "acl");
        options.HasMode.Should().BeTrue();
    }

    [Theory]
    [InlineData("modes=1")]
    [InlineData("Mode=1")]
    [InlineData("mode")]
    public void NotAMode(string option) => MountOptions.Parse([option]).HasMode.Should().BeFalse();

    [Theory]
    [InlineData("r")]
    [InlineData("rx")]
    [InlineData("rlazytime")]
    [InlineData("idmaps")]
    [InlineData("xidmap=uids=0-0-1")]
    [InlineData("RO")]
    [InlineData("no")]
    public void UnknownOptionsAreData(string option) => MountOptions.Parse([option]).Data.Should().Equal(option);

    private static MountOptions Parse(string list) => MountOptions.Parse(Split(list));

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static void HasNothingElse(MountOptions options)
    {
        options.Propagation.Should().BeEmpty();
        options.FileSystem.Should().BeEmpty();
        options.Data.Should().BeEmpty();
        (options.IsBind, options.IsRemount, options.CopyUp, options.SourceNoFollow).Should().Be((false, false, false, false));
        (options.TargetNoFollow, options.CopySymlink).Should().Be((false, false));
    }
}
