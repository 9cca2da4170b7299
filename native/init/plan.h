/* The plan: what lade (C#) compiled from config.json, as `init` reads it.
 *
 * A plan is one sealed memfd: header, operations, data. All offsets count from the start of the file; offset 0 is "none".
 * A string is NUL-terminated. A vector is a u32 count followed by that many u32 string offsets. A blob is a u32 length followed
 * by its bytes. Operations, slots, vectors and blobs begin at multiples of 4, operations at multiples of 8. The C# twin is src/Lade/Plan/PlanFormat.cs; a unit test compiles this header and holds both together.
 *
 * `init` maps the plan read-only and executes the operations in order. Which order is right, and why, is said once: in
 * src/Lade/Lifecycle/PlanOrder.cs. Every failure is reported with the operation's index, so that lade can name the property of
 * config.json that asked for it.
 */
#ifndef LADE_PLAN_H
#define LADE_PLAN_H

#include <stdint.h>

#define LADE_PLAN_MAGIC 0x4544414cu /* "LADE", little endian */
#define LADE_PLAN_VERSION 1u
#define LADE_MAX_SLOTS 4096u

struct lade_plan {
    uint32_t magic;
    uint32_t version;
    uint32_t total_size;
    uint32_t op_count;
    uint32_t ops;          /* offset of struct lade_op[op_count] */
    uint32_t slot_count;   /* at most LADE_MAX_SLOTS */
    uint32_t slots;        /* offset of int32_t[slot_count]: inherited descriptor of a slot, or -1 for one that init fills */
    int32_t sync_fd;       /* SOCK_SEQPACKET, connected to lade */
    int32_t proc_fd;       /* O_PATH directory of the host's procfs, verified by lade */
    uint32_t preserve_fds; /* descriptors 3 .. 3+n-1 belong to the program */
};

struct lade_op {
    uint16_t code;  /* enum lade_opcode */
    uint16_t flags; /* LADE_F_*, meaning depends on the operation */
    uint32_t slot;  /* a slot, where the operation takes one */
    uint64_t arg[6];
};

/* Operations. "str" is a string offset, "vec" a vector offset, "slot" an index into the slot table.
 * Paths of the container ("path") are resolved below the ROOT slot with openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), whether
 * or not they start with '/'. Numbers are given in the kernel's own units and flag values. */
enum lade_opcode {
    /* --- getting into cgroups and namespaces --- */
    LADE_OP_JOIN_CGROUP = 1,     /* slot: open `tasks` file of a v1 hierarchy; writes "0": a task that moves itself waits for no RCU grace period */
    LADE_OP_UNSHARE = 2,         /* arg0: CLONE_NEW* flags for unshare(2) */
    LADE_OP_SETNS = 3,           /* slot: namespace descriptor, arg0: its CLONE_NEW* type; or a pidfd, and the types to join of that process. A pid namespace counts
                                    for the process of a later CLONE only */
    LADE_OP_SYNC = 4,            /* arg0: enum lade_sync; tells lade and waits for its go. F_DUMPABLE: dumpable meanwhile, so that an
                                    unprivileged lade may write our id maps */
    LADE_OP_CLONE = 5,           /* arg0: CLONE_NEW* flags. clone with CLONE_PARENT; the parent sends MSG_PID and exits, the child goes on
                                    with the next operation. Into a pid namespace that others are in already it comes after CLOSE_DESCRIPTORS and
                                    CAPABILITIES: from here on they see us */
    LADE_OP_BECOME_ROOT = 6,     /* setgroups(0), unless a: keep them, if permitted (EPERM ignored: setgroups may be denied), setresgid(0,0,0), setresuid(0,0,0) of the user namespace */
    LADE_OP_WRITE_PROC = 7,      /* arg0: str path below the procfs ("self/oom_score_adj"), arg1: str value. F_DUMPABLE: dumpable while the file is opened,
                                    for the root of a user namespace, whom our own files do not belong to otherwise */
    LADE_OP_LOOPBACK_UP = 8,     /* brings `lo` up in our network namespace */
    LADE_OP_HOSTNAME = 9,        /* arg0: str */
    LADE_OP_DOMAINNAME = 10,     /* arg0: str */
    LADE_OP_SETSID = 11,         /* a new session; no error if we lead one already */
    LADE_OP_RESET_SIGNALS = 13,  /* arg0: mask of signals (bit N-1 is signal N) that lade was started with or made ignored; back to their defaults */
    LADE_OP_SESSION_KEYRING = 12,/* arg0: str name; ENOSYS, EPERM of a kernel without keyrings for us are no error (F_OPTIONAL) */

