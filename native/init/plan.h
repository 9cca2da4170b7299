/* The plan: what lade (C#) compiled from config.json, as `init` reads it; and the messages between the two. This header is the format; src/Lade/Plan/PlanFormat.cs is
 * its C# twin, and a unit test compiles this header and holds both together. The operations themselves are in operations.h.
 *
 * A plan is one sealed memfd: header, data, operations, slots. All offsets count from the start of the file; offset 0 is "none". A string is NUL-terminated. A vector
 * is a u32 count followed by that many u32 string offsets. A blob is a u32 length followed by its bytes. All but strings begins at multiples of 4, the bytes of a blob
 * at multiples of 8. A slot is an index into the table of slots, and 0 is none.
 *
 * Operations follow each other, each `size` bytes: struct lade_op, then its arguments in the order of its structure in operations.h and without gaps. A number has 4 or 8
 * bytes, an offset or a slot 4. Bit N of the flags is the Nth flag of the structure.
 *
 * `init` maps the plan read-only and executes the operations in order. Which order is right, and why, is said once: in
 * src/Lade/Planning/CreatePlan.cs. Every failure is reported with the operation's index, so that lade can name the property of
 * config.json that asked for it.
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
    uint32_t slots;        /* offset of int32_t[slot_count]: inherited descriptor of a slot, or -1 for one that init fills */
    int32_t sync_fd;       /* SOCK_SEQPACKET, connected to lade */
    int32_t proc_fd;       /* O_PATH directory of the host's procfs, verified by lade */
    uint32_t preserve_fds; /* descriptors 3 .. 3+n-1 belong to the program */
};

struct lade_op {
    uint16_t code; /* enum lade_opcode */
    uint16_t size; /* these eight bytes and the arguments */
    uint32_t flags;
};

/* What decode() makes of arguments. The strings of a vector are offsets for plan_string(). */
typedef uint32_t lade_slot;
struct lade_vector {
    const uint32_t *strings; /* NULL: none */
    uint32_t count;
};
struct lade_blob {
    const void *bytes;
    uint32_t length;
};

/* Slots with a fixed meaning; the plan's own start at LADE_FIRST_SLOT. */
#define LADE_NO_SLOT 0u
#define LADE_SLOT_ROOT 1u
#define LADE_SLOT_NULL 2u  /* a null device */
#define LADE_SLOT_EMPTY 3u /* the shared empty tmpfs for masked directories, made at first need */
#define LADE_SLOT_NODES 4u /* the file system of MAKE_NODE */
#define LADE_FIRST_SLOT 5u

/* What a SYNC asks lade to do before it answers. */
enum lade_sync {
    LADE_SYNC_MAP_IDS = 1,      /* write uid_map, gid_map, setgroups of our pid */
    LADE_SYNC_TIME_OFFSETS = 2, /* write timens_offsets of our pid */
    LADE_SYNC_HOOKS = 3,        /* mounts are done: prestart and createRuntime hooks */
    LADE_SYNC_READY = 4,        /* all is done that create has to do */
    LADE_SYNC_NAMESPACES = 5,   /* namespaces exist: move network devices, write what only the host may */
    LADE_SYNC_CGROUP = 6,       /* have our process put into its systemd unit */
    LADE_SYNC_CHECK = 7,        /* compare our mounts with the plan, before a process of the container can speak in our place */
};

/* Messages, one SEQPACKET packet each. From init to lade: this header and `text_length` bytes of text. From lade to init: one byte. */
enum lade_message_kind {
    LADE_MSG_SYNC = 1,  /* value: enum lade_sync; waits for the go. Text of READY: uint16_t indices of the MASK_PATHs and READONLY_PATHs whose path is absent */
    LADE_MSG_PID = 2,   /* value: pid of the process made by CLONE, as lade sees it */
    LADE_MSG_ERROR = 3, /* op, stage, error; text: what the kernel or a hook said */
    LADE_MSG_MOUNT = 5, /* op; value: id of the mount that MOUNT or ATTACH has just made; only after REPORT_MOUNTS, and not answered */
    LADE_MSG_FD = 4,    /* value: LADE_FD_*; the descriptor comes with SCM_RIGHTS, or lade takes `number` by pidfd_getfd(2); waits for the go */
};

/* The bytes from lade to init. Whoever may connect to the listening socket of WAIT_FOR_START may also ask for descriptors of our namespaces: as a process
 * that is not dumpable we are closed to an ordinary user, whose namespaces these are. They come as MSG_FD each (value: CLONE_NEW*), then the end. */
#define LADE_COMMAND_GO 1u
#define LADE_COMMAND_NAMESPACES 2u

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
    LADE_STAGE_NOT_DIRECTORY = 11, /* no_symlinks: the target is not an ordinary directory */
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
