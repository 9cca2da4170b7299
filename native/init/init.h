/* Shared declarations of init: state, error reporting, plan access, mounts by descriptor, paths below the root. The sections are the layers of init: a file calls
 * functions of the sections above its own only, which a unit test checks. main.c calls the operations.
 *
 * Errors: an operation returns only on success. Any failure ends in fail(), which reports operation, stage and errno to lade and exits: the process of a
 * container that could not be set up must never continue. */
#ifndef LADE_INIT_H
#define LADE_INIT_H

#include "operations.h"
#include "sys.h"
#include <sys/stat.h>
#include <sys/uio.h>

#define LADE_NAMESPACE_TYPES 8

/* The entire state: the mapped plan, descriptors, and the result of FIND_EXECUTABLE. */
struct init_state {
    const unsigned char *plan;
    const struct lade_op *op; /* the current one */
    uint32_t plan_size;
    uint32_t op_count;
    uint32_t op_index;
    uint32_t slot_count;
    uint32_t preserve_fds;
    int first_temporary_fd; /* descriptors from here on are temporary: see release() */
    uint32_t attached;      /* bit N: the mount of slot N is attached already */
    bool fell_back;         /* the last MOUNT used its fallback */
    bool root_over_slash;   /* the root is attached over "/" */
    uint64_t descriptor_limit; /* original RLIMIT_NOFILE, or 0: see load_plan() */
    int sync_fd;
    int proc_fd;            /* -1 after CLOSE_DESCRIPTORS */
    bool reports_mounts;
    unsigned skipped_count;
    uint16_t skipped[512]; /* operations whose path is missing */
    bool closed;           /* all descriptors not needed by the last steps are closed */
    int pid_namespace;     /* shown by new procfs mounts; 0: our own */
    bool children_in_pid_namespace; /* all our children are in pid_namespace */
    int namespaces[LADE_NAMESPACE_TYPES]; /* ours, for processes that want to join; 0: none */
    int hook_output[2];    /* descriptors 1 and 2 of hooks; 0: a pipe to us */
    const char *hook_state[2]; /* hooks' stdin, before and after our pid; in the plan */
    uint32_t lookup_index; /* the operation whose arguments `argv` and `envp` point to */
    const char *program;
    char **argv;
    char **envp;
    int slots[LADE_MAX_SLOTS];
};
extern struct init_state init;

/* --- report.c: messages to lade --- */
_Noreturn void terminate(int status);
_Noreturn void fail(enum lade_stage stage);                   /* with errno */
int must(long result, enum lade_stage stage);                 /* fails with errno if the result is negative */
_Noreturn void fail_with(enum lade_stage stage, int error);
_Noreturn void fail_text(enum lade_stage stage, int error, const struct iovec *text, int parts);
void send_message(const struct lade_message *message, const struct iovec *text, int parts, int descriptor);
void wait_for_go(void);
int receive_command(int socket);                              /* -1: the other side has exited */
bool try_send_fd(int socket, int descriptor, uint64_t value); /* MSG_FD to another process; false: it has exited */
void send_fd(int descriptor, uint64_t value);                 /* MSG_FD; waits for go */
void send_fd_number(int descriptor, uint64_t value);          /* the same without sendmsg(2) */
void clear_dumpable(void);

/* --- plan.c: accessors, checked against the plan's bounds; small helpers --- */
void load_plan(int fd);                                       /* fails on unknown operations */
const struct lade_op *next_operation(const struct lade_op *op);
void decode(const struct lade_op *op, void *arguments);       /* into the operation's structure */
const char *resolved_path(const struct lade_op *op);          /* NULL if it resolves none */
const char *plan_string(uint32_t offset);
const char *plan_optional_string(uint32_t offset);            /* offset 0: NULL */
int slot_fd(lade_slot slot);
void set_slot(lade_slot slot, int fd);
void keep_descriptor(int fd);                                 /* exempts it from release() */
void clear_slot(lade_slot slot);                              /* its descriptor stays open until WAIT_FOR_START */
void scrub_plan(void);                                        /* except for the remaining operations */
void restore_descriptor_limit(void);
char **fill_pointers(char **pointers, struct lade_vector strings); /* NULL-terminated; returns what follows */
void *map_memory(size_t size);
struct iovec to_iovec(const char *string);
char *format_number(char *end, uint64_t number, unsigned base); /* digits before `end`, which is set to NUL */
void close_preserving_errno(int fd);
#define FD_PATH_SIZE 24
void fd_path(char path[FD_PATH_SIZE], int fd);                /* relative to /proc */