    /* --- file system --- */
    LADE_OP_SET_PROPAGATION = 20,/* arg0: MS_SHARED|MS_SLAVE|MS_PRIVATE|MS_UNBINDABLE; of "/" of our mount namespace, recursive with F_RECURSIVE */
    LADE_OP_OPEN_TREE = 21,      /* slot <- open_tree(arg0: str host path, OPEN_TREE_CLONE); F_RECURSIVE: AT_RECURSIVE; F_NOFOLLOW: last
                                    component is not followed; arg1: propagation to set on the clone before anything else (0: none), recursive */
    LADE_OP_MOUNT_ATTR = 22,     /* slot: detached mount; mount_setattr(arg0: attr_set, arg1: attr_clr, arg2: propagation); F_RECURSIVE */
    LADE_OP_ATTACH_ROOT = 23,    /* slot: tree of the root file system, attached over arg0: str host path (openat2 without RESOLVE_IN_ROOT,
                                    RESOLVE_NO_MAGICLINKS); from here on slot LADE_SLOT_ROOT is an O_PATH descriptor of the attached root.
                                    F_SHARED_PARENT: the mount it is attached to may be shared, and is made private first. A path that we may not
                                    search (user namespace): attached over "/" */
    LADE_OP_MOUNT = 24,          /* new file system: arg0: str type, arg1: str source (0: none), arg2: vec of options, key and value in turn
                                    (value offset 0 in the vector: a flag), arg3: MOUNT_ATTR_* for fsmount, arg4: path, arg5: propagation to set (0: none, MS_REC allowed).
                                    F_NO_SYMLINKS: no component of the path may be a symbolic link and the target must be an ordinary directory
                                    that is there or can be made; F_INHERIT_MODE: if the target exists, its permission bits become `mode=`;
                                    F_COPY_UP: what is in the target directory is copied into the new mount before it is attached;
                                    F_OPTIONAL_FLAGS: an EINVAL for a key without value is ignored; F_NOFOLLOW as for ATTACH;
                                    slot: user namespace to map the ids by, LADE_SLOT_ROOT: none. F_FALLBACK: slot: detached mount (from OPEN_TREE)
                                    that is attached instead when the kernel refuses the new file system with EPERM or EBUSY; the slot is closed */
    LADE_OP_ATTACH = 25,         /* slot: detached mount (from OPEN_TREE); arg0: path, made if missing (directory for a directory, empty file otherwise).
                                    F_IN_PROC: the target may lie inside a procfs. F_NOFOLLOW: a link at the end of the path is itself the target. The slot is closed */
    LADE_OP_REMOUNT = 26,        /* arg0: path of an existing mount; arg1: vec of options; F_SUPERBLOCK: fspick + fsconfig + RECONFIGURE first;
                                    arg2: attr_set, arg3: attr_clr by mount_setattr; F_RECURSIVE */
    LADE_OP_TARGET_ATTR = 27,    /* arg0: path of an existing mount; arg1: attr_set, arg2: attr_clr, arg3: propagation; F_RECURSIVE */
    LADE_OP_MAKE_DEVICE = 28,    /* arg0: path, arg1: mode with S_IFMT, arg2: major, arg3: minor, arg4: uid, arg5: gid.
                                    A node that is there already must match in type and number, else EEXIST */
    LADE_OP_SYMLINK = 29,        /* arg0: path, arg1: str target. EEXIST is no error, but with F_REPLACE what is there is removed first.
                                    arg2: path that must exist, else nothing is done (0: no condition) */
    LADE_OP_MASK = 30,           /* arg0: path; a directory gets the shared empty read-only tmpfs, anything else a null device of this container's alone (or
                                    OPEN_NULL's). Absent paths are skipped, and named in READY. F_FALLBACK: only if the MOUNT before it had to
                                    take its fallback */
    LADE_OP_READONLY = 31,       /* arg0: path; cloned onto itself and made read-only, recursively. Absent paths are skipped */
    LADE_OP_PIVOT_ROOT = 32,     /* arg0: propagation of the new "/" (0: leave), F_RECURSIVE. F_NO_PIVOT: where the kernel refuses it (EINVAL: "/" is the
                                    initramfs), all mounts of the old root are detached, the root is moved over "/" and we chroot */
    LADE_OP_MAKE_DIRECTORY = 33, /* arg0: path, arg1: mode of the directories that have to be made */
    LADE_OP_CHROOT = 34,         /* without a mount namespace: arg0: str host path */
    LADE_OP_OPEN_NULL = 35,      /* where no node can be made: LADE_SLOT_NULL <- detached read-only mount of the host's /dev/null, verified to be character
                                    device 1:3 (CVE-2025-31133); good in any mount namespace entered later */
    LADE_OP_UNMOUNT = 36,        /* arg0: path, arg1: id of the mount, as MSG_MOUNT told it; detached with all that is mounted below. ESTALE if another mount, or
                                    none, is what the path leads to */

