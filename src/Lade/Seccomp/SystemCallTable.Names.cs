// Written by scripts/make-system-call-tables.py; change that, not this.
using System;

namespace Lade.Seccomp;

internal static partial class SystemCallTable
{
    public const int Count = 507;
    private const uint HashMultiplier = 0x9E377E99;

    private static ReadOnlySpan<byte> Names =>
        "_llseek _newselect _sysctl accept accept4 access acct add_key adjtimex afs_syscall alarm arch_prctl arm_fadvise64_64 "u8 +
        "arm_sync_file_range atomic_barrier atomic_cmpxchg_32 bdflush bind bpf break breakpoint brk cachectl cacheflush cachestat capget capset "u8 +
        "chdir chmod chown chown32 chroot clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 "u8 +
        "clock_nanosleep clock_nanosleep_time64 clock_settime clock_settime64 clone clone3 close close_range connect copy_file_range creat "u8 +
        "create_module delete_module dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait "u8 +
        "epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_init "u8 +
        "fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr file_getattr file_setattr "u8 +
        "finit_module flistxattr flock fork fremovexattr fsconfig fsetxattr fsmount fsopen fspick fstat fstat64 fstatat64 fstatfs fstatfs64 "u8 +
        "fsync ftime ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake futimesat get_kernel_syms "u8 +
        "get_mempolicy get_robust_list get_thread_area get_tls getcpu getcwd getdents getdents64 getegid getegid32 geteuid geteuid32 getgid "u8 +
        "getgid32 getgroups getgroups32 getitimer getpagesize getpeername getpgid getpgrp getpid getpmsg getppid getpriority getrandom getresgid "u8 +
        "getresgid32 getresuid getresuid32 getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr "u8 +
        "getxattrat gtty idle init_module inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents "u8 +
        "io_pgetevents io_pgetevents_time64 io_setup io_submit io_uring_enter io_uring_register io_uring_setup ioctl ioperm iopl ioprio_get "u8 +
        "ioprio_set ipc kcmp kexec_file_load kexec_load keyctl kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown "u8 +
        "lchown32 lgetxattr link linkat listen listmount listns listxattr listxattrat llistxattr lock lookup_dcookie lremovexattr lseek "u8 +
        "lsetxattr lsm_get_self_attr lsm_list_modules lsm_set_self_attr lstat lstat64 madvise map_shadow_stack mbind membarrier memfd_create "u8 +
        "memfd_secret migrate_pages mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 modify_ldt mount mount_setattr "u8 +
        "move_mount move_pages mprotect mpx mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "u8 +
        "mq_timedsend_time64 mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync multiplexer munlock munlockall munmap name_to_handle_at "u8 +
        "nanosleep newfstatat nfsservctl nice oldfstat oldlstat oldolduname oldstat olduname open open_by_handle_at open_tree open_tree_attr "u8 +
        "openat openat2 pause pciconfig_iobase pciconfig_read pciconfig_write perf_event_open personality pidfd_getfd pidfd_open "u8 +
        "pidfd_send_signal pipe pipe2 pivot_root pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 "u8 +
        "prlimit64 process_madvise process_mrelease process_vm_readv process_vm_writev prof profil pselect6 pselect6_time64 ptrace putpmsg "u8 +
        "pwrite64 pwritev pwritev2 query_module quotactl quotactl_fd read readahead readdir readlink readlinkat readv reboot recv recvfrom "u8 +
        "recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat rename renameat renameat2 request_key restart_syscall "u8 +
        "riscv_flush_icache riscv_hwprobe rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "u8 +
        "rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo rtas s390_guarded_storage s390_pci_mmio_read s390_pci_mmio_write "u8 +
        "s390_runtime_instr s390_sthyi sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam "u8 +
        "sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler "u8 +
        "sched_yield seccomp security select semctl semget semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto "u8 +
        "set_mempolicy set_mempolicy_home_node set_robust_list set_thread_area set_tid_address set_tls setdomainname setfsgid setfsgid32 "u8 +
        "setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 sethostname setitimer setns setpgid setpriority setregid setregid32 setresgid "u8 +
        "setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit setsid setsockopt settimeofday setuid setuid32 setxattr setxattrat "u8 +
        "sgetmask shmat shmctl shmdt shmget shutdown sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend "u8 +
        "socket socketcall socketpair splice spu_create spu_run ssetmask stat stat64 statfs statfs64 statmount statx stime stty subpage_prot "u8 +
        "swapcontext swapoff swapon switch_endian symlink symlinkat sync sync_file_range sync_file_range2 syncfs sys_debug_setcontext syscall "u8 +
        "sysfs sysinfo syslog sysmips tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime "u8 +
        "timer_settime64 timerfd timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate "u8 +
        "truncate64 tuxcall ugetrlimit ulimit umask umount umount2 uname unlink unlinkat unshare uprobe uretprobe uselib userfaultfd usr26 usr32 "u8 +
        "ustat utime utimensat utimensat_time64 utimes vfork vhangup vm86 vm86old vmsplice vserver wait4 waitid waitpid write writev "u8;

