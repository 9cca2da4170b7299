namespace Lade.Tests.Seccomp;

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
