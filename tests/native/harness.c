#include "harness.h"
#include <poll.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>

/* --- plan --- */

void plan_begin(struct builder *b)
{
    memset(b, 0, sizeof *b);
    b->used = 8;
    b->slot_count = LADE_FIRST_SLOT;
    memset(b->slots, 0xff, sizeof b->slots);
    b->proc_fd = -1;
}

static uint64_t append(struct builder *b, const void *bytes, uint32_t length)
{
    uint32_t at = (b->used + 7) & ~7u;
    memcpy(b->data + at, bytes, length);
    b->used = at + length;
    return at;
}

/* Data comes first in the file, behind the header. */
#define DATA_START ((uint64_t)((sizeof(struct lade_plan) + 7) & ~7ul))

uint64_t plan_str(struct builder *b, const char *text)
{
    return DATA_START + append(b, text, (uint32_t)strlen(text) + 1);
}

uint64_t plan_blob(struct builder *b, const void *bytes, uint32_t length)
{
    uint64_t at = append(b, &length, 4);
    memcpy(b->data + b->used, bytes, length);
    b->used += length;
    return DATA_START + at;
}

uint64_t plan_vec(struct builder *b, const char *const *strings)
{
    uint32_t words[64] = { 0 };
    for (; strings[words[0]] != NULL; words[0]++)
        words[words[0] + 1] = *strings[words[0]] == '\0' ? 0 : (uint32_t)plan_str(b, strings[words[0]]);
    return DATA_START + append(b, words, (words[0] + 1) * 4);
}

uint32_t plan_slot(struct builder *b, int fd)
{
    b->slots[b->slot_count] = fd;
    return b->slot_count++;
}

uint32_t plan_op(struct builder *b, enum lade_opcode code, uint16_t flags, uint32_t slot, const uint64_t arguments[6])
{
    struct lade_op *op = &b->ops[b->op_count];
    *op = (struct lade_op) { .code = (uint16_t)code, .flags = flags, .slot = slot };
    memcpy(op->arg, arguments, sizeof op->arg);
    return b->op_count++;
}

/* Every plan of lade's has one. */
static int proc_of(const struct builder *b)
{
    static int proc = -1;
    if (b->proc_fd >= 0)
        return b->proc_fd;
    if (proc < 0)
        proc = fcntl(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), F_DUPFD_CLOEXEC, 100);
    return proc;
}

static int encode(struct builder *b, int sync_fd)
{
    struct lade_plan plan = {
        .magic = LADE_PLAN_MAGIC,
        .version = LADE_PLAN_VERSION,
        .op_count = b->op_count,
        .ops = (uint32_t)((DATA_START + b->used + 7) & ~7ul),
        .slot_count = b->slot_count,
        .sync_fd = sync_fd,
        .proc_fd = proc_of(b),
        .preserve_fds = b->preserve_fds,
    };
    plan.slots = plan.ops + b->op_count * (uint32_t)sizeof(struct lade_op);
    plan.total_size = plan.slots + b->slot_count * 4;
    int fd = (int)syscall(SYS_memfd_create, "plan", 1u);
    if (pwrite(fd, &plan, sizeof plan, 0) < 0 || pwrite(fd, b->data, b->used, DATA_START) < 0
        || pwrite(fd, b->ops, b->op_count * sizeof(struct lade_op), plan.ops) < 0 || pwrite(fd, b->slots, b->slot_count * 4, plan.slots) < 0)
        abort();
    return fd;
}

#define ATTR_NOSUID 2u
#define ATTR_NODEV 4u
#define ATTR_NOEXEC 8u