    /// <summary>Where each name starts in <see cref="Names"/>; one blank ends it.</summary>
    private static ReadOnlySpan<ushort> Starts =>
    [
        0, 8, 19, 27, 34, 42, 49, 54, 62, 71, 83, 89, 100, 117, 137, 152, 170, 178, 183, 187, 193, 204, 208, 217, 228, 238, 245, 252, 258, 264, 270, 278,
        285, 299, 315, 328, 348, 362, 378, 394, 417, 431, 447, 453, 460, 466, 478, 486, 502, 508, 522, 536, 540, 545, 550, 563, 577, 587, 601, 613, 626, 637,
        652, 660, 669, 676, 685, 690, 701, 711, 722, 732, 745, 755, 769, 783, 790, 797, 806, 816, 823, 832, 841, 847, 855, 865, 875, 888, 901, 914, 925, 931,
        936, 949, 958, 968, 976, 983, 990, 996, 1004, 1014, 1022, 1032, 1038, 1044, 1054, 1066, 1072, 1086, 1099, 1110, 1122, 1133, 1143, 1159, 1173, 1189,
        1205, 1213, 1220, 1227, 1236, 1247, 1255, 1265, 1273, 1283, 1290, 1299, 1309, 1321, 1331, 1343, 1355, 1363, 1371, 1378, 1386, 1394, 1406, 1416, 1426,
        1438, 1448, 1460, 1470, 1480, 1487, 1499, 1510, 1517, 1530, 1537, 1546, 1555, 1566, 1571, 1576, 1588, 1606, 1619, 1633, 1650, 1660, 1671, 1684, 1698,
        1719, 1728, 1738, 1753, 1771, 1786, 1792, 1799, 1804, 1815, 1826, 1830, 1835, 1851, 1862, 1869, 1874, 1892, 1916, 1939, 1946, 1955, 1965, 1970, 1977,
        1984, 1994, 2001, 2011, 2023, 2034, 2039, 2054, 2067, 2073, 2083, 2101, 2118, 2136, 2142, 2150, 2158, 2175, 2181, 2192, 2205, 2218, 2232, 2240, 2246,
        2254, 2260, 2268, 2274, 2281, 2290, 2295, 2301, 2312, 2318, 2332, 2343, 2354, 2363, 2367, 2381, 2391, 2399, 2415, 2438, 2451, 2471, 2481, 2488, 2494,
        2501, 2508, 2515, 2522, 2528, 2540, 2548, 2559, 2566, 2584, 2594, 2605, 2616, 2621, 2630, 2639, 2651, 2659, 2668, 2673, 2691, 2701, 2716, 2723, 2731,
        2737, 2754, 2769, 2785, 2801, 2813, 2825, 2836, 2854, 2859, 2865, 2876, 2887, 2897, 2911, 2916, 2922, 2935, 2941, 2949, 2956, 2964, 2974, 2990, 3007,
        3024, 3042, 3047, 3054, 3063, 3079, 3086, 3094, 3103, 3111, 3120, 3133, 3142, 3154, 3159, 3169, 3177, 3186, 3197, 3203, 3210, 3215, 3224, 3233, 3249,
        3257, 3274, 3286, 3300, 3307, 3316, 3326, 3338, 3354, 3373, 3387, 3393, 3398, 3411, 3425, 3440, 3456, 3469, 3483, 3499, 3522, 3540, 3545, 3566, 3585,
        3605, 3624, 3635, 3658, 3681, 3699, 3713, 3728, 3747, 3769, 3798, 3816, 3830, 3845, 3864, 3876, 3884, 3893, 3900, 3907, 3914, 3920, 3931, 3949, 3954,
        3963, 3974, 3983, 3991, 3998, 4012, 4036, 4052, 4068, 4084, 4092, 4106, 4115, 4126, 4135, 4146, 4153, 4162, 4172, 4184, 4196, 4206, 4212, 4220, 4232,
        4241, 4252, 4262, 4274, 4284, 4296, 4305, 4316, 4326, 4333, 4344, 4357, 4364, 4373, 4382, 4393, 4402, 4408, 4415, 4421, 4428, 4437, 4447, 4459, 4466,
        4475, 4485, 4496, 4508, 4518, 4529, 4536, 4547, 4558, 4565, 4576, 4584, 4593, 4598, 4605, 4612, 4621, 4631, 4637, 4643, 4648, 4661, 4673, 4681, 4688,
        4702, 4710, 4720, 4725, 4741, 4758, 4765, 4786, 4794, 4800, 4808, 4815, 4823, 4827, 4834, 4839, 4852, 4865, 4882, 4896, 4912, 4926, 4942, 4950, 4965,
        4981, 4999, 5015, 5033, 5039, 5045, 5054, 5065, 5073, 5084, 5091, 5097, 5104, 5112, 5118, 5125, 5134, 5142, 5149, 5159, 5166, 5178, 5184, 5190, 5196,
        5202, 5212, 5229, 5236, 5242, 5250, 5255, 5263, 5272, 5280, 5286, 5293, 5301, 5307, 5314,
    ];

