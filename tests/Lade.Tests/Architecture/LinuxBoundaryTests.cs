using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Lade.Tests.Architecture;

/// <summary>Where the kernel is called: in the folder Linux, and there in one place per kind of call.</summary>
public sealed class LinuxBoundaryTests
{
    private const string SystemCall = @"\bLibc\.(?:[a-z]\w*\(|LastError\b)";

    /// <summary>Files outside Linux that still make system calls or read errno. The list only gets shorter.</summary>
    private static readonly string[] s_callers =
    [
        "Cgroups/CgroupDirectory.cs",
        "Cgroups/CgroupProcesses.cs",
        "Cgroups/CgroupTree.cs",
        "Cgroups/OomWatch.cs",
        "Cgroups/Systemd/NewUnit.cs",
        "Cgroups/V1/V1Cgroup.cs",
        "Cgroups/V2/V2Delegation.cs",
        "Init/InitProcess.cs",
        "Resctrl/ResctrlFileSystem.cs",
        "State/StateRoot.cs",
    ];

    private static readonly IReadOnlyDictionary<string, string> s_code =
        Repository.Sources("src/Lade").ToDictionary(path => path, path => SourceText.CodeOf(Repository.Read("src/Lade/" + path)));

    [Fact]
    public void Only_linux_makes_system_calls() =>
        FilesWith(SystemCall).Where(path => !IsLinux(path)).Should().BeEquivalentTo(s_callers, "no file is added, and one that makes no calls any more is removed");

    /// <summary>What a caller passes to or gets from a type of Linux: open flags, signals, events, socket types, netlink numbers, magics of file systems.</summary>
    [Fact]
    public void Others_use_constants_for_arguments_only() =>
        FilesWith(@"\bLibc\.(?!(?:O_|SIG|POLL|SOCK_|IFA_|IFF_|IFLA_|RTM_|NLM_F_|\w+_SUPER_MAGIC|PollFd|Statx|Termios|WinSize))[A-Z]\w*")
            .Where(path => !IsLinux(path) && !s_callers.Contains(path)).Should().BeEmpty();

    [Theory]
    [InlineData("read|pread|write|poll", "Linux/Streams.cs")]
    [InlineData("nanosleep", "Linux/Backoff.cs")]
    [InlineData("wait4|kill|pidfd_\\w+|geteuid|getegid|umask", "Linux/Processes.cs")]
    [InlineData("sendmsg|recvmsg|connect|bind|listen", "Linux/Sockets.cs")]
    [InlineData("getdents64", "Linux/Directories.cs")]
    [InlineData("openat2", "Linux/Files.cs")]
    [InlineData("flock", "Linux/Locks.cs")]
    public void Each_call_has_one_place(string calls, string place) =>
        FilesWith(@"\bLib[cC]\.(?:" + calls + @")\(").Where(path => !path.StartsWith("Linux/Libc.", StringComparison.Ordinal) && !s_callers.Contains(path)).Should().Equal(place);

    [Fact]
    public void Calls_are_found()
    {
        Regex.IsMatch("Libc.geteuid()", SystemCall).Should().BeTrue();
        Regex.IsMatch("errno = Libc.LastError;", SystemCall).Should().BeTrue();
        Regex.IsMatch("Files.Open(path, Libc.O_RDONLY)", SystemCall).Should().BeFalse();
    }

    private static bool IsLinux(string path) => path.StartsWith("Linux/", StringComparison.Ordinal);

    private static IEnumerable<string> FilesWith(string pattern) => s_code.Where(file => Regex.IsMatch(file.Value, pattern)).Select(file => file.Key);
}