    /* --- the program --- */
    LADE_OP_CONSOLE = 40,        /* a new pty from the container's /dev/pts/ptmx (verified devpts, 5:2), arg0: rows, arg1: columns, arg2: uid of the slave;
                                    slave (TIOCGPTPEER) becomes 0, 1, 2; F_BIND_CONSOLE: bound on /dev/console; the master goes to lade in MSG_FD
                                    (value LADE_FD_CONSOLE) */
    LADE_OP_CHDIR = 41,          /* arg0: str path in the new root, made if missing (0755). After it the cwd must lie inside our root
                                    (CVE-2024-21626), else ENOENT with stage LADE_STAGE_CWD_ESCAPED. arg1: uid, arg2: gid whose permission counts when root's does not suffice.
                                    arg3 other than 0: a missing directory is an error */
    LADE_OP_FIND_EXECUTABLE = 42,/* arg0: str file, arg1: str PATH value (0: none), arg2: uid, arg3: gid; arg4: vec argv, arg5: vec env.
                                    execvp(3)'s search with that user's permissions (setfsuid, and the groups we have: after SETGROUPS); builds argv and envp for EXECUTE */
    LADE_OP_WAIT_START = 43,     /* slot: listening SOCK_SEQPACKET socket, kept by CLOSE_DESCRIPTORS; accepts one connection, which becomes the sync socket.
                                    slot == LADE_NO_SLOT: waits for lade's go on the sync socket instead (run) */
    LADE_OP_RUN_HOOK = 44,       /* arg0: str path, arg1: vec argv, arg2: vec env (0: the program's, from FIND_EXECUTABLE), arg3: timeout in seconds (0: none),
                                    arg4: vec of two: state JSON before the pid and after it; our pid (getpid) is written between. Fails unless the
                                    hook exits with 0. arg5: blob of struct lade_confinement, which the hook has beyond ours (0: none) */
    LADE_OP_RLIMIT = 45,         /* arg0: RLIMIT_* number, arg1: soft, arg2: hard. F_RAISE_ONLY: raises the hard limit if it is lower than arg2 and leaves the
                                    soft one (while we still may) */
    LADE_OP_UMASK = 46,          /* arg0 */
    LADE_OP_PERSONALITY = 47,    /* arg0: persona of personality(2) */
    LADE_OP_SETGROUPS = 48,      /* arg0: blob of uint32_t gids. F_OPTIONAL: EPERM is ignored when the list is empty (setgroups denied in the user namespace) */
    LADE_OP_BOUNDING = 49,       /* arg0: mask of capabilities to KEEP; all others up to arg1 (last capability) are dropped */
    LADE_OP_SETUSER = 50,        /* arg0: uid, arg1: gid; keeps permitted capabilities across the change (PR_SET_KEEPCAPS) */
    LADE_OP_CAPABILITIES = 51,   /* arg0: effective, arg1: permitted, arg2: inheritable, arg3: ambient masks: capset(2), then ambient ones raised */
    LADE_OP_NO_NEW_PRIVS = 52,
    LADE_OP_SECCOMP = 53,        /* arg0: blob of struct sock_filter[], arg1: SECCOMP_FILTER_FLAG_*; with NEW_LISTENER the descriptor goes to lade
                                    in MSG_FD (value LADE_FD_SECCOMP) and its go is awaited; arg2 other than 0: by its number, with
                                    no call but write and read. Closes descriptors as EXECUTE does, because the filter may
                                    forbid that; with arg3 other than 0 it does not, for a filter that is known to allow it later */
    LADE_OP_EXECUTE = 54,        /* closes all descriptors but 0-2, the preserved ones and the close-on-exec sync socket, then execve of what
                                    FIND_EXECUTABLE found */
    LADE_OP_SCHEDULER = 55,      /* arg0: blob: struct sched_attr */
    LADE_OP_IO_PRIORITY = 56,    /* arg0: ioprio value of ioprio_set(2) */
    LADE_OP_MEMORY_POLICY = 57,  /* arg0: mode with flags, arg1: blob of the node mask, arg2: number of bits (maxnode) */
    LADE_OP_AFFINITY = 58,       /* arg0: blob: cpu mask for sched_setaffinity(2) */
    LADE_OP_IDMAP = 59,          /* slot: detached mount, arg0: slot of a user namespace descriptor; MOUNT_ATTR_IDMAP; F_RECURSIVE */
    LADE_OP_HOOK_OUTPUT = 60,    /* slot: open file that all later hooks get as descriptor arg0 (1 or 2) instead of a pipe to us; closed before the program */
    LADE_OP_FIND_HOME = 61,      /* after FIND_EXECUTABLE: the home directory of uid arg0 in the root's /etc/passwd, read with the permissions of uid arg0, gid arg1,
                                    takes the place of variable arg2 of its environment; nothing changes where there is no such user or no such file */
    LADE_OP_STANDARD_STREAMS = 62,/* of 0-2, what is /dev/null (1:3), zero, full, random or urandom becomes the root's own, whose attributes are the program's to change; a pipe,
                                    socket or file becomes uid arg0's. Before CLOSE_DESCRIPTORS */
    LADE_OP_CONTROLLING_TERMINAL = 63, /* 0 becomes the controlling terminal, after SETSID */
    LADE_OP_CLOSE_DESCRIPTORS = 64, /* all but 0-2, the preserved ones, the sync socket, HOOK_OUTPUT's and slot (LADE_NO_SLOT: none) are closed, the procfs among
                                    them. arg0 other than 0: descriptors of our namespaces are opened before, for WORD_NAMESPACES */
    LADE_OP_EMPTY_ROOT = 65,     /* our root becomes a new empty file system that nobody else has; with arg0, an unshare(2) of arg0 (CLONE_NEWUSER) comes between the
                                    making and the entering, since neither can be done on the other side of it */
    LADE_OP_MAKE_NODES = 67,     /* LADE_SLOT_NODES <- detached file system for MAKE_NODE. While mknod(2) is still allowed: before a user namespace is entered */
    LADE_OP_MAKE_NODE = 68,      /* arg0: str name in it, arg1: mode with S_IFMT, arg2: major, arg3: minor, arg4: uid and, in the upper half, gid. arg5: str path of
                                    the same device on the host, whose mode and owner it gets (0: none) */
    LADE_OP_ATTACH_NODE = 69,    /* arg0: path, made if missing; a read-only mount of the node arg1: str name is attached to it. After ATTACH_ROOT */
    LADE_OP_DETACH_NODES = 70,   /* after the last ATTACH_NODE and before anybody looks at the root; a node "null" becomes LADE_SLOT_NULL,
                                    an empty directory LADE_SLOT_EMPTY */
    LADE_OP_HOLD_MOUNT = 71,     /* arg0: path, arg1: id of a mount, as MSG_MOUNT told it: later operations on the path are about that mount. ESTALE as UNMOUNT */
    LADE_OP_REPORT_MOUNTS = 72,  /* MSG_MOUNT for every later MOUNT and ATTACH */
    LADE_OP_PROC_NAMESPACE = 66, /* slot: pid namespace that the procfs of every later MOUNT shows, though we are not in it. arg0 other than 0: our children are */
};