    /// <summary>Open addressing by hash: 0 is empty, else the index of a name plus one.</summary>
    private static ReadOnlySpan<ushort> Slots =>
    [
        264, 141, 357, 387, 105, 0, 199, 36, 230, 343, 362, 0, 498, 0, 0, 0, 0, 49, 134, 360, 400, 0, 0, 0, 0, 0, 0, 0, 320, 0, 0, 166, 438, 391, 58, 0, 0,
        0, 0, 0, 0, 210, 0, 282, 37, 410, 0, 0, 12, 139, 269, 384, 464, 0, 0, 295, 0, 0, 337, 0, 0, 288, 325, 0, 0, 0, 428, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        175, 219, 0, 87, 495, 0, 261, 26, 59, 405, 0, 19, 370, 419, 0, 162, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 0, 0, 0, 190, 0, 51, 24, 201, 238,
        377, 176, 47, 142, 451, 455, 304, 394, 429, 121, 0, 0, 0, 154, 78, 0, 0, 0, 0, 152, 0, 420, 96, 263, 64, 367, 446, 0, 499, 85, 163, 0, 0, 0, 334, 0,
        144, 131, 0, 0, 0, 0, 433, 353, 430, 0, 0, 0, 268, 249, 100, 9, 178, 61, 505, 0, 0, 0, 15, 191, 313, 0, 434, 0, 54, 324, 350, 407, 458, 352, 444, 0,
        0, 0, 0, 0, 0, 270, 80, 0, 311, 274, 0, 76, 413, 335, 0, 0, 0, 0, 0, 72, 214, 506, 0, 279, 307, 0, 0, 0, 29, 229, 0, 273, 200, 0, 277, 0, 124, 364,
        0, 402, 0, 0, 0, 0, 0, 129, 0, 0, 265, 213, 0, 497, 461, 0, 92, 0, 0, 218, 0, 0, 0, 0, 395, 11, 489, 39, 361, 0, 0, 0, 18, 27, 34, 126, 228, 0, 376,
        0, 0, 0, 476, 507, 0, 0, 0, 437, 0, 0, 0, 0, 392, 453, 0, 127, 173, 378, 369, 397, 0, 492, 298, 221, 0, 0, 483, 0, 32, 242, 294, 363, 373, 388, 234,
        0, 0, 393, 62, 0, 0, 0, 0, 0, 0, 33, 0, 0, 0, 447, 0, 0, 0, 491, 197, 339, 374, 503, 338, 0, 164, 250, 0, 215, 240, 0, 0, 186, 315, 375, 467, 399,
        46, 0, 0, 331, 425, 132, 473, 203, 345, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 422, 0, 0, 0, 0, 0, 0, 406, 0, 198, 0, 0, 329, 0, 0, 65, 0, 454, 0, 0, 0, 0,
        312, 0, 0, 0, 502, 0, 125, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 366, 0, 0, 0, 0, 0, 0, 332, 0, 0, 0, 0, 0, 0, 70, 167, 196, 101, 41, 188, 356, 0, 0, 0,
        452, 231, 247, 0, 0, 0, 48, 0, 0, 0, 0, 140, 484, 0, 306, 450, 63, 365, 0, 416, 256, 390, 280, 0, 0, 0, 0, 0, 0, 236, 88, 97, 74, 340, 106, 206, 146,
        0, 109, 0, 111, 232, 448, 0, 0, 0, 168, 0, 385, 342, 0, 193, 292, 0, 217, 291, 389, 468, 60, 174, 0, 0, 0, 0, 81, 404, 266, 456, 0, 0, 0, 0, 418, 0,
        0, 0, 415, 466, 35, 285, 0, 0, 383, 83, 283, 469, 22, 286, 439, 113, 233, 235, 0, 68, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 120, 172, 0, 136, 31, 412,
        0, 349, 149, 0, 6, 30, 0, 0, 211, 246, 28, 281, 0, 243, 475, 0, 0, 0, 493, 0, 0, 0, 0, 86, 73, 0, 0, 0, 0, 169, 0, 205, 118, 0, 0, 472, 0, 0, 53, 44,
        359, 207, 239, 0, 0, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 108, 401, 8, 457, 251, 0, 0, 10, 82, 432, 0, 0, 0, 223, 0, 189, 0, 0, 0, 89, 381, 0, 0, 69, 209,
        0, 0, 0, 0, 0, 182, 0, 0, 414, 165, 94, 271, 184, 98, 316, 417, 0, 0, 0, 0, 0, 117, 128, 0, 471, 0, 0, 490, 423, 254, 0, 130, 290, 0, 358, 278, 318,
        0, 0, 0, 0, 0, 0, 0, 0, 302, 0, 0, 0, 75, 0, 477, 372, 267, 194, 153, 275, 314, 354, 180, 0, 351, 0, 0, 501, 0, 0, 0, 55, 4, 0, 1, 0, 116, 135, 202,
        0, 0, 216, 284, 436, 449, 442, 222, 159, 486, 0, 0, 0, 462, 262, 0, 0, 0, 0, 0, 0, 427, 0, 183, 308, 481, 380, 305, 138, 463, 0, 0, 0, 122, 0, 258,
        0, 0, 110, 253, 0, 0, 0, 237, 0, 220, 323, 0, 0, 151, 157, 459, 0, 0, 309, 0, 440, 0, 0, 0, 382, 398, 102, 426, 161, 317, 0, 479, 0, 0, 0, 16, 0, 0,
        0, 0, 99, 421, 179, 0, 0, 0, 0, 0, 0, 57, 107, 25, 227, 386, 496, 0, 0, 45, 0, 0, 0, 0, 50, 103, 185, 0, 95, 0, 0, 224, 289, 424, 0, 123, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 5, 148, 0, 0, 409, 0, 0, 0, 160, 379, 0, 171, 0, 327, 0, 38, 348, 66, 0, 0, 441, 0, 0, 0, 0, 244, 0, 226, 0, 0, 20, 0, 0, 0, 0,
        181, 0, 204, 17, 470, 0, 465, 0, 0, 287, 91, 299, 396, 79, 403, 0, 150, 71, 333, 208, 408, 0, 0, 0, 114, 156, 170, 133, 303, 474, 0, 0, 0, 0, 0, 192,
        0, 90, 310, 322, 0, 341, 0, 0, 326, 0, 346, 445, 485, 0, 23, 0, 77, 0, 0, 0, 0, 0, 0, 13, 145, 355, 488, 328, 67, 336, 0, 0, 0, 0, 0, 257, 344, 0, 0,
        0, 187, 0, 460, 0, 248, 0, 0, 297, 301, 0, 0, 0, 0, 158, 112, 119, 212, 330, 411, 0, 0, 2, 56, 431, 296, 0, 52, 0, 0, 252, 478, 0, 0, 0, 0, 0, 42,
        482, 0, 0, 0, 241, 93, 371, 443, 0, 0, 0, 7, 0, 155, 225, 494, 500, 0, 293, 0, 0, 319, 260, 0, 0, 115, 0, 347, 480, 104, 300, 0, 0, 0, 487, 21, 43,
        504, 259, 0, 245, 255, 0, 0, 435, 0, 0, 0, 321, 0, 195, 84, 143, 0, 272, 0, 0, 3, 0, 0, 177, 276, 0, 0, 137, 147, 368,
    ];

