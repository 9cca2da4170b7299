/* Starting processes from managed code. After clone the child shares lade's memory until execve and only runs the C code of spawn.c: no managed code, and no
 * libc function that locks or allocates. */
#ifndef LADE_SPAWN_H
#define LADE_SPAWN_H

#include <stdint.h>

/* The step of lade_spawn that failed. */
enum lade_spawn_stage {
    LADE_SPAWN_CLONE = 1,       /* clone3: namespaces, cgroup */
    LADE_SPAWN_DESCRIPTORS = 2, /* close_range, fcntl */
    LADE_SPAWN_EXECUTE = 3,     /* execveat */
};

struct lade_spawn {
    int32_t exe_fd;           /* sealed memfd of init */
    int32_t plan_fd;          /* stays open in the child; argv[1] is its number */
    int32_t cgroup_fd;        /* -1: none; else a v2 cgroup directory for CLONE_INTO_CGROUP */
    uint32_t preserve_fds;    /* descriptors 3 .. 3+n-1 keep their close-on-exec flag */
    uint64_t clone_flags;     /* CLONE_NEW* */
    const int32_t *keep_fds;  /* stay open in the child */
    uint32_t keep_count;
    int32_t error_stage;      /* out: enum lade_spawn_stage, when the result is negative */
    int32_t *pidfd_out;       /* out, may be NULL: close-on-exec pidfd of the child */
};

/* Starts init. Returns its pid, or -errno, in which case there is no child left. */
int lade_spawn(struct lade_spawn *request);

/* Starts a host program: fds become 0, 1 and 2, nothing else stays open, signals have their defaults. `new_group`: nonzero for a process group of its own.
 * Returns the pid, or -errno, in which case there is no child left. */
int lade_spawn_program(const char *path, char *const argv[], char *const envp[], const int32_t fds[3], int32_t new_group);

/* Forwards signals sent to us to the process of `pidfd`; -1 stops forwarding. */
void lade_forward_signals(int pidfd);

/* Writes the numbers of SIGHUP, SIGINT, SIGQUIT and SIGTERM, unless ignored, to `fd`, which must be nonblocking, one byte each, instead of terminating; -1
 * restores termination. */
void lade_watch_interruptions(int fd);

/* The last of them since the previous call; 0 if there was none. */
int lade_interruption(void);

/* Writes the numbers of SIGWINCH, SIGCHLD and SIGCONT to `fd`, which must be nonblocking, one byte each; -1 stops it. */
void lade_watch_terminal(int fd);

/* The embedded executable of init. */
const void *lade_init_image(uint64_t *size);

#endif