/* Flags of an operation. */
#define LADE_F_RECURSIVE 0x0001u
#define LADE_F_NOFOLLOW 0x0002u
#define LADE_F_NO_SYMLINKS 0x0004u
#define LADE_F_IN_PROC 0x0008u
#define LADE_F_INHERIT_MODE 0x0010u
#define LADE_F_COPY_UP 0x0020u
#define LADE_F_OPTIONAL 0x0040u
#define LADE_F_REPLACE 0x0080u
#define LADE_F_SUPERBLOCK 0x0100u
#define LADE_F_NO_PIVOT 0x0200u
#define LADE_F_BIND_CONSOLE 0x0400u
#define LADE_F_RAISE_ONLY 0x0800u
#define LADE_F_DUMPABLE 0x1000u
#define LADE_F_OPTIONAL_FLAGS 0x2000u
#define LADE_F_SHARED_PARENT 0x4000u
#define LADE_F_FALLBACK 0x8000u

/* Slots with a fixed meaning; the plan's own start at LADE_FIRST_SLOT. */
#define LADE_SLOT_ROOT 0u
#define LADE_SLOT_NULL 1u  /* a null device */
#define LADE_SLOT_EMPTY 2u /* the shared empty tmpfs for masked directories, made at first need */
#define LADE_SLOT_NODES 3u /* the file system of MAKE_NODE */
#define LADE_FIRST_SLOT 4u
#define LADE_NO_SLOT 0xffffffffu

