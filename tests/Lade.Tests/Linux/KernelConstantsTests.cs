using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FluentAssertions;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;
using Tmds.Linux;
using Xunit;

namespace Lade.Tests.Linux;

/// <summary>Numbers and structures that C# repeats from the headers of the kernel and of libc are theirs.</summary>
public sealed class KernelConstantsTests
{
    private const string Headers =
        """
        #define _GNU_SOURCE
        #include <dirent.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <net/if.h>
        #include <poll.h>
        #include <sched.h>
        #include <regex.h>
        #include <signal.h>
        #include <stddef.h>
        #include <sys/file.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/prctl.h>
        #include <sys/resource.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/un.h>
        #include <sys/vfs.h>
        #include <sys/wait.h>
        #include <termios.h>
        #include <time.h>
        #include <unistd.h>
        #include <linux/bpf.h>
        #include <linux/capability.h>
        #include <linux/if_addr.h>
        #include <linux/if_link.h>
        #include <linux/ioprio.h>
        #include <linux/magic.h>
        #include <linux/mempolicy.h>
        #include <linux/mount.h>
        #include <linux/netlink.h>
        #include <linux/nsfs.h>
        #include <linux/openat2.h>
        #include <linux/rtnetlink.h>
        #include <linux/sched.h>
        #ifndef AT_RECURSIVE
        #define AT_RECURSIVE 0x8000 /* only linux/fcntl.h has it, which excludes fcntl.h */
        #endif
        """;

    /// <summary>Younger than the headers of the distributions that lade is built on.</summary>
    private static readonly string[] s_newer = ["F_SEAL_EXEC", "MFD_EXEC", "MPOL_WEIGHTED_INTERLEAVE"];

    /// <summary>
    /// The C structure behind each of Libc's and of its package's, and the member behind each field. A size is compared unless C# declares a part only: the beginning of a
    /// structure that the kernel takes with its length.
    /// </summary>
    private static readonly Dictionary<string, (string Type, bool IsWhole, string[] Members)> s_structures = new()
    {
        ["Statx"] = ("struct statx", true, ["stx_attributes", "stx_uid", "stx_gid", "stx_mode", "stx_ino", "stx_size", "stx_dev_major", "stx_dev_minor", "stx_mnt_id"]),
        ["StatFs"] = ("struct statfs", true, ["f_type"]),
        ["iovec"] = ("struct iovec", true, ["iov_base", "iov_len"]),
        ["msghdr"] = ("struct msghdr", true, ["msg_name", "msg_namelen", "msg_iov", "msg_iovlen", "msg_control", "msg_controllen", "msg_flags"]),
        ["cmsghdr"] = ("struct cmsghdr", true, ["cmsg_len", "cmsg_level", "cmsg_type"]),
        ["PollFd"] = ("struct pollfd", true, ["fd", "events", "revents"]),
        ["timespec"] = ("struct timespec", true, ["tv_sec", "tv_nsec"]),
        ["open_how"] = ("struct open_how", true, ["flags", "mode", "resolve"]),
        ["Termios"] = ("struct termios", true, ["c_iflag", "c_oflag", "c_cflag", "c_lflag", "c_line", "c_cc", "c_ispeed", "c_ospeed"]),
        ["WinSize"] = ("struct winsize", true, ["ws_row", "ws_col", "ws_xpixel", "ws_ypixel"]),
        ["BpfProgLoad"] = ("union bpf_attr", false, ["prog_type", "insn_cnt", "insns", "license", "log_level", "log_size", "log_buf"]),
        ["BpfProgAttach"] = ("union bpf_attr", false, ["target_fd", "attach_bpf_fd", "attach_type", "attach_flags", "replace_bpf_fd"]),
        ["BpfProgQuery"] = ("union bpf_attr", false, ["query.target_fd", "query.attach_type", "query.attach_flags", "query.prog_ids", "query.prog_cnt"]),
    };

    [Fact]
    public void Constants_of_libc() =>
        Check(Constants(typeof(Libc)).Concat(NumbersOfThePackage()).Select(c => CFact.IsEqual(c.Name, c.Value, s_newer.Contains(c.Name) ? c.Name : null)));

    [Fact]
    public void Flags_of_operations() =>
        Check(Flags<CloneFlags>().Concat(Flags<MountAttributes>()).Concat(Flags<MountPropagation>())
            .Concat(Constants(typeof(FileType)).Select(c => CFact.IsEqual(c.Name, c.Value))));

    [Fact]
    public void Resource_limits() => Check(Enum.GetValues<Rlimit>().Select(resource => CFact.IsEqual(SpecNames.NameOf(resource), (int)resource)));

    [Fact]
    public void Scheduler_policies_and_flags() =>
        Check(Enum.GetValues<SchedulerPolicy>().Select(policy => CFact.IsEqual(SpecNames.NameOf(policy), (int)policy))
            .Concat(SpecNames.SchedulerFlags.Split(' ').Select((name, i) => CFact.IsEqual(name, (int)SpecNames.SchedulerFlagsFrom([i])))));

    [Fact]
    public void Io_priority_classes() =>
        Check(Enum.GetValues<IoPriorityClass>().Select(type => CFact.IsEqual($"({SpecNames.NameOf(type)} << IOPRIO_CLASS_SHIFT | 5)", new SetIoPriority("", (uint)type, 5).Value)));

