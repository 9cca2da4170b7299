/* RUN_HOOK: a program run in the container, with the state of SET_HOOK_STATE on stdin and a timeout. SET_HOOK_OUTPUT redirects its output. */
#include "init.h"
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define TAIL_SIZE 1024
#define REAP_TRIES 200
#define REAP_MS 10

/* The last bytes of an output stream. */
struct tail {
    int fd;
    size_t used;
    char bytes[TAIL_SIZE];
};

struct hook {
    pid_t pid;
    int pidfd;
    int input;
    const char *state;
    size_t state_left;
    struct tail output;
    struct tail errors;
};

struct start {
    const char *path;
    char **argv;
    char **envp;
    int fds[3];
    const struct op_run_hook *op;
    struct sock_fprog filter;
};

/* The child shares our memory until execve(2): nothing is copied, and it can store its errno. Credentials and filter are not shared. */
static pid_t spawn(const struct start *start, volatile int *error)
{
    pid_t pid = vfork();
    if (pid != 0)
        return pid;
    umask(022);
    /* A process group of its own: a timeout must kill the hook's children, too. */
    if (setpgid(0, 0) == 0 && dup2(start->fds[0], 0) == 0 && dup2(start->fds[1], 1) == 1 && dup2(start->fds[2], 2) == 2
        && sys_close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0 && restrict_hook(start->op, &start->filter) == 0)
        execve(start->path, start->argv, start->envp);
    *error = errno;
    terminate(127);
}

/* Read and write end of an output; the read end is -1 if the output goes to a file. */
static void open_output(int ends[2], int file)
{
    ends[0] = -1;
    ends[1] = file;
    if (file == 0)
        must(pipe2(ends, O_CLOEXEC), LADE_STAGE_HOOK_START);
}