/* What a SYNC asks lade to do before it answers. */
enum lade_sync {
    LADE_SYNC_MAP_IDS = 1,      /* write uid_map, gid_map, setgroups of our pid */
    LADE_SYNC_TIME_OFFSETS = 2, /* write timens_offsets of our pid */
    LADE_SYNC_HOOKS = 3,        /* mounts are done: prestart and createRuntime hooks */
    LADE_SYNC_READY = 4,        /* all is done that create has to do */
    LADE_SYNC_NAMESPACES = 5,   /* namespaces exist: move network devices, write what only the host may */
    LADE_SYNC_CGROUP = 6,       /* have our process put into its systemd unit */
};

/* Messages, one SEQPACKET packet each. From init to lade: this header and `text_length` bytes of text. From lade to init: one byte. */
enum lade_message_kind {
    LADE_MSG_SYNC = 1,  /* value: enum lade_sync; waits for the go. Text of READY: uint16_t indices of the MASKs and READONLYs whose path is absent */
    LADE_MSG_PID = 2,   /* value: pid of the process made by CLONE, as lade sees it */
    LADE_MSG_ERROR = 3, /* op, stage, error; value: number of operations, since `start` counts from the end; text: what the kernel or a hook said */
    LADE_MSG_MOUNT = 5, /* op; value: id of the mount that MOUNT or ATTACH has just made; only after REPORT_MOUNTS, and not answered */
    LADE_MSG_FD = 4,    /* value: LADE_FD_*; the descriptor comes with SCM_RIGHTS, or lade takes `number` by pidfd_getfd(2); waits for the go */
};