void plan_root(struct builder *b, const char *root)
{
    uint32_t tree = plan_slot(b, -1);
    OP(b, SET_PROPAGATION, LADE_F_RECURSIVE, 0, MS_SLAVE);
    OP(b, OPEN_NULL, 0, 0, 0);
    OP(b, OPEN_TREE, LADE_F_RECURSIVE, tree, plan_str(b, root), MS_PRIVATE);
    OP(b, ATTACH_ROOT, LADE_F_SHARED_PARENT, tree, plan_str(b, root));
    OP(b, MOUNT, LADE_F_NO_SYMLINKS, 0, plan_str(b, "proc"), plan_str(b, "proc"), 0, 0, plan_str(b, "/proc"));
    OP(b, MOUNT, 0, 0, plan_str(b, "tmpfs"), plan_str(b, "tmpfs"), VEC(b, "mode", "755", "size", "65536k"), ATTR_NOSUID, plan_str(b, "/dev"));
    OP(b, MOUNT, 0, 0, plan_str(b, "devpts"), plan_str(b, "devpts"), VEC(b, "newinstance", "", "ptmxmode", "0666", "mode", "0620", "gid", "5"),
        ATTR_NOSUID | ATTR_NOEXEC, plan_str(b, "/dev/pts"));
    OP(b, MAKE_DEVICE, 0, 0, plan_str(b, "/dev/null"), S_IFCHR | 0666, 1, 3);
    OP(b, MAKE_DEVICE, 0, 0, plan_str(b, "/dev/zero"), S_IFCHR | 0666, 1, 5);
    OP(b, SYMLINK, 0, 0, plan_str(b, "/dev/fd"), plan_str(b, "/proc/self/fd"));
    OP(b, SYMLINK, 0, 0, plan_str(b, "/dev/ptmx"), plan_str(b, "pts/ptmx"));
}

void plan_shell(struct builder *b, const char *script)
{
    OP(b, FIND_EXECUTABLE, 0, 0, plan_str(b, "sh"), plan_str(b, "/nowhere:/bin"), 0, 0, VEC(b, "sh", "-c", script), VEC(b, "PATH=/bin", "HOME=/"));
    OP(b, EXECUTE, 0, 0, 0);
}

void plan_program(struct builder *b, const char *script)
{
    OP(b, PIVOT_ROOT, 0, 0, 0);
    OP(b, CHDIR, 0, 0, plan_str(b, "/"));
    plan_shell(b, script);
}

/* --- run --- */

#define PATIENCE 15

const struct run fresh_run = { .console = -1, .output_fd = -1, .extra_keep = -1, .leak = -1, .cgroup_fd = -1,
    .clone_flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC };

static int receive(struct run *run, struct lade_message *message)
{
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec parts[2] = { { message, sizeof *message }, { run->text, LADE_MAX_TEXT } };
    struct msghdr whole = { .msg_iov = parts, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof control };
    ssize_t length = recvmsg(run->sync, &whole, MSG_CMSG_CLOEXEC);
    if (length < (ssize_t)sizeof *message)
        return 0;
    run->text[length - (ssize_t)sizeof *message] = '\0';
    run->number = message->number;
    struct cmsghdr *header = CMSG_FIRSTHDR(&whole);
    if (header != NULL)
        memcpy(&run->console, CMSG_DATA(header), sizeof(int));
    return 1;
}

static void converse(struct run *run)
{
    struct lade_message message;
    while (receive(run, &message)) {
        if (message.kind == LADE_MSG_ERROR) {
            run->failed = true;
            run->error = message;
        } else if (message.kind == LADE_MSG_PID) {
            run->cloned = (pid_t)message.value;
        } else {
            if (message.kind == LADE_MSG_SYNC && run->on_sync != NULL)
                run->on_sync(run, message.value);
            if (message.kind == LADE_MSG_FD && run->on_console != NULL)
                run->on_console(run);
            if (send(run->sync, "", 1, MSG_NOSIGNAL) != 1)
                break;
        }
    }
}

static void read_output(struct run *run, int fd)
{
    size_t used = 0;
    ssize_t length;
    for (;;) {
        struct pollfd ready = { .fd = fd, .events = POLLIN };
        if (used == sizeof run->output - 1 || poll(&ready, 1, PATIENCE * 1000) == 0) {
            kill(run->cloned > 0 ? run->cloned : run->pid, SIGKILL);
            kill(run->pid, SIGKILL);
            CHECK(false, "%zu bytes of output, and then no end in %d seconds", used, PATIENCE);
            break;
        }
        if ((length = read(fd, run->output + used, sizeof run->output - 1 - used)) <= 0)
            break;
        used += (size_t)length;
    }
    run->output[used] = '\0';
}

