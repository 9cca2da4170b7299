/* Starting processes from the managed side. After clone the child shares lade's memory until it executes, and runs nothing but the C of spawn.c:
 * no managed code, no libc that locks or allocates. */
#ifndef LADE_SPAWN_H
#define LADE_SPAWN_H

#include <stdint.h>

/* Which step of lade_spawn failed. */
enum lade_spawn_stage {
    LADE_SPAWN_CLONE = 1,       /* clone3: namespaces, cgroup */
    LADE_SPAWN_DESCRIPTORS = 2, /* close_range, fcntl */
    LADE_SPAWN_EXECUTE = 3,     /* execveat */
};

struct lade_spawn {
    int32_t exe_fd;           /* sealed memfd of init */
    int32_t plan_fd;          /* stays open in the child, as argv[1] says */
    int32_t cgroup_fd;        /* -1: none; else a v2 cgroup directory for CLONE_INTO_CGROUP */
    uint32_t preserve_fds;    /* descriptors 3 .. 3+n-1 keep their close-on-exec flag as it is */
    uint64_t clone_flags;     /* CLONE_NEW* */
    const int32_t *keep_fds;  /* stay open in the child */
    uint32_t keep_count;
    int32_t error_stage;      /* out: enum lade_spawn_stage, when the result is negative */
    int32_t *pidfd_out;       /* out, may be NULL: close-on-exec pidfd of the child */
};

/* Starts init. Returns its pid, or -errno; then there is no child left. */
int lade_spawn(struct lade_spawn *request);

/* Starts a program of the host: fds become 0, 1 and 2, nothing else stays open, signals are at their defaults. `new_group`: nonzero for a process group
 * of its own. Returns the pid, or -errno; then there is no child left. */
int lade_spawn_program(const char *path, char *const argv[], char *const envp[], const int32_t fds[3], int32_t new_group);

/* From now on signals sent to us go to the process of `pidfd`; -1: to nobody. */
void lade_forward_signals(int pidfd);

/* From now on SIGHUP, SIGINT, SIGQUIT and SIGTERM, unless they are ignored, do not end us: their numbers are written to `fd`, which must not block, one byte
 * each; -1: they end us again. */
void lade_watch_interruptions(int fd);

/* The last of them that has come since the last call; 0 for none. */
int lade_interruption(void);

/* From now on the numbers of SIGWINCH, SIGCHLD and SIGCONT are written to `fd`, which must not block, one byte each; -1: no longer. */
void lade_watch_terminal(int fd);

/* The executable of init, as it was linked in. */
const void *lade_init_image(uint64_t *size);

#endif