/* The bytes from lade to init. Whoever may connect to the listening socket of WAIT_START may also ask for descriptors of our namespaces: as a process
 * that is not dumpable we are closed to an ordinary user, whose namespaces these are. They come as MSG_FD each (value: CLONE_NEW*), then the end. */
#define LADE_WORD_GO 1u
#define LADE_WORD_NAMESPACES 2u

#define LADE_FD_CONSOLE 1u
#define LADE_FD_SECCOMP 2u

struct lade_message {
    uint32_t kind;
    uint32_t op;    /* index of the operation */
    uint32_t stage; /* enum lade_stage: which step of the operation */
    int32_t error;  /* errno; for a hook: its wait status; 0 where none fits */
    uint64_t value;
    uint32_t text_length;
    int32_t number; /* MSG_FD: our number of the descriptor when it does not come with the message; else 0 */
};
#define LADE_MAX_TEXT 3072u

/* What the program has beyond us while we run its hooks: a filter, loaded with `flags`, and then the capability sets; with `capabilities` 0 ours are the
 * program's already. */
struct lade_confinement {
    uint64_t effective;
    uint64_t permitted;
    uint64_t inheritable;
    uint64_t ambient;
    uint32_t capabilities;
    uint32_t flags; /* SECCOMP_FILTER_FLAG_* */
    /* struct sock_filter[] to the end of the blob */
};

/* Which step of an operation failed: says more than the errno alone. */
enum lade_stage {
    LADE_STAGE_NONE = 0,
    LADE_STAGE_PLAN = 1,         /* the plan itself is malformed */
    LADE_STAGE_SOURCE = 2,       /* opening the source of a mount */
    LADE_STAGE_TARGET = 3,       /* resolving or making the target */
    LADE_STAGE_FSOPEN = 4,
    LADE_STAGE_FSCONFIG = 5,     /* text: key=value, then what the kernel said */
    LADE_STAGE_FSMOUNT = 6,
    LADE_STAGE_ATTRIBUTES = 7,   /* mount_setattr */
    LADE_STAGE_MOVE = 8,         /* move_mount */
    LADE_STAGE_COPY_UP = 9,      /* text: the file */
    LADE_STAGE_INSIDE_PROC = 10, /* the target lies inside a procfs */
    LADE_STAGE_NOT_DIRECTORY = 11, /* F_NO_SYMLINKS: the target is not an ordinary directory */
    LADE_STAGE_CWD_ESCAPED = 12,
    LADE_STAGE_LOOKUP = 13,      /* executable not found in PATH */
    LADE_STAGE_STAT = 14,        /* executable given with a slash: stat failed, or not executable */
    LADE_STAGE_EXEC = 15,        /* execve itself */
    LADE_STAGE_HOOK_START = 16,  /* the hook could not be executed */
    LADE_STAGE_HOOK_STATUS = 17, /* it ended with a bad status (error); text: its output */
    LADE_STAGE_HOOK_TIMEOUT = 18,
    LADE_STAGE_DEVICE_NULL = 19, /* /dev/null is not character device 1:3 */
    LADE_STAGE_PTY = 20,
    LADE_STAGE_CONSOLE_BIND = 21,
    LADE_STAGE_AMBIENT = 22,
    LADE_STAGE_SEND_FD = 23,
    LADE_STAGE_USER = 24,        /* the program's user or group has no mapping in the user namespace */
};

#endif
