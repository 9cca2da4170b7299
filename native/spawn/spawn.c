#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "spawn.h"
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define CHILD_STACK 16384
#define INTO_CGROUP 0x200000000ull
#define CLOEXEC_RANGE 4

struct arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

/* The runtime's second thread would create an arena of its own: four system calls per start for a thread that hardly allocates. */
__attribute__((constructor)) static void use_one_arena(void)
{
    mallopt(M_ARENA_MAX, 1);
}

/* Input of the child, and its error; the parent is suspended (CLONE_VFORK). */
struct child {
    const struct lade_spawn *request;
    const char *path;
    char *const *argv;
    char *const *envp;
    const int32_t *fds;
    int32_t new_group;
    volatile int32_t stage;
    volatile int32_t error;
};

/* --- raw system calls: libc would set errno in the thread-local storage that the child shares with lade --- */

#if defined(__x86_64__)

static inline long call(long number, long a, long b, long c, long d, long e)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return result;
}

/* The child starts on a stack of its own without a return address: it calls `run`, which ends in execve or exit. */
static long clone_onto(struct arguments *arguments, void (*run)(struct child *), struct child *child)
{
    register struct child *r8 __asm__("r8") = child;
    long result;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %%r8, %%rdi\n\t"
                     "call *%%rdx\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(result)
                     : "a"(SYS_clone3), "D"(arguments), "S"(sizeof *arguments), "d"(run), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

#else
#error "spawn.c needs the system call and clone instructions of this architecture"
#endif

#define CALL(number, a, b, c, d, e) call((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

static void fail(struct child *child, enum lade_spawn_stage stage, long error)
{
    child->stage = stage;
    child->error = (int32_t)-error;
    CALL(SYS_exit_group, 127, 0, 0, 0, 0);
}

/* --- the two children --- */

static long keep_open(int32_t fd)
{
    return CALL(SYS_fcntl, fd, F_SETFD, 0, 0, 0);
}

static void run_init(struct child *child)
{
    const struct lade_spawn *request = child->request;
    long result = CALL(SYS_close_range, 3 + request->preserve_fds, ~0u, CLOEXEC_RANGE, 0, 0);
    if (result == 0)
        result = keep_open(request->plan_fd);
    for (uint32_t i = 0; result == 0 && i < request->keep_count; i++)
        result = keep_open(request->keep_fds[i]);
    if (result != 0)
        fail(child, LADE_SPAWN_DESCRIPTORS, result);

    result = CALL(SYS_execveat, request->exe_fd, "", child->argv, child->envp, AT_EMPTY_PATH);
    fail(child, LADE_SPAWN_EXECUTE, result);
}

static void run_program(struct child *child)
{
    int32_t source[3];
    long result = 0;
    /* Moved out of each other's way first, then into place; dup3 clears close-on-exec on the copies. */
    for (int i = 0; i < 3 && result >= 0; i++)
        result = source[i] = (int32_t)CALL(SYS_fcntl, child->fds[i], F_DUPFD_CLOEXEC, 3, 0, 0);
    for (int i = 0; i < 3 && result >= 0; i++)
        result = CALL(SYS_dup3, source[i], i, 0, 0, 0);
    if (result >= 0)
        result = CALL(SYS_close_range, 3, ~0u, CLOEXEC_RANGE, 0, 0);
    if (result == 0 && child->new_group)
        result = CALL(SYS_setpgid, 0, 0, 0, 0, 0);
    if (result < 0)
        fail(child, LADE_SPAWN_DESCRIPTORS, result);

    /* clone copies handlers rather than sharing them; the program must not inherit ignored signals. The mask is reset last: before, a handler of lade could
     * run on this stack. */
    uint64_t action[4] = { 0 };
    uint64_t nothing = 0;
    for (int number = 1; number <= 64; number++)
        CALL(SYS_rt_sigaction, number, action, NULL, sizeof nothing, 0);
    CALL(SYS_rt_sigprocmask, SIG_SETMASK, &nothing, NULL, sizeof nothing, 0);
    fail(child, LADE_SPAWN_EXECUTE, CALL(SYS_execve, child->path, child->argv, child->envp, 0, 0));
}

/* --- the parent --- */

static int start(struct arguments *arguments, void (*run)(struct child *), struct child *child)
{
    _Alignas(16) char stack[CHILD_STACK];
    arguments->flags |= CLONE_VM | CLONE_VFORK;
    arguments->exit_signal = SIGCHLD;
    arguments->stack = (uint64_t)(uintptr_t)stack;
    arguments->stack_size = sizeof stack;

    /* If the caller ignores SIGCHLD, the kernel would reap the child and its exit status would be lost. */
    uint64_t action[4] = { 0 };
    CALL(SYS_rt_sigaction, SIGCHLD, NULL, action, sizeof(uint64_t), 0);
    if (action[0] == (uint64_t)(uintptr_t)SIG_IGN) {
        action[0] = (uint64_t)(uintptr_t)SIG_DFL;
        CALL(SYS_rt_sigaction, SIGCHLD, action, NULL, sizeof(uint64_t), 0);
    }

    /* Handlers of the .NET runtime must not run in the child. init clears the mask it inherits. */
    uint64_t all = ~0ull, before;
    CALL(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all, 0);
    long pid = clone_onto(arguments, run, child);
    CALL(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before, 0);

    if (pid < 0) {
        child->stage = LADE_SPAWN_CLONE;
        return (int)pid;
    }
    if (child->error != 0) {
        while (CALL(SYS_wait4, pid, NULL, __WALL, NULL, 0) == -EINTR)
            ;
        return -child->error;
    }
    return (int)pid;
}

int lade_spawn(struct lade_spawn *request)
{
    char digits[12];
    char *number = digits + sizeof digits - 1;
    *number = '\0';
    for (uint32_t rest = (uint32_t)request->plan_fd; rest != 0 || *number == '\0'; rest /= 10)
        *--number = (char)('0' + rest % 10);

    char *argv[] = { "lade-init", number, NULL };
    char *envp[] = { NULL };
    struct child child = { .request = request, .argv = argv, .envp = envp };
    struct arguments arguments = { .flags = request->clone_flags };
    int32_t pidfd = -1;
    if (request->pidfd_out != NULL) {
        arguments.flags |= CLONE_PIDFD;
        arguments.pidfd = (uint64_t)(uintptr_t)&pidfd;
    }
    if (request->cgroup_fd >= 0) {
        arguments.flags |= INTO_CGROUP;
        arguments.cgroup = (uint64_t)request->cgroup_fd;
    }

    int pid = start(&arguments, run_init, &child);
    request->error_stage = child.stage;
    if (pid < 0 && pidfd >= 0) {
        CALL(SYS_close, pidfd, 0, 0, 0, 0);
        pidfd = -1;
    }
    if (request->pidfd_out != NULL)
        *request->pidfd_out = pidfd;
    return pid;
}

int lade_spawn_program(const char *path, char *const argv[], char *const envp[], const int32_t fds[3], int32_t new_group)
{
    struct child child = { .path = path, .argv = argv, .envp = envp, .fds = fds, .new_group = new_group };
    struct arguments arguments = { 0 };
    return start(&arguments, run_program, &child);
}

extern const unsigned char lade_init_start[] __attribute__((visibility("hidden")));
extern const unsigned char lade_init_end[] __attribute__((visibility("hidden")));

const void *lade_init_image(uint64_t *size)
{
    *size = (uint64_t)(lade_init_end - lade_init_start);
    return lade_init_start;
}
