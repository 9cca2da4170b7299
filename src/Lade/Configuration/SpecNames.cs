namespace Lade.Configuration;

/// <summary>The closed sets of names that config.json may use. Where a set has an enum, the order is the enum's.</summary>
internal static class SpecNames
{
    /// <summary>In the order of <see cref="NamespaceType"/>.</summary>
    public const string Namespaces = "pid network mount ipc uts user cgroup time";

    /// <summary>config.md "POSIX-platform Hooks", in the order in which they run.</summary>
    public const string Hooks = "prestart createRuntime createContainer startContainer poststart poststop";

    public const string Clocks = "monotonic boottime";

    /// <summary>getrlimit(2).</summary>
    public const string Rlimits =
        "RLIMIT_AS RLIMIT_CORE RLIMIT_CPU RLIMIT_DATA RLIMIT_FSIZE RLIMIT_LOCKS RLIMIT_MEMLOCK RLIMIT_MSGQUEUE "
        + "RLIMIT_NICE RLIMIT_NOFILE RLIMIT_NPROC RLIMIT_RSS RLIMIT_RTPRIO RLIMIT_RTTIME RLIMIT_SIGPENDING RLIMIT_STACK";

    public const string SchedulerPolicies = "SCHED_OTHER SCHED_FIFO SCHED_RR SCHED_BATCH SCHED_ISO SCHED_IDLE SCHED_DEADLINE";

    public const string SchedulerFlags =
        "SCHED_FLAG_RESET_ON_FORK SCHED_FLAG_RECLAIM SCHED_FLAG_DL_OVERRUN SCHED_FLAG_KEEP_POLICY SCHED_FLAG_KEEP_PARAMS "
        + "SCHED_FLAG_UTIL_CLAMP_MIN SCHED_FLAG_UTIL_CLAMP_MAX";

    public const string IoPriorityClasses = "IOPRIO_CLASS_RT IOPRIO_CLASS_BE IOPRIO_CLASS_IDLE";

    public const string DeviceTypes = "c b u p";

    public const string DeviceRuleTypes = "a b c";

    public const string Propagations = "shared slave private unbindable rshared rslave rprivate runbindable";

    public const string PersonalityDomains = "LINUX LINUX32";

    public const string MemoryPolicyModes =
        "MPOL_DEFAULT MPOL_BIND MPOL_INTERLEAVE MPOL_WEIGHTED_INTERLEAVE MPOL_PREFERRED MPOL_PREFERRED_MANY MPOL_LOCAL";

    public const string MemoryPolicyFlags = "MPOL_F_NUMA_BALANCING MPOL_F_RELATIVE_NODES MPOL_F_STATIC_NODES";

    /// <summary>In the order of <see cref="SeccompAction"/>.</summary>
    public const string SeccompActions =
        "SCMP_ACT_KILL SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD SCMP_ACT_TRAP SCMP_ACT_ERRNO SCMP_ACT_TRACE SCMP_ACT_ALLOW "
        + "SCMP_ACT_LOG SCMP_ACT_NOTIFY";

    /// <summary>In the order of <see cref="SeccompOperator"/>.</summary>
    public const string SeccompOperators = "SCMP_CMP_NE SCMP_CMP_LT SCMP_CMP_LE SCMP_CMP_EQ SCMP_CMP_GE SCMP_CMP_GT SCMP_CMP_MASKED_EQ";

    /// <summary>In the order of <see cref="SeccompFlag"/>.</summary>
    public const string SeccompFlags =
        "SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV";

    /// <summary>In the order of <see cref="SeccompArch"/>.</summary>
    public const string SeccompArchs =
        "SCMP_ARCH_X86 SCMP_ARCH_X86_64 SCMP_ARCH_X32 SCMP_ARCH_ARM SCMP_ARCH_AARCH64 SCMP_ARCH_MIPS SCMP_ARCH_MIPS64 "
        + "SCMP_ARCH_MIPS64N32 SCMP_ARCH_MIPSEL SCMP_ARCH_MIPSEL64 SCMP_ARCH_MIPSEL64N32 SCMP_ARCH_PPC SCMP_ARCH_PPC64 "
        + "SCMP_ARCH_PPC64LE SCMP_ARCH_S390 SCMP_ARCH_S390X SCMP_ARCH_PARISC SCMP_ARCH_PARISC64 SCMP_ARCH_RISCV64 "
        + "SCMP_ARCH_LOONGARCH64 SCMP_ARCH_M68K SCMP_ARCH_SH SCMP_ARCH_SHEB";
}
