/* RUN_HOOK: a program of the container's root with the state on stdin, under a time limit. */
#include "init.h"
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define TAIL_SIZE 1024

/* The last bytes of an output. */
struct tail {
    int fd;
    size_t used;
    char bytes[TAIL_SIZE];
};

struct hook {
    pid_t pid;
    int pidfd;
    int input;
    struct iovec state[3];
    int state_parts;
    struct tail output;
    struct tail errors;
};

static void make_pipe(int pipe[2])
{
    if (pipe2(pipe, O_CLOEXEC) != 0)
        fail(LADE_STAGE_HOOK_START);
}

/* The child shares our memory until it executes: nothing is copied, and its errno is ours to read. */
static pid_t spawn(const char *path, char **argv, char **envp, const int fds[3], volatile int *error)
{
    pid_t pid = vfork();
    if (pid != 0)
        return pid;
    /* A group of its own: a timeout must end what the hook has started, too. */
    if (setpgid(0, 0) == 0 && dup2(fds[0], 0) == 0 && dup2(fds[1], 1) == 1 && dup2(fds[2], 2) == 2
        && sys_close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
        execve(path, argv, envp);
    *error = errno;
    _exit(127);
}

static void start(struct hook *hook, const struct lade_op *op)
{
    const char *path = plan_string(op->arg[0]);
    uint32_t arguments = 0, variables = 0;
    if (op->arg[1] != 0)
        plan_vector(op->arg[1], &arguments);
    if (op->arg[2] != 0)
        plan_vector(op->arg[2], &variables);
    size_t size = ((size_t)arguments + variables + 3) * sizeof(char *);
    char **argv = map_memory(size);
    char **envp;
    if (arguments != 0) {
        envp = fill_pointers(argv, op->arg[1]);
    } else {
        argv[0] = (char *)path;
        envp = argv + 2;
    }
    if (variables != 0)
        fill_pointers(envp, op->arg[2]);

    int input[2], output[2], errors[2];
    make_pipe(input);
    make_pipe(output);
    make_pipe(errors);
    volatile int error = 0;
    hook->pid = spawn(path, argv, envp, (int[3]) { input[0], output[1], errors[1] }, &error);
    if (hook->pid < 0)
        fail(LADE_STAGE_HOOK_START);
    if (error != 0)
        fail_with(LADE_STAGE_HOOK_START, error);
    munmap(argv, size);
    close(input[0]);
    close(output[1]);
    close(errors[1]);

    hook->input = input[1];
    hook->output.fd = output[0];
    hook->errors.fd = errors[0];
    hook->pidfd = (int)syscall(SYS_pidfd_open, hook->pid, 0);
    if (hook->pidfd < 0 || fcntl(hook->input, F_SETFL, O_NONBLOCK) != 0 || fcntl(hook->output.fd, F_SETFL, O_NONBLOCK) != 0
        || fcntl(hook->errors.fd, F_SETFL, O_NONBLOCK) != 0)
        fail(LADE_STAGE_HOOK_START);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* A hook need not read its state: EPIPE is no error. */
static void feed(struct hook *hook)
{
    ssize_t written = writev(hook->input, hook->state, hook->state_parts);
    if (written < 0) {
        if (errno != EAGAIN && errno != EINTR)
            close_fd(&hook->input);
        return;
    }
    struct iovec *part = hook->state;
    while (hook->state_parts > 0 && (size_t)written >= part->iov_len) {
        written -= (ssize_t)part->iov_len;
        hook->state_parts--;
        memmove(part, part + 1, (size_t)hook->state_parts * sizeof *part);
    }
    if (hook->state_parts == 0) {
        close_fd(&hook->input);
        return;
    }
    part->iov_base = (char *)part->iov_base + written;
    part->iov_len -= (size_t)written;
}

/* Reads until the pipe is empty. */
static void drain(struct tail *tail)
{
    while (tail->fd >= 0) {
        char chunk[256];
        ssize_t length = read(tail->fd, chunk, sizeof chunk);
        if (length <= 0) {
            if (length == 0 || errno != EAGAIN)
                close_fd(&tail->fd);
            return;
        }
        size_t over = tail->used + (size_t)length > TAIL_SIZE ? tail->used + (size_t)length - TAIL_SIZE : 0;
        memmove(tail->bytes, tail->bytes + over, tail->used - over);
        memcpy(tail->bytes + tail->used - over, chunk, (size_t)length);
        tail->used += (size_t)length - over;
    }
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the hook itself has ended; children that it left behind may hold its output open. False: the time is up. */
static bool attend(struct hook *hook, uint64_t timeout)
{
    int64_t deadline = now_ms() + (int64_t)timeout * 1000;
    for (;;) {
        int64_t left = timeout == 0 ? -1 : deadline - now_ms();
        if (timeout != 0 && left <= 0)
            return false;
        struct pollfd fds[] = {
            { .fd = hook->pidfd, .events = POLLIN },
            { .fd = hook->input, .events = POLLOUT },
            { .fd = hook->output.fd, .events = POLLIN },
            { .fd = hook->errors.fd, .events = POLLIN },
        };
        int ready = poll(fds, 4, left > INT32_MAX ? INT32_MAX : (int)left);
        if (ready < 0 && errno != EINTR)
            fail(LADE_STAGE_HOOK_START);
        if (ready <= 0)
            continue;
        if (fds[1].revents != 0)
            feed(hook);
        if (fds[2].revents != 0)
            drain(&hook->output);
        if (fds[3].revents != 0)
            drain(&hook->errors);
        if (fds[0].revents != 0)
            return true;
    }
}

static int reap(pid_t pid)
{
    int status = 0;
    pid_t reaped;
    do
        reaped = waitpid(pid, &status, 0);
    while (reaped < 0 && errno == EINTR);
    if (reaped < 0)
        fail(LADE_STAGE_HOOK_STATUS);
    return status;
}

static _Noreturn void fail_hook(enum lade_stage stage, int error, const struct hook *hook)
{
    struct iovec text[] = {
        text_of("stdout: "),
        { .iov_base = (char *)hook->output.bytes, .iov_len = hook->output.used },
        text_of(", stderr: "),
        { .iov_base = (char *)hook->errors.bytes, .iov_len = hook->errors.used },
    };
    fail_text(stage, error, text, 4);
}

void op_run_hook(const struct lade_op *op)
{
    struct hook hook;
    char digits[24];
    const char *pid = format_number(digits + sizeof digits - 1, (uint64_t)getpid(), 10);
    hook.state[0] = text_of(plan_string(op->arg[4]));
    hook.state[1] = text_of(pid);
    hook.state[2] = text_of(plan_string(op->arg[5]));
    hook.state_parts = 3;
    hook.output.used = hook.errors.used = 0;

    start(&hook, op);
    /* Ignored only now: the hook would inherit it. */
    sys_signal(SIGPIPE, SIG_IGN);
    bool ended = attend(&hook, op->arg[3]);
    if (!ended)
        kill(-hook.pid, SIGKILL);
    int status = reap(hook.pid);
    sys_signal(SIGPIPE, SIG_DFL);
    drain(&hook.output);
    drain(&hook.errors);

    if (!ended)
        fail_hook(LADE_STAGE_HOOK_TIMEOUT, status, &hook);
    if (status != 0)
        fail_hook(LADE_STAGE_HOOK_STATUS, status, &hook);
    close_fd(&hook.input);
    close_fd(&hook.output.fd);
    close_fd(&hook.errors.fd);
    close(hook.pidfd);
}
