/* System calls, structures and constants that musl 1.2.3 does not declare, from the kernel's UAPI headers. */
#ifndef LADE_SYS_H
#define LADE_SYS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- openat2(2) --- */
struct open_how {
    uint64_t flags;
    uint64_t mode;
    uint64_t resolve;
};
#define RESOLVE_NO_XDEV 0x01u
#define RESOLVE_NO_MAGICLINKS 0x02u
#define RESOLVE_NO_SYMLINKS 0x04u
#define RESOLVE_BENEATH 0x08u
#define RESOLVE_IN_ROOT 0x10u

static inline int sys_openat2(int directory, const char *path, struct open_how *how)
{
    return (int)syscall(SYS_openat2, directory, path, how, sizeof *how);
}

/* libc's wrapper sets FD_CLOEXEC with another call, for old kernels. */
static inline int sys_dup(int fd)
{
    return (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0);
}

/* --- mounts by descriptor --- */
struct mount_attr {
    uint64_t attr_set;
    uint64_t attr_clr;
    uint64_t propagation;
    uint64_t userns_fd;
};
#define OPEN_TREE_CLONE 1u
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#define AT_RECURSIVE_TREE 0x8000u
#define MOVE_MOUNT_F_EMPTY_PATH 0x04u
#define MOVE_MOUNT_T_EMPTY_PATH 0x40u
#define FSOPEN_CLOEXEC 1u
#define FSPICK_CLOEXEC 1u
#define FSPICK_NO_AUTOMOUNT 4u
#define FSPICK_EMPTY_PATH 8u
#define FSMOUNT_CLOEXEC 1u
#define FSCONFIG_SET_FLAG 0u
#define FSCONFIG_SET_STRING 1u
#define FSCONFIG_CMD_CREATE 6u
#define FSCONFIG_CMD_RECONFIGURE 7u
#define MOUNT_ATTR_RDONLY 0x01u
#define MOUNT_ATTR_NOSUID 0x02u
#define MOUNT_ATTR_NODEV 0x04u
#define MOUNT_ATTR_NOEXEC 0x08u
#define MOUNT_ATTR_IDMAP 0x00100000u

static inline int sys_open_tree(int directory, const char *path, unsigned flags)
{
    return (int)syscall(SYS_open_tree, directory, path, flags);
}

static inline int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
    return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int sys_mount_setattr(int mount, unsigned flags, struct mount_attr *attributes)
{
    return (int)syscall(SYS_mount_setattr, mount, "", flags, attributes, sizeof *attributes);
}

static inline int sys_fsopen(const char *type)
{
    return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

static inline int sys_fspick(int mount)
{
    return (int)syscall(SYS_fspick, mount, "", FSPICK_CLOEXEC | FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH);
}

static inline int sys_fsconfig(int context, unsigned command, const char *key, const char *value)
{
    return (int)syscall(SYS_fsconfig, context, command, key, value, 0);
}

static inline int sys_fsmount(int context, uint64_t attributes)
{
    return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, (unsigned)attributes);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

#define PROC_SUPER_MAGIC 0x9fa0
#define PROC_ROOT_INODE 1
#define DEVPTS_SUPER_MAGIC 0x1cd1

/* --- processes --- */
struct clone_args {
    uint64_t flags;
    uint64_t pidfd;
    uint64_t child_tid;
    uint64_t parent_tid;
    uint64_t exit_signal;
    uint64_t stack;
    uint64_t stack_size;
    uint64_t tls;
};

/* The kernel's layout, not libc's: all zero means SIG_DFL. */
struct kernel_sigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};

static inline int sys_signal(int number, void (*handler)(int))
{
    struct kernel_sigaction action = { .handler = handler };
    return (int)syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask);
}

#define CLOSE_RANGE_CLOEXEC 4u

static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
    return (int)syscall(SYS_close_range, first, last, flags);
}

/* --- credentials --- */
#define NOBODY ((uid_t)-2) /* no container runs as this uid; -1 is not a uid */
#define CAPABILITY_VERSION_3 0x20080522u
struct cap_header {
    uint32_t version;
    int32_t pid;
};
struct cap_data {
    uint32_t effective;
    uint32_t permitted;
    uint32_t inheritable;
};

/* Up to the utilization clamps of Linux 5.3, required by SCHED_FLAG_UTIL_CLAMP_*; config.json has no values for them. */
struct sched_attr {
    uint32_t size;
    uint32_t sched_policy;
    uint64_t sched_flags;
    int32_t sched_nice;
    uint32_t sched_priority;
    uint64_t sched_runtime;
    uint64_t sched_deadline;
    uint64_t sched_period;
    uint32_t sched_util_min;
    uint32_t sched_util_max;
};

struct sock_filter;
struct sock_fprog {
    unsigned short length;
    const struct sock_filter *filter;
};
#define BPF_INSTRUCTION_SIZE 8u
#define SECCOMP_SET_MODE_FILTER 1u
#define SECCOMP_FILTER_FLAG_NEW_LISTENER 8u

#define KEYCTL_JOIN_SESSION_KEYRING 1
#define KEYCTL_SETPERM 5
#define IOPRIO_WHO_PROCESS 1

#endif
