/* The plan: what lade (C#) compiles from config.json, as read by `init`; and the messages between the two. This header defines the format;
 * src/Lade/Plan/PlanFormat.cs is its C# counterpart, and a unit test compiles this header and compares both. The operations are in operations.h.
 *
 * A plan is a sealed memfd: header, data, operations, slots. All offsets count from the start of the file; offset 0 means none. A string is NUL-terminated. A
 * vector is a u32 count followed by that many u32 string offsets. A blob is a u32 length followed by its bytes. Everything but strings is aligned to 4, the
 * bytes of a blob to 8. A slot is an index into the slot table; 0 means none.
 *
 * Operations are consecutive, each of `size` bytes: struct lade_op, then the arguments in the order of its structure in operations.h, without padding. A number
 * takes 4 or 8 bytes, an offset or a slot 4. Bit N of the flags is the Nth flag of the structure.
 *
 * `init` maps the plan read-only and executes the operations in order. src/Lade/Planning/CreatePlan.cs decides the order and says why. Failures are reported
 * with the index of the operation, so that lade can name the config.json property that requested it.
 */
#ifndef LADE_PLAN_H
#define LADE_PLAN_H

#include <stdint.h>

#define LADE_PLAN_MAGIC 0x4544414cu /* "LADE", little endian */
#define LADE_PLAN_VERSION 2u
#define LADE_MAX_SLOTS 4096u

struct lade_plan {
    uint32_t magic;
    uint32_t version;
    uint32_t total_size;
    uint32_t op_count;
    uint32_t ops;          /* offset of the first struct lade_op */
    uint32_t slot_count;   /* at most LADE_MAX_SLOTS */
    uint32_t slots;        /* offset of int32_t[slot_count]: inherited descriptor of each slot, or -1 if init fills it */
    int32_t sync_fd;       /* SOCK_SEQPACKET, connected to lade */
    int32_t proc_fd;       /* O_PATH directory of the host's procfs, verified by lade */
    uint32_t preserve_fds; /* descriptors 3 .. 3+n-1 belong to the program */
};

struct lade_op {
    uint16_t code; /* operation number */
    uint16_t size; /* including this header */
    uint32_t flags;
};

/* Decoded arguments. The strings of a vector are offsets for plan_string(). */
typedef uint32_t lade_slot;
struct lade_vector {
    const uint32_t *strings; /* NULL: none */
    uint32_t count;
};
struct lade_blob {
    const void *bytes;
    uint32_t length;
};

/* Slots with a fixed meaning; others start at LADE_FIRST_SLOT. */
#define LADE_NO_SLOT 0u
#define LADE_SLOT_ROOT 1u
#define LADE_SLOT_NULL 2u  /* a null device */
#define LADE_SLOT_EMPTY 3u /* shared empty tmpfs for masked directories, created on first use */
#define LADE_SLOT_NODES 4u /* file system of MAKE_NODE */
#define LADE_FIRST_SLOT 5u

/* What lade has to do before it answers a SYNC. */
enum lade_sync {
    LADE_SYNC_MAP_IDS = 1,      /* write uid_map, gid_map and setgroups */
    LADE_SYNC_TIME_OFFSETS = 2, /* write timens_offsets */
    LADE_SYNC_HOOKS = 3,        /* mounts are done: run prestart and createRuntime hooks */
    LADE_SYNC_READY = 4,        /* create is done */
    LADE_SYNC_NAMESPACES = 5,   /* namespaces exist: move network devices, write what only the host may */
    LADE_SYNC_CGROUP = 6,       /* move us into our systemd unit */
    LADE_SYNC_JOINED = 8,       /* check that the process whose namespaces we joined has not left them */
    LADE_SYNC_CHECK = 7,        /* compare our mounts with the plan, before container processes can forge messages */
};

/* Messages, one SEQPACKET packet each. From init to lade: this header and `text_length` bytes of text. From lade to init: one byte. */
enum lade_message_kind {
    LADE_MSG_SYNC = 1,  /* value: enum lade_sync; waits for go. Text of READY: uint16_t indices of the MASK_PATHs and READONLY_PATHs whose path is missing */
    LADE_MSG_PID = 2,   /* value: pid of the process created by CLONE, as seen by lade */
    LADE_MSG_ERROR = 3, /* op, stage, error; text: what the kernel or a hook said */
    LADE_MSG_MOUNT = 5, /* op; value: ID of the mount just made by MOUNT or ATTACH; only after REPORT_MOUNTS, not answered */
    LADE_MSG_FD = 4,    /* value: LADE_FD_*; the descriptor is passed with SCM_RIGHTS, or lade takes `number` by pidfd_getfd(2); waits for go */
};

/* The bytes from lade to init. A process that may connect to the listening socket of WAIT_FOR_START may also request descriptors of our namespaces: an
 * unprivileged user, who owns them, has no access to the /proc entry of a non-dumpable process. Each is sent as MSG_FD (value: CLONE_NEW*), then the
 * connection is closed. */
#define LADE_COMMAND_GO 1u
#define LADE_COMMAND_NAMESPACES 2u

#define LADE_FD_CONSOLE 1u
#define LADE_FD_SECCOMP 2u

struct lade_message {
    uint32_t kind;
    uint32_t op;    /* index of the operation */
    uint32_t stage; /* enum lade_stage */
    int32_t error;  /* errno, or the wait status of a hook; 0 if not applicable */
    uint64_t value;
    uint32_t text_length;
    int32_t number; /* MSG_FD: number of our descriptor if it is not passed with the message, otherwise 0 */
};
#define LADE_MAX_TEXT 3072u

/* The step of an operation that failed. */
enum lade_stage {
    LADE_STAGE_NONE = 0,
    LADE_STAGE_PLAN = 1,         /* the plan itself is malformed */
    LADE_STAGE_SOURCE = 2,       /* opening the source of a mount */
    LADE_STAGE_TARGET = 3,       /* resolving or creating the target */
    LADE_STAGE_FSOPEN = 4,
    LADE_STAGE_FSCONFIG = 5,     /* text: key=value, then the kernel's message */
    LADE_STAGE_FSMOUNT = 6,
    LADE_STAGE_ATTRIBUTES = 7,   /* mount_setattr */
    LADE_STAGE_MOVE = 8,         /* move_mount */
    LADE_STAGE_COPY_UP = 9,      /* text: the file */
    LADE_STAGE_INSIDE_PROC = 10, /* the target lies inside a procfs */
    LADE_STAGE_NOT_DIRECTORY = 11, /* no_symlinks: the target is not an ordinary directory */
    LADE_STAGE_CWD_ESCAPED = 12,
    LADE_STAGE_LOOKUP = 13,      /* executable not found in PATH */
    LADE_STAGE_STAT = 14,        /* executable given with a slash: stat failed, or not executable */
    LADE_STAGE_EXEC = 15,        /* execve itself */
    LADE_STAGE_HOOK_START = 16,  /* the hook could not be executed */
    LADE_STAGE_HOOK_STATUS = 17, /* it failed (error: wait status); text: its output */
    LADE_STAGE_HOOK_TIMEOUT = 18,
    LADE_STAGE_DEVICE_NULL = 19, /* /dev/null is not character device 1:3 */
    LADE_STAGE_PTY = 20,
    LADE_STAGE_CONSOLE_BIND = 21,
    LADE_STAGE_AMBIENT = 22,
    LADE_STAGE_SEND_FD = 23,
    LADE_STAGE_USER = 24,        /* the program's user or group has no mapping in the user namespace */
};

#endif