    private const int SocketCallIndex = 424;
    private const int IpcIndex = 178;

    /// <summary>By index of name: 100 + the number that socketcall(2) has for it or 200 + that of ipc(2), else 0.</summary>
    private static ReadOnlySpan<byte> Multiplexed =>
    [
        0, 0, 0, 105, 118, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 102, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 103,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 107, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 106, 115, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 104, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 214,
        213, 212, 211, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 110, 112, 119, 0, 117, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 203, 202, 201, 204, 0, 109, 0, 0, 120, 116, 111, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 114, 0, 0, 0, 0, 0, 0, 221, 224, 222, 223, 113, 0, 0, 0, 0, 0, 0, 0, 0, 0, 101, 0, 108,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>Index of a name that programs call often, then its weight.</summary>
    public static ReadOnlySpan<ushort> Common =>
    [
        0, 64, 4, 16, 5, 32, 21, 32, 36, 32, 38, 24, 42, 4, 44, 128, 46, 8, 52, 8, 56, 32, 58, 64, 60, 128, 64, 4, 67, 4, 82, 48, 83, 48, 98, 96, 99, 96,
        100, 96, 107, 256, 122, 32, 125, 8, 136, 24, 140, 8, 149, 8, 150, 16, 152, 8, 173, 48, 201, 64, 206, 32, 207, 32, 208, 48, 223, 128, 224, 128, 230,
        64, 250, 64, 252, 16, 253, 128, 265, 128, 277, 4, 282, 48, 283, 16, 286, 48, 289, 8, 296, 16, 300, 16, 306, 256, 309, 24, 311, 16, 314, 64, 317, 64,
        330, 64, 332, 96, 357, 32, 360, 16, 370, 32, 371, 64, 402, 16, 423, 8, 430, 48, 431, 48, 435, 32, 482, 8, 502, 8, 505, 256, 506, 48,
    ];
}
