using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Seccomp;
using Xunit;

namespace Lade.Tests.Seccomp;

/// <summary>Size of filters, and the number of instructions per system call.</summary>
public sealed class FilterCostTests(ITestOutputHelper output)
{
    public static readonly TheoryData<string> Samples = new() { "docker", "podman", "containerd" };

    [Theory]
    [MemberData(nameof(Samples))]
    public void FiltersAreShorterAndCheaperThanLibseccomps(string sample)
    {
        Assert.SkipUnless(LibSeccomp.IsPresent, "libseccomp.so.2 is not installed");
        SeccompSpec spec = SampleProfiles.Read(sample);
        byte[] ours = SeccompCompiler.Compile(spec, SeccompArch.X86_64).Program;
        byte[] list = LibSeccomp.Compile(spec, binaryTree: false, out _)!, tree = LibSeccomp.Compile(spec, binaryTree: true, out _)!;
        double ourCost = Cost(ours, SeccompArch.X86_64), treeCost = Cost(tree, SeccompArch.X86_64), listCost = Cost(list, SeccompArch.X86_64);
        output.WriteLine($"{sample}: instructions {ours.Length / 8}, libseccomp tree {tree.Length / 8}, list {list.Length / 8}");
        output.WriteLine($"executed per call: {ourCost:f2}, libseccomp tree {treeCost:f2}, list {listCost:f2}");
        output.WriteLine($"executed per number when loaded: {Walk(ours)}, libseccomp tree {Walk(tree)}, list {Walk(list)}");
        ours.Length.Should().BeLessThan(list.Length / 2).And.BeLessThan(tree.Length / 2);
        ourCost.Should().BeLessThan(0.6 * treeCost).And.BeLessThan(0.6 * listCost);
    }

    /// <summary>Common calls have to benefit from their weights: a balanced tree over 60 ranges takes about 6 comparisons.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public void CallsCostFewInstructions(string sample)
    {
        byte[] program = SeccompCompiler.Compile(SampleProfiles.Read(sample), SeccompArch.X86_64).Program;
        Cost(program, SeccompArch.X86_64).Should().BeLessThan(9);
    }

    /// <summary>Since 5.11 the kernel evaluates a new filter once for each call and skips it for those always allowed, if it can follow the filter.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public void KernelCanCacheEveryCallThatIsAlwaysAllowed(string sample)
    {
        SeccompSpec spec = SampleProfiles.Read(sample);
        byte[] program = SeccompCompiler.Compile(spec, SeccompArch.X86_64).Program;
        var model = new ProfileModel(spec, SeccompArch.X86_64);
        int cached = 0;
        var args = new ulong[6];
        foreach (SeccompArch arch in (SeccompArch[])[SeccompArch.X86_64, SeccompArch.X86])
        {
            for (uint number = 0; number < 480; number++)
            {
                bool always = model.Alternatives(arch, number) == 0
                    && model.Verdict(AuditArch.Value(arch), number, args, out List<uint> _) == ActionValue.Allow;
                BpfMachine.IsCachedAllow(BpfMachine.Decode(program), AuditArch.Value(arch), number).Should().Be(always, $"{arch} {number}");
                cached += always ? 1 : 0;
            }
        }

        cached.Should().BeGreaterThan(500);
    }

    private static double Cost(byte[] program, SeccompArch arch)
    {
        long calls = 0, executed = 0;
        foreach ((string name, int count) in CallMix.Calls)
        {
            uint number = SystemCallTable.Number(arch, SystemCallTable.Numbers(arch)[SystemCallTable.IndexOf(name)]);
            BpfMachine.Run(BpfMachine.Decode(program), SeccompData.Of(AuditArch.Value(arch), number, []), out int instructions);
            calls += count;
            executed += (long)count * instructions;
        }

        return (double)executed / calls;
    }

    /// <summary>Instructions executed by the kernel's evaluation of all x86_64 and x86 calls when the filter is loaded.</summary>
    private static long Walk(byte[] program)
    {
        long executed = 0;
        foreach (SeccompArch arch in (SeccompArch[])[SeccompArch.X86_64, SeccompArch.X86])
        {
            for (uint number = 0; number < 470; number++)
            {
                BpfMachine.Run(BpfMachine.Decode(program), SeccompData.Of(AuditArch.Value(arch), number, []), out int instructions);
                executed += instructions;
            }
        }

        return executed;
    }
}

/// <summary>
/// System calls of common programs on x86_64: totals of strace -f -c for ls -lR, grep -r, tar, gcc, git status, apt-cache, dotnet --info, shell pipelines,
/// Python with threads, and a small HTTP server with clients, each scaled to ten thousand calls.
/// </summary>
internal static class CallMix
{
    public static readonly (string Name, int Count)[] Calls =
    [
        ("newfstatat", 19257), ("read", 13676), ("openat", 12355), ("close", 9895), ("mmap", 7060), ("lseek", 3642), ("mprotect", 3589), ("statx", 2966),
        ("getxattr", 2957), ("lgetxattr", 2714), ("rt_sigaction", 2547), ("getdents64", 2025), ("write", 1605), ("fcntl", 1300), ("rt_sigprocmask", 1291),
        ("readlink", 1278), ("brk", 1248), ("access", 1031), ("munmap", 930), ("pread64", 708), ("execve", 662), ("futex", 643), ("ioctl", 543),
        ("set_robust_list", 428), ("prlimit64", 422), ("wait4", 304), ("stat", 291), ("rseq", 264), ("geteuid", 261), ("dup2", 256), ("fstat", 250),
        ("lstat", 247), ("getpid", 245), ("getrandom", 230), ("arch_prctl", 225), ("set_tid_address", 225), ("getuid", 195), ("getgid", 195),
        ("getegid", 182), ("getcwd", 171), ("clone", 164), ("rt_sigreturn", 158), ("pipe2", 148), ("madvise", 129), ("sysinfo", 105), ("getppid", 102),
        ("gettid", 94), ("fadvise64", 71), ("sched_getaffinity", 58), ("unlink", 52), ("chdir", 50), ("mremap", 50), ("flock", 44), ("clone3", 40),
        ("prctl", 37), ("statfs", 36), ("uname", 32), ("getpgrp", 31), ("sigaltstack", 29), ("vfork", 29), ("faccessat2", 28), ("umask", 21),
        ("clock_nanosleep", 19), ("sched_setaffinity", 15), ("socket", 14), ("connect", 12), ("sendto", 11), ("recvfrom", 11), ("poll", 10),
        ("membarrier", 10), ("getrusage", 8), ("mkdir", 5), ("mknodat", 5), ("memfd_create", 5), ("getsid", 5), ("chmod", 4), ("getsockname", 4),
        ("setsockopt", 4), ("shutdown", 4), ("accept4", 4), ("dup", 3), ("bind", 3), ("listen", 3), ("sched_getscheduler", 2),
        ("sched_get_priority_max", 2), ("sched_getparam", 2), ("sched_setscheduler", 2), ("sched_get_priority_min", 2), ("ftruncate", 2), ("fchmod", 2),
        ("get_mempolicy", 2), ("close_range", 2), ("epoll_create1", 2), ("creat", 2), ("kill", 1),
    ];
}
