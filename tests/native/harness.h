/* Builds plans by hand, starts init with them in new namespaces and collects what it says. */
#ifndef HARNESS_H
#define HARNESS_H

#define _GNU_SOURCE
#include "../../native/init/plan.h"
#include "../../native/spawn/spawn.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- plan --- */
struct builder {
    unsigned char data[1 << 18];
    uint32_t used;
    struct lade_op ops[192];
    uint32_t op_count;
    int32_t slots[32];
    uint32_t slot_count;
    uint32_t preserve_fds;
    int proc_fd;
};

void plan_begin(struct builder *b);
uint64_t plan_str(struct builder *b, const char *text);
uint64_t plan_blob(struct builder *b, const void *bytes, uint32_t length);
uint64_t plan_vec(struct builder *b, const char *const *strings); /* up to NULL; "" stands for offset 0 */
#define VEC(b, ...) plan_vec((b), (const char *const[]) { __VA_ARGS__, NULL })
uint32_t plan_slot(struct builder *b, int fd);
uint32_t plan_op(struct builder *b, enum lade_opcode code, uint16_t flags, uint32_t slot, const uint64_t arguments[6]); /* its index */
#define OP(b, code, flags, slot, ...) plan_op((b), LADE_OP_##code, (flags), (slot), (const uint64_t[6]) { __VA_ARGS__ })

/* The root at `root` becomes ROOT, with a procfs and a tmpfs on /dev with the usual nodes. */
void plan_root(struct builder *b, const char *root);
/* pivot_root, then what every program needs, up to EXECUTE of `/bin/sh -c script`. */
void plan_program(struct builder *b, const char *script);
void plan_shell(struct builder *b, const char *script); /* FIND_EXECUTABLE and EXECUTE only */

/* --- run --- */
struct run {
    pid_t pid;
    pid_t cloned;      /* from MSG_PID */
    int sync;
    int status;        /* wait status */
    bool failed;       /* MSG_ERROR came */
    struct lade_message error;
    char text[LADE_MAX_TEXT + 1];
    char output[65536]; /* stdout and stderr of the program */
    int console;       /* from MSG_FD, or -1 */
    int number;        /* of the descriptor of MSG_FD that did not come with it */
    int sync_number;   /* of the sync socket in init */
    int spawn_error;
    void (*on_sync)(struct run *run, uint64_t what);
    void (*on_console)(struct run *run);
    int output_fd;     /* what the program gets as 1 and 2 instead of a pipe, or -1 */
    int extra_keep;    /* a descriptor to leave open in init, or -1 */
    int leak;          /* a descriptor that is open in lade without close-on-exec, or -1 */
    uint64_t clone_flags;
    int cgroup_fd;
};

/* An init that stays silent for long, or writes without end, is killed, and the test has failed. */
void run_plan(struct builder *b, struct run *run);
extern const struct run fresh_run;

/* --- results --- */
extern int failures;
#define CHECK(condition, ...) check((condition), #condition, __FILE__, __LINE__, __VA_ARGS__)
void check(bool condition, const char *text, const char *file, int line, const char *format, ...) __attribute__((format(printf, 5, 6)));
void test(const char *name, void (*body)(void));
/* Succeeded: no error message, exit status 0. */
bool went_well(const struct run *run);
bool failed_with(const struct run *run, uint32_t op, uint32_t stage, int error);

/* A process in a pid namespace of its own, alone there. */
pid_t start_elsewhere(void);
void stop(pid_t pid);

extern const char *root_path; /* a fresh busybox root for this test */
void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool read_file(const char *path, char *text, size_t size);

#endif
