/* Builds plans, starts init with them in new namespaces and collects its messages. */
#ifndef HARNESS_H
#define HARNESS_H

#define _GNU_SOURCE
#include "../../native/init/operations.h"
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
    _Alignas(struct lade_op) unsigned char ops[1 << 14];
    uint32_t ops_used;
    uint32_t last; /* offset of the last operation in `ops` */
    uint32_t op_count;
    int32_t slots[32];
    uint32_t slot_count;
    uint32_t preserve_fds;
    int proc_fd;
};

void plan_begin(struct builder *b);
struct lade_blob plan_blob(struct builder *b, const void *bytes, uint32_t length);
struct lade_vector plan_vec(struct builder *b, const char *const *strings); /* NULL-terminated; "" stands for offset 0 */
#define VEC(b, ...) plan_vec((b), (const char *const[]) { __VA_ARGS__, NULL })
uint32_t plan_slot(struct builder *b, int fd);

/* OP(&b, mount, .type = "tmpfs", .target = "/tmp"): appends an operation and returns its index. The arguments are the members in operations.h; omitted ones
 * are 0, none or empty. */
#define PLAN_CODE(number, NAME, name, ...) plan_code_##name = number,
#define PLAN_BARE(number, NAME, name) struct op_##name { char none; };
#define PLAN_NOTHING(...)
enum { LADE_OPERATIONS(PLAN_CODE, PLAN_CODE) };
LADE_OPERATIONS(PLAN_NOTHING, PLAN_BARE)
#define OP(b, name, ...) plan_op((b), plan_code_##name, &(const struct op_##name) { __VA_ARGS__ })
uint32_t plan_op(struct builder *b, uint16_t code, const void *arguments);
void plan_truncate(struct builder *b, uint32_t op_count); /* keeps the first ones */
/* Header of the last operation and its arguments in 32-bit words, to be corrupted. */
struct lade_op *plan_last(struct builder *b);
uint32_t *plan_words(struct builder *b);

/* `root` becomes ROOT, with a tmpfs on /dev with the usual nodes, and a procfs. Returns the index of the operation that mounts procfs. */
uint32_t plan_root(struct builder *b, const char *root);
/* pivot_root and the usual operations up to EXECUTE of `/bin/sh -c script`. */
void plan_program(struct builder *b, const char *script);
void plan_shell(struct builder *b, const char *script); /* FIND_EXECUTABLE and EXECUTE only */

/* --- run --- */
struct run {
    pid_t pid;
    pid_t cloned;      /* from MSG_PID */
    int sync;
    int status;        /* wait status */
    bool failed;       /* MSG_ERROR was received */
    struct lade_message error;
    char text[LADE_MAX_TEXT + 1];
    char output[65536]; /* stdout and stderr of the program */
    int console;       /* from MSG_FD, or -1 */
    int number;        /* of a descriptor not passed with its MSG_FD */
    int sync_number;   /* of the sync socket in init */
    int spawn_error;
    void (*on_sync)(struct run *run, uint64_t what);
    void (*on_console)(struct run *run);
    int output_fd;     /* descriptors 1 and 2 of the program instead of a pipe, or -1 */
    int extra_keep;    /* a descriptor to leave open in init, or -1 */
    int leak;          /* a descriptor open in lade without close-on-exec, or -1 */
    uint64_t clone_flags;
    int cgroup_fd;
};

/* Kills an init that is silent for too long, or writes without end, and fails the test. */
void run_plan(struct builder *b, struct run *run);
extern const struct run fresh_run;

/* --- results --- */
extern int failures;
#define CHECK(condition, ...) check((condition), #condition, __FILE__, __LINE__, __VA_ARGS__)
void check(bool condition, const char *text, const char *file, int line, const char *format, ...) __attribute__((format(printf, 5, 6)));
void test(const char *name, void (*body)(void));
/* No error message, exit status 0. */
bool succeeded(const struct run *run);
bool failed_with(const struct run *run, uint32_t op, uint32_t stage, int error);

/* A process alone in a new pid namespace. */
pid_t start_elsewhere(void);
void stop(pid_t pid);

extern const char *root_path; /* a fresh busybox root for this test */
void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool read_file(const char *path, char *text, size_t size);

#endif