static void start(struct hook *hook, const struct op_run_hook *op)
{
    struct start child = { .path = op->path, .op = op, .filter = to_fprog(op->filter) };
    size_t size = ((size_t)op->arguments.count + op->env.count + 2) * sizeof(char *);
    child.argv = map_memory(size);
    child.envp = fill_pointers(child.argv, op->arguments);
    if (op->env.strings != NULL)
        fill_pointers(child.envp, op->env);
    else
        child.envp = init.envp;

    int input[2], output[2], errors[2];
    must(pipe2(input, O_CLOEXEC), LADE_STAGE_HOOK_START);
    open_output(output, init.hook_output[0]);
    open_output(errors, init.hook_output[1]);
    volatile int error = 0;
    child.fds[0] = input[0];
    child.fds[1] = output[1];
    child.fds[2] = errors[1];
    hook->pid = must(spawn(&child, &error), LADE_STAGE_HOOK_START);
    if (error != 0)
        fail_with(LADE_STAGE_HOOK_START, error);
    munmap(child.argv, size);
    close(input[0]);
    if (output[0] >= 0)
        close(output[1]);
    if (errors[0] >= 0)
        close(errors[1]);

    hook->input = input[1];
    hook->output.fd = output[0];
    hook->errors.fd = errors[0];
    hook->pidfd = must(syscall(SYS_pidfd_open, hook->pid, 0), LADE_STAGE_HOOK_START);
    int ours[] = { hook->input, hook->output.fd, hook->errors.fd };
    for (int i = 0; i < 3; i++)
        if (ours[i] >= 0)
            must(fcntl(ours[i], F_SETFL, O_NONBLOCK), LADE_STAGE_HOOK_START);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* A hook need not read its state, so EPIPE is not an error. */
static void write_state(struct hook *hook)
{
    ssize_t written = write(hook->input, hook->state, hook->state_left);
    if (written < 0 && errno == EAGAIN)
        return;
    if (written < 0 || (size_t)written == hook->state_left) {
        close_fd(&hook->input);
        return;
    }
    hook->state += written;
    hook->state_left -= (size_t)written;
}

/* Reads what is available, but no more than a pipe holds: the writer may never stop. */
static void drain(struct tail *tail)
{
    for (int chunks = 0; tail->fd >= 0 && chunks < 256; chunks++) {
        char chunk[256];
        ssize_t length = read(tail->fd, chunk, sizeof chunk);
        if (length < 0 && errno == EAGAIN)
            return;
        if (length <= 0) {
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

/* Waits for the hook itself to exit; children it leaves behind may keep its output open. Returns false on timeout. */
static bool wait_for_exit(struct hook *hook, uint64_t timeout)
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
        must(poll(fds, 4, left > INT32_MAX ? INT32_MAX : (int)left), LADE_STAGE_HOOK_START);
        if (fds[1].revents != 0)
            write_state(hook);
        if (fds[2].revents != 0)
            drain(&hook->output);
        if (fds[3].revents != 0)
            drain(&hook->errors);
        if (fds[0].revents != 0)
            return true;
    }
}

static _Noreturn void fail_hook(enum lade_stage stage, int error, const struct hook *hook)
{
    struct iovec text[] = {
        to_iovec("stdout: "),
        { .iov_base = (char *)hook->output.bytes, .iov_len = hook->output.used },
        to_iovec(", stderr: "),
        { .iov_base = (char *)hook->errors.bytes, .iov_len = hook->errors.used },
    };
    fail_text(stage, error, text, 4);
}

void op_set_hook_output(const struct op_set_hook_output *op)
{
    if (op->number != 1 && op->number != 2)
        fail_with(LADE_STAGE_PLAN, EINVAL);
    init.hook_output[op->number - 1] = slot_fd(op->descriptor);
}

/* A tracer may leave the hook unreaped for as long as it likes; then it has no status. */
static int reap(const struct hook *hook)
{
    int status = 0;
    for (int i = 0; i < REAP_TRIES; i++) {
        pid_t reaped = must(waitpid(hook->pid, &status, WNOHANG), LADE_STAGE_HOOK_START);
        if (reaped == hook->pid)
            return status;
        struct pollfd none = { .fd = -1 };
        poll(&none, 1, REAP_MS);
    }
    fail_with(LADE_STAGE_HOOK_START, ETIMEDOUT);
}

void op_set_hook_state(const struct op_set_hook_state *op)
{
    init.hook_state[0] = op->head;
    init.hook_state[1] = op->tail;
}

void op_run_hook(const struct op_run_hook *op)
{
    if (init.hook_state[0] == NULL)
        fail_with(LADE_STAGE_PLAN, EINVAL);
    char digits[24];
    size_t size = strlen(init.hook_state[0]) + sizeof digits + strlen(init.hook_state[1]);
    char *state = map_memory(size);
    stpcpy(stpcpy(stpcpy(state, init.hook_state[0]), format_number(digits + sizeof digits - 1, (uint64_t)getpid(), 10)), init.hook_state[1]);

    struct hook hook = { .state = state, .state_left = strlen(state) };
    start(&hook, op);
    /* Not ignored earlier, because the hook would inherit it. */
    sys_signal(SIGPIPE, SIG_IGN);
    bool exited = wait_for_exit(&hook, (uint64_t)op->timeout);
    /* An image hook may have left its process group, whose number may then be reused: kill the group while the hook still occupies the number. */
    if (!exited) {
        kill(-hook.pid, SIGKILL);
        syscall(SYS_pidfd_send_signal, hook.pidfd, SIGKILL, NULL, 0);
    }
    int status = reap(&hook);
    sys_signal(SIGPIPE, SIG_DFL);
    drain(&hook.output);
    drain(&hook.errors);

    if (!exited)
        fail_hook(LADE_STAGE_HOOK_TIMEOUT, status, &hook);
    if (status != 0)
        fail_hook(LADE_STAGE_HOOK_STATUS, status, &hook);
    close_fd(&hook.input);
    close_fd(&hook.output.fd);
    close_fd(&hook.errors.fd);
    close(hook.pidfd);
    munmap(state, size);
}