void run_plan(struct builder *b, struct run *run)
{
    int sync[2], output[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync) != 0 || pipe2(output, O_CLOEXEC) != 0)
        abort();
    run->sync = sync[0];
    run->sync_number = sync[1];
    setsockopt(sync[0], SOL_SOCKET, SO_RCVTIMEO, &(struct timeval) { .tv_sec = PATIENCE }, sizeof(struct timeval));
    int plan = encode(b, sync[1]);
    uint64_t size;
    const void *image = lade_init_image(&size);
    int exe = (int)syscall(SYS_memfd_create, "init", 3u);
    if (write(exe, image, size) != (ssize_t)size || fcntl(exe, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
        abort();

    /* The program's output: our own 1 and 2 for the moment of the spawn. */
    fflush(stdout);
    int saved[2] = { fcntl(1, F_DUPFD_CLOEXEC, 10), fcntl(2, F_DUPFD_CLOEXEC, 10) };
    dup2(run->output_fd >= 0 ? run->output_fd : output[1], 1);
    dup2(run->output_fd >= 0 ? run->output_fd : output[1], 2);
    int32_t keep[40];
    uint32_t count = 0;
    keep[count++] = sync[1];
    keep[count++] = proc_of(b);
    if (run->extra_keep >= 0)
        keep[count++] = run->extra_keep;
    for (uint32_t i = 0; i < b->slot_count; i++)
        if (b->slots[i] >= 0)
            keep[count++] = b->slots[i];
    int32_t pidfd = -1;
    struct lade_spawn request = { .exe_fd = exe, .plan_fd = plan, .cgroup_fd = run->cgroup_fd, .preserve_fds = b->preserve_fds,
        .clone_flags = run->clone_flags, .keep_fds = keep, .keep_count = count, .pidfd_out = &pidfd };
    run->pid = lade_spawn(&request);
    dup2(saved[0], 1);
    dup2(saved[1], 2);
    close(saved[0]);
    close(saved[1]);
    close(output[1]);
    close(sync[1]);
    close(plan);
    close(exe);
    if (run->pid < 0) {
        run->spawn_error = -run->pid;
    } else {
        converse(run);
        read_output(run, output[0]);
        waitpid(run->pid, &run->status, 0);
        if (run->cloned > 0)
            waitpid(run->cloned, &run->status, 0);
    }
    close(output[0]);
    close(run->sync);
    if (pidfd >= 0)
        close(pidfd);
}

/* --- results --- */

int failures;
static bool current_failed;
const char *root_path;

void check(bool condition, const char *text, const char *file, int line, const char *format, ...)
{
    if (condition)
        return;
    va_list arguments;
    va_start(arguments, format);
    printf("    %s:%d: not so: %s: ", file, line, text);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    current_failed = true;
}

void shell(const char *format, ...)
{
    char command[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    if (system(command) != 0)
        check(false, "shell command succeeds", __FILE__, __LINE__, "%s", command);
}

void test(const char *name, void (*body)(void))
{
    const char *only = getenv("ONLY");
    if (only != NULL && strstr(name, only) == NULL)
        return;
    current_failed = false;
    shell("rm -rf '%s' && mkdir -p '%s/bin' '%s/proc' '%s/tmp' && cp /bin/busybox '%s/bin/' && for c in sh cat ls id stat grep sleep true readlink mount tty uname ip cut tr wc date stty mkdir "
          "sort touch head test; do ln -s busybox '%s/bin/'$c; done",
        root_path, root_path, root_path, root_path, root_path, root_path);
    body();
    printf("%s %s\n", current_failed ? "FAIL" : "PASS", name);
    fflush(stdout);
    failures += current_failed;
}

bool went_well(const struct run *run)
{
    if (run->failed)
        printf("    operation %u stage %u error %d: %s\n", run->error.op, run->error.stage, run->error.error, run->text);
    if (run->spawn_error != 0)
        printf("    spawn: %s\n", strerror(run->spawn_error));
    return run->spawn_error == 0 && !run->failed && WIFEXITED(run->status) && WEXITSTATUS(run->status) == 0;
}

bool failed_with(const struct run *run, uint32_t op, uint32_t stage, int error)
{
    if (!run->failed || run->error.op != op || run->error.stage != stage || run->error.error != error || !WIFEXITED(run->status)
        || WEXITSTATUS(run->status) != 1) {
        printf("    failed %d operation %u stage %u error %d status %x: %s; %s\n", run->failed, run->error.op, run->error.stage, run->error.error,
            (unsigned)run->status, run->text, run->output);
        return false;
    }
    return true;
}

pid_t start_elsewhere(void)
{
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
    if (pid < 0)
        abort();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, "elsewhere");
        for (;;)
            pause();
    }
    return pid;
}

void stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

bool read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t used = 0;
    ssize_t length;
    while (used < size - 1 && (length = read(fd, text + used, size - 1 - used)) > 0)
        used += (size_t)length;
    text[used] = '\0';
    close(fd);
    return true;
}
