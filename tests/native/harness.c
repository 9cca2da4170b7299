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

static uint32_t append(struct builder *b, const void *bytes, uint32_t length)
{
    uint32_t at = (b->used + 7) & ~7u;
    memcpy(b->data + at, bytes, length);
    b->used = at + length;
    return at;
}

/* Data follows the header. */
#define DATA_START ((uint32_t)((sizeof(struct lade_plan) + 7) & ~7ul))

static uint32_t plan_str(struct builder *b, const char *text)
{
    return DATA_START + append(b, text, (uint32_t)strlen(text) + 1);
}

struct lade_blob plan_blob(struct builder *b, const void *bytes, uint32_t length)
{
    uint32_t at = append(b, &length, 4);
    memcpy(b->data + b->used, bytes, length);
    b->used += length;
    return (struct lade_blob) { b->data + at + 4, length };
}

struct lade_vector plan_vec(struct builder *b, const char *const *strings)
{
    uint32_t words[64] = { 0 };
    for (; strings[words[0]] != NULL; words[0]++)
        words[words[0] + 1] = *strings[words[0]] == '\0' ? 0 : plan_str(b, strings[words[0]]);
    uint32_t at = append(b, words, (words[0] + 1) * 4);
    return (struct lade_vector) { (const uint32_t *)(b->data + at + 4), words[0] };
}

uint32_t plan_slot(struct builder *b, int fd)
{
    b->slots[b->slot_count] = fd;
    return b->slot_count++;
}

/* --- operations, as decoded by init --- */

#define LAYOUT(number, NAME, name, layout, size) [number] = layout,
#define BARE_LAYOUT(number, ...) [number] = "\0",
static const char *const layouts[] = { LADE_OPERATIONS(LAYOUT, BARE_LAYOUT) };

static void put(struct builder *b, const void *bytes, uint32_t length)
{
    if (b->ops_used + length > sizeof b->ops)
        abort();
    memcpy(b->ops + b->ops_used, bytes, length);
    b->ops_used += length;
}

/* The results of VEC and plan_blob() follow their count in the data. An empty one stands for none if the operation requires one. */
static uint32_t offset_of(struct builder *b, const unsigned char *items)
{
    return items == NULL ? DATA_START + append(b, &(uint32_t) { 0 }, 4) : DATA_START + (uint32_t)(items - 4 - b->data);
}

/* The reverse of decode_argument(): `at` is the argument in its structure. Returns its size there. */
static size_t encode_argument(struct builder *b, char form, const unsigned char *at)
{
    const unsigned char *pointer;
    uint32_t offset;
    switch (form) {
    case '4': case 'i': case 'o':
        put(b, at, 4);
        return 4;
    case '8':
        put(b, at, 8);
        return 8;
    default:
        memcpy(&pointer, at, sizeof pointer);
        if (strchr("spz", form) != NULL)
            offset = pointer == NULL && form == 'z' ? 0 : plan_str(b, pointer == NULL ? "" : (const char *)pointer);
        else
            offset = pointer == NULL && form == 'w' ? 0 : offset_of(b, pointer);
        put(b, &offset, 4);
        return strchr("spz", form) != NULL ? 8 : 16;
    }
}

uint32_t plan_op(struct builder *b, uint16_t code, const void *arguments)
{
    const char *layout = layouts[code];
    const unsigned char *bytes = arguments;
    struct lade_op head = { .code = code };
    size_t at = 0;
    if (*layout != 0) {
        memcpy(&head.flags, bytes, sizeof head.flags);
        /* Bits above the flags are unused. */
        head.flags &= (1u << *layout) - 1;
        at = sizeof head.flags;
    }
    b->last = b->ops_used;
    put(b, &head, sizeof head);
    while (*++layout != '\0') {
        if (strchr("4io", *layout) == NULL)
            at = (at + 7) & ~7ul;
        at += encode_argument(b, *layout, bytes + at);
    }
    plan_last(b)->size = (uint16_t)(b->ops_used - b->last);
    return b->op_count++;
}

void plan_truncate(struct builder *b, uint32_t op_count)
{
    b->ops_used = 0;
    for (b->op_count = 0; b->op_count < op_count; b->op_count++) {
        b->last = b->ops_used;
        b->ops_used += plan_last(b)->size;
    }
}

struct lade_op *plan_last(struct builder *b)
{
    return (struct lade_op *)(b->ops + b->last);
}

uint32_t *plan_words(struct builder *b)
{
    return (uint32_t *)(plan_last(b) + 1);
}

/* As in every plan compiled by lade. */
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
    plan.slots = plan.ops + b->ops_used;
    plan.total_size = plan.slots + b->slot_count * 4;
    int fd = (int)syscall(SYS_memfd_create, "plan", 1u);
    if (pwrite(fd, &plan, sizeof plan, 0) < 0 || pwrite(fd, b->data, b->used, DATA_START) < 0
        || pwrite(fd, b->ops, b->ops_used, plan.ops) < 0 || pwrite(fd, b->slots, b->slot_count * 4, plan.slots) < 0)
        abort();
    return fd;
}

#define ATTR_NOSUID 2u
#define ATTR_NODEV 4u
#define ATTR_NOEXEC 8u

uint32_t plan_root(struct builder *b, const char *root)
{
    uint32_t tree = plan_slot(b, -1);
    OP(b, set_propagation, .propagation = MS_SLAVE | MS_REC);
    OP(b, open_null);
    OP(b, open_tree, .recursive = 1, .tree = tree, .path = root, .propagation = MS_PRIVATE);
    OP(b, attach_root, .shared_parent = 1, .tree = tree, .path = root);
    uint32_t procfs = OP(b, mount, .no_symlinks = 1, .type = "proc", .source = "proc", .target = "/proc");
    OP(b, mount, .type = "tmpfs", .source = "tmpfs", .options = VEC(b, "mode", "755", "size", "65536k"), .attributes = ATTR_NOSUID, .target = "/dev");
    OP(b, mount, .type = "devpts", .source = "devpts", .options = VEC(b, "newinstance", "", "ptmxmode", "0666", "mode", "0620", "gid", "5"),
        .attributes = ATTR_NOSUID | ATTR_NOEXEC, .target = "/dev/pts");
    OP(b, make_device, .path = "/dev/null", .mode = S_IFCHR | 0666, .major = 1, .minor = 3);
    OP(b, make_device, .path = "/dev/zero", .mode = S_IFCHR | 0666, .major = 1, .minor = 5);
    OP(b, make_symlink, .path = "/dev/fd", .target = "/proc/self/fd");
    OP(b, make_symlink, .path = "/dev/ptmx", .target = "pts/ptmx");
    return procfs;
}

void plan_shell(struct builder *b, const char *script)
{
    OP(b, find_executable, .file = "sh", .search_path = "/nowhere:/bin", .args = VEC(b, "sh", "-c", script), .env = VEC(b, "PATH=/bin", "HOME=/"));
    OP(b, execute);
}

void plan_program(struct builder *b, const char *script)
{
    OP(b, pivot_root);
    OP(b, change_directory, .path = "/");
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

    /* The program's output: temporarily our own 1 and 2. */
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

bool succeeded(const struct run *run)
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
