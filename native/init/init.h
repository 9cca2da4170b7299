/* What the files of init share: the state, the plan's accessors, failing, paths below the root, mounts by descriptor.
 *
 * The rule for errors: an operation returns only if all went well. Every other way ends in fail(), which tells lade the operation,
 * the stage and the errno, and exits: the process of a container that failed to be made must never run on. */
#ifndef LADE_INIT_H
#define LADE_INIT_H

#include "operations.h"
#include "sys.h"
#include <sys/stat.h>
#include <sys/uio.h>

#define LADE_NAMESPACE_TYPES 8

/* The only state: the mapped plan, the descriptors, and what FIND_EXECUTABLE found. */
struct init_state {
    const unsigned char *plan;
    const struct lade_op *op; /* the one that is executed */
    uint32_t plan_size;
    uint32_t op_count;
    uint32_t op_index;
    uint32_t slot_count;
    uint32_t preserve_fds;
    int floor;         /* descriptors from here on are temporary: see release() */
    uint32_t attached; /* bit of a slot: its mount is attached somewhere already */
    bool fell_back;    /* the last MOUNT took its fallback */
    bool root_over_top; /* the root is attached over "/" */
    uint64_t descriptor_limit; /* RLIMIT_NOFILE as it was, or 0: see load_plan() */
    int sync_fd;
    int proc_fd;          /* -1 from CLOSE_DESCRIPTORS on */
    bool reports_mounts;
    unsigned skipped_count;
    uint16_t skipped[512]; /* operations whose path is absent */
    bool closed;          /* nothing is open any more but what the last steps need */
    int pid_namespace;    /* what a new procfs shows; 0: our own */
    bool children_are_inside; /* of pid_namespace, whatever they do */
    int namespaces[LADE_NAMESPACE_TYPES]; /* ours, for others who want to join; 0: none */
    int hook_output[2]; /* what hooks get as 1 and 2; 0: a pipe to us */
    const char *hook_state[2]; /* the state that hooks get on stdin: before and after our pid; in the plan */
    uint32_t lookup_index; /* the operation whose arguments `argv` and `envp` lead to */
    const char *program;
    char **argv;
    char **envp;
    int slots[LADE_MAX_SLOTS];
};
extern struct init_state init;

/* --- main.c: report and sync protocol --- */
_Noreturn void leave(int status);
_Noreturn void fail(enum lade_stage stage);                   /* with errno */
int need(long result, enum lade_stage stage);                 /* fails with errno if the result is negative */
_Noreturn void fail_with(enum lade_stage stage, int error);
_Noreturn void fail_text(enum lade_stage stage, int error, const struct iovec *text, int parts);
void send_message(const struct lade_message *message, const struct iovec *text, int parts, int descriptor);
void await_go(void);
int receive_word(int socket);                                 /* -1: the other side is gone */
bool offer_descriptor(int socket, int descriptor, uint64_t value); /* MSG_FD to somebody else; false: it is gone */
void hand_over(int descriptor, uint64_t value);               /* MSG_FD; waits for the go */
void hand_over_number(int descriptor, uint64_t value);        /* the same without sendmsg(2) */
void stay_undumpable(void);

/* --- plan.c: accessors, checked against the plan's bounds --- */
void load_plan(int fd);                                       /* fails unless it consists of operations that there are */
const struct lade_op *next_operation(const struct lade_op *op);
void decode(const struct lade_op *op, void *arguments);       /* into the structure of the operation */
const char *resolved_path(const struct lade_op *op);          /* NULL for one that resolves none */
const char *plan_string(uint32_t offset);
const char *plan_optional_string(uint32_t offset);            /* offset 0: NULL */
int slot_fd(lade_slot slot);
void set_slot(lade_slot slot, int fd);
void keep_descriptor(int fd);                                 /* release() leaves it open */
void forget_slot(lade_slot slot);                             /* its descriptor stays open until WAIT_FOR_START */
void forget_plan(void);                                       /* but what is still to be done */
void release(void);
void restore_descriptor_limit(void);
char **fill_pointers(char **pointers, struct lade_vector strings); /* NULL-terminated; returns what follows */
void *map_memory(size_t size);
struct iovec text_of(const char *string);
char *format_number(char *end, uint64_t number, unsigned base); /* digits before `end`, which gets the NUL */