    [Fact]
    public void Memory_policies() =>
        Check(Enum.GetValues<MemoryPolicyMode>().Where(mode => !s_newer.Contains(SpecNames.NameOf(mode))).Select(mode => CFact.IsEqual(SpecNames.NameOf(mode), (int)mode))
            .Concat(SpecNames.MemoryPolicyFlags.Split(' ').Select((name, i) => CFact.IsEqual(name, (int)SpecNames.MemoryPolicyFlagsFrom([i])))));

    [Fact]
    public void Capability_numbers() => Check(CapabilityNames.All.Select((name, number) => CFact.IsEqual(name, number)));

    [Fact]
    public void Error_numbers() =>
        Check(Enumerable.Range(1, 133).Select(number => new Errno(number)).Where(errno => errno.Name[0] == 'E').Select(errno => CFact.IsEqual(errno.Name, errno.Value))
            .Concat(typeof(Errno).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(p => CFact.IsEqual(p.Name, ((Errno)p.GetValue(null)!).Value))));

    [Fact]
    public void Structures_are_all_held_against_C() => Structures().Select(type => type.Name).Should().BeSubsetOf([.. s_structures.Keys, nameof(Libc.SpawnRequest)]);

    [Fact]
    public void Structures_of_libc() => Check(Structures().Where(type => s_structures.ContainsKey(type.Name)).SelectMany(Layout));

    [Fact]
    public void Regex_fits_into_its_memory()
    {
        object size = typeof(PosixRegex).GetField("RegexSize", BindingFlags.NonPublic | BindingFlags.Static)!.GetRawConstantValue()!;

        Check([new CFact($"sizeof(regex_t) <= {size}", $"regex_t has at most {size} bytes in C#")]);
    }

    [Fact]
    public void Unix_address_has_its_path_after_two_bytes() => Check([CFact.HasOffset("struct sockaddr_un", "sun_path", 2), CFact.HasSize("struct sockaddr_un", 110)]);

    [Fact]
    public void Spawn_request()
    {
        var header = new CHeader("native/spawn/spawn.h");
        IReadOnlyList<string> members = header.Members("lade_spawn");
        Type request = typeof(Libc.SpawnRequest);

        Fields(request).Select(field => CHeader.Plain(field.Name)).Should().Equal(members.Select(CHeader.Plain));
        CCompiler.Failures("#include \"spawn/spawn.h\"", LayoutOf(request, "struct lade_spawn", isWhole: true, members)).Should().BeEmpty();
    }

    private static IEnumerable<Type> Structures() =>
        typeof(Libc).GetNestedTypes(BindingFlags.NonPublic | BindingFlags.Public).Where(type => type is { IsValueType: true, IsByRefLike: false })
            .Concat([typeof(iovec), typeof(msghdr), typeof(cmsghdr), typeof(timespec), typeof(open_how)]);

    private static IEnumerable<CFact> Layout(Type type) => LayoutOf(type, s_structures[type.Name].Type, s_structures[type.Name].IsWhole, s_structures[type.Name].Members);

    private static IEnumerable<CFact> LayoutOf(Type type, string structure, bool isWhole, IReadOnlyList<string> members)
    {
        FieldInfo[] fields = Fields(type).ToArray();
        fields.Should().HaveSameCount(members, type.Name);
        yield return isWhole
            ? CFact.HasSize(structure, Marshal.SizeOf(type))
            : new CFact($"sizeof({structure}) >= {Marshal.SizeOf(type)}", $"{structure} has {Marshal.SizeOf(type)} bytes or more");
        for (int i = 0; i < members.Count; i++)
            yield return CFact.HasOffset(structure, members[i], (int)Marshal.OffsetOf(type, fields[i].Name));
    }

    private static IEnumerable<FieldInfo> Fields(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance).OrderBy(field => field.MetadataToken);

    private static IEnumerable<(string Name, object Value)> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            .Where(field => field.IsLiteral && field.FieldType != typeof(string))
            .Select(field => (field.Name, field.GetRawConstantValue()!));

    /// <summary>Constants of the package that the sources use.</summary>
    private static IEnumerable<(string Name, object Value)> NumbersOfThePackage() =>
        Repository.Sources("src/Lade/Linux").SelectMany(path => Regex.Matches(Repository.Read("src/Lade/Linux/" + path), @"\bLibC\.([A-Z][A-Z0-9_]+)\b(?!\()"))
            .Select(match => match.Groups[1].Value).Distinct()
            .Select(name => (Name: name, Value: typeof(LibC).GetProperty(name)!.GetValue(null)!))
            .Where(constant => constant.Value.GetType().IsPrimitive);

    private static IEnumerable<CFact> Flags<T>()
        where T : struct, Enum => Enum.GetValues<T>().Where(flag => Convert.ToUInt64(flag) != 0).Select(flag => CFact.IsEqual(flag.ToString(), Convert.ToUInt64(flag)));

    private static void Check(IEnumerable<CFact> facts)
    {
        CFact[] all = facts.ToArray();
        all.Should().NotBeEmpty();
        CCompiler.Failures(Headers, all).Should().BeEmpty();
    }
}