/* --- mountfd.c: mounts and file system contexts by descriptor --- */
/* A device on a read-only mount remains writable, but its attributes do not. */
#define NODE_ATTRIBUTES (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)
int try_attributes(int mount, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive); /* -1 and errno */
void set_attributes(int mount, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive);
void map_ids(int mount, int user_namespace, bool recursive);
void make_parent_private(int target);
int clone_mount(int fd, enum lade_stage stage);
void attach(int mount, int target, enum lade_stage stage);
uint64_t mount_id(int fd);
uint64_t mount_identity(int fd);                              /* never reused for another mount */
_Noreturn void fail_context(int context, enum lade_stage stage, int error, const char *key, const char *value);
void set_option(int context, const char *key, const char *value, bool optional_flags);
void set_options(int context, struct lade_vector options, bool optional_flags);
void run_command(int context, unsigned command);              /* FSCONFIG_CMD_* */
int new_tmpfs(const char *inodes);                            /* detached, at most this many inodes */
int try_empty_tmpfs(uint64_t attributes);                     /* detached; -1 and errno */

/* --- paths.c: resolution and creation below the root --- */
enum target_kind { TARGET_DIRECTORY, TARGET_FILE };
void release(void);                                           /* closes temporary descriptors */
void drop_cached_parent(void);
int root_fd(void);
/* Below a held mount if the path names one, otherwise below the root. */
int open_below(const char *path, uint64_t flags, uint64_t resolve);
int open_by_name(const char *path, uint64_t resolve);
void hold_mount(const char *path, int mount, bool is_kernel_fs); /* `path` points into the plan */
bool is_on_kernel_fs(const char *path);                       /* it starts with a held procfs or sysfs */
void drop_held_mounts(void);
/* The target of a mount, created if missing. `source`: the mount that decides what to create, or -1 for a directory. `found`: its previous status; st_mode is
 * 0 for a target just created. */
int open_target(const char *path, int source, unsigned flags, struct stat *found);
#define TARGET_NO_SYMLINKS 1u                                 /* an ordinary directory, reached without symbolic links */
#define TARGET_NO_FOLLOW 2u                                   /* a symbolic link in the last component is the target */
#define TARGET_REAL_PATH 4u                                   /* reached without symbolic links */
void attach_to_target(int mount, int target);                 /* the only valid use of open_target()'s result if the target was just created */
int make_below(const char *path, enum target_kind kind, mode_t mode, uint64_t resolve); /* mode of directories */
int open_parent(const char *path, const char **name);         /* creates what is missing */

/* --- contents.c: the only way to open a file or device of the container for its contents --- */
bool is_kernel_interface(int fd);                             /* procfs, sysfs, cgroup ...; also if that cannot be determined */
int open_data(int node, struct stat *status);                 /* for reading; -1 and ESTALE unless it is a regular file with plain contents */
int open_device(int node, dev_t device, int flags);           /* -1 and ENODEV unless it is that character device */

/* --- oldroot.c --- */
void move_root(int old, int root, bool shared);

/* --- root.c: operations only --- */

/* --- nodes.c --- */
void make_masks(void);                                        /* fills LADE_SLOT_NULL and LADE_SLOT_EMPTY */

/* --- devices.c: operations only --- */

/* --- procfs.c --- */
int open_context(const char *type);                           /* fsopen(2); a procfs shows the pid namespace of SET_PROC_NAMESPACE. -1 and errno */

/* --- copyup.c --- */
void copy_up(int target, int mount, bool root_attributes);

/* --- mounts.c, held.c: operations only --- */

/* --- namespaces.c --- */
void raise_permitted(void);                                   /* makes the permitted capabilities effective */
void open_namespaces(void);
void send_namespaces(int socket);

/* --- execute.c --- */
void close_descriptors(const int *kept, int count);
void set_fsids(uid_t uid, gid_t gid);                         /* the user's file permissions, until restore_fsids() */
void restore_fsids(void);

/* --- home.c, streams.c, console.c: operations only --- */

/* --- credentials.c --- */
struct sock_fprog to_fprog(struct lade_blob filter);
int restrict_hook(const struct op_run_hook *op, const struct sock_fprog *program);

/* --- hooks.c: operations only --- */

/* --- the operations, one function each --- */
#define LADE_PROTOTYPE(number, NAME, name, ...) void op_##name(const struct op_##name *op);
#define LADE_BARE_PROTOTYPE(number, NAME, name) void op_##name(void);
LADE_OPERATIONS(LADE_PROTOTYPE, LADE_BARE_PROTOTYPE)

#endif