/* --- paths.c: resolution and creation below the root --- */
enum target_kind { TARGET_DIRECTORY, TARGET_FILE };
void forget_parent(void);
int root_fd(void);
/* Below a mount that is held, if the path names one, else below the root. */
int open_below(const char *path, uint64_t flags, uint64_t resolve);
int open_by_name(const char *path, uint64_t resolve);
bool is_kernel_interface(int fd);                              /* procfs, sysfs, cgroup ...: also when that cannot be found out */
int open_data(int node, struct stat *status);
int open_device(int node, dev_t device, int flags);
void hold_mount(const char *path, int mount, bool of_kernel); /* `path` points into the plan */
bool is_of_kernel(const char *path);                          /* it names a held procfs or sysfs first of all */
void forget_held(void);
/* The target of a mount, made if missing; `source`: the mount that decides what to make, or -1 for a directory. `found`: what was there before; its st_mode
 * is 0 for a target just made. */
int open_target(const char *path, int source, unsigned flags, struct stat *found);
#define TARGET_NO_SYMLINKS 1u                                 /* an ordinary directory that no link leads to */
#define TARGET_REAL_PATH 4u                                   /* no link leads to it */
#define TARGET_NO_FOLLOW 2u                                   /* a link at the end is itself the target */
void attach_to_target(int mount, int target);                /* right after open_target(), whose result is good for nothing else when it was made */
int make_below(const char *path, enum target_kind kind, mode_t mode, uint64_t resolve); /* mode of directories */
int open_parent(const char *path, const char **name);         /* makes what is missing */

/* --- mounts.c --- */
void set_attributes(int mount, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive);
int try_attributes(int mount, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive); /* -1 and errno */
int clone_mount(int fd, enum lade_stage stage);

/* --- root.c --- */
void make_parent_private(int target);

/* --- oldroot.c --- */
void move_over_top(int old, int root, bool shared);

/* --- mounts.c, of our own --- */
int new_tmpfs(const char *inodes);                            /* detached */

/* --- held.c --- */
uint64_t mount_id(int fd);
uint64_t mount_identity(int fd);                              /* never given to another mount */

/* --- nodes.c --- */
/* A device on a read-only mount can be written to, its attributes cannot. */
#define NODE_ATTRIBUTES (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)
void make_masks(void);                                        /* fills LADE_SLOT_NULL and LADE_SLOT_EMPTY */
void attach(int mount, int target, enum lade_stage stage);

/* --- namespaces.c --- */
void open_namespaces(void);
void give_namespaces(int socket);

/* --- procfs.c --- */
int open_context(const char *type);                           /* fsopen(2); a procfs shows the pid namespace of SET_PROC_NAMESPACE. -1 and errno */

/* --- credentials.c --- */
struct sock_fprog program_of(struct lade_blob filter);
void change_effective_user(uid_t uid); /* keeps the capabilities */
int confine(const struct op_run_hook *op, const struct sock_fprog *program);

/* --- copyup.c --- */
void copy_up(int target, int mount, bool root_attributes);

/* --- execute.c --- */
void close_descriptors(const int *kept, int count);
void assume(uid_t uid, gid_t gid);                            /* the permissions of a user over files, until return_to_self() */
void return_to_self(void);

/* --- the operations, one function each --- */
#define LADE_PROTOTYPE(number, NAME, name, ...) void op_##name(const struct op_##name *op);
#define LADE_BARE_PROTOTYPE(number, NAME, name) void op_##name(void);
LADE_OPERATIONS(LADE_PROTOTYPE, LADE_BARE_PROTOTYPE)

#endif
