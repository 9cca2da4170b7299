/* STANDARD_STREAMS and CLOSE_DESCRIPTORS; exiting under a filter that forbids it. */
#include "harness.h"
#include "tests.h"
#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

static struct builder b;
static struct run run;

static void begin(void)
{
    plan_begin(&b);
    run = fresh_run;
    b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    plan_root(&b, root_path);
    OP(&b, pivot_root);
}

static void finish(const char *script)
{
    plan_shell(&b, script);
    run_plan(&b, &run);
    if (b.proc_fd >= 0)
        close(b.proc_fd);
}

static void expect(const char *script, const char *output)
{
    finish(script);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, output) == 0, "%s, not %s", run.output, output);
}

/* --- standard streams --- */

static int saved_input = -1;

static void use_as_input(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0600);
    saved_input = fcntl(0, F_DUPFD_CLOEXEC, 50);
    dup2(fd, 0);
    close(fd);
}

static void restore_input(void)
{
    dup2(saved_input, 0);
    close(saved_input);
}

/* "DEVICE:INODE" in busybox's format. */
static const char *identity(const char *path)
{
    static char text[64];
    struct stat status;
    stat(path, &status);
    snprintf(text, sizeof text, "%lu:%lu\n", (unsigned long)status.st_dev, (unsigned long)status.st_ino);
    return text;
}

#define IDENTITIES "stat -L -c %d:%i /proc/self/fd/0 /dev/null | sort -u"

static void the_hosts_null_is_replaced(void)
{
    use_as_input("/dev/null", O_RDWR);
    struct stat before, after;
    stat("/dev/null", &before);
    begin();
    OP(&b, standard_streams, .uid = 1000);
    finish(IDENTITIES);
    CHECK(succeeded(&run) && strchr(run.output, '\n') == strrchr(run.output, '\n'), "the root's own: %s", run.output);
    CHECK(strcmp(run.output, identity("/dev/null")) != 0, "the host's: %s", run.output);

    /* Without the operation it is the host's: the test can tell the difference. */
    begin();
    finish("stat -L -c %d:%i /proc/self/fd/0");
    CHECK(succeeded(&run) && strcmp(run.output, identity("/dev/null")) == 0, "%s", run.output);

    /* The program's changes do not affect the host's device. */
    begin();
    OP(&b, standard_streams);
    finish("touch -d '2001-01-01 00:00:00' /dev/null && test /proc/self/fd/0 -ot /bin/busybox && echo older");
    CHECK(succeeded(&run) && strcmp(run.output, "older\n") == 0, "%s", run.output);
    stat("/dev/null", &after);
    restore_input();
    CHECK(before.st_mtime == after.st_mtime && before.st_mode == after.st_mode && before.st_uid == after.st_uid && before.st_gid == after.st_gid, "the host's node changed");
}

/* As in a detached run. */
static void all_three_are_replaced(void)
{
    char path[512], text[256] = "", host[64];
    strcpy(host, identity("/dev/null"));
    snprintf(path, sizeof path, "%s/tmp/seen", root_path);
    use_as_input("/dev/null", O_RDWR);
    begin();
    run.output_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    OP(&b, standard_streams, .uid = 1000);
    /* A redirection would temporarily replace the shell's own. */
    finish("seen=$(for fd in 0 1 2; do stat -L -c %d:%i /proc/$$/fd/$fd; done; stat -L -c %d:%i /dev/null); echo \"$seen\" > /tmp/seen");
    restore_input();
    close(run.output_fd);
    CHECK(succeeded(&run), "%s", run.text);
    CHECK(read_file(path, text, sizeof text), "%s", path);
    /* Four equal lines. */
    size_t length = strcspn(text, "\n") + 1;
    CHECK(strlen(text) == 4 * length && memcmp(text, text + length, 3 * length) == 0, "%s", text);
    CHECK(strncmp(text, host, strlen(host)) != 0, "%s", text);
}

static void access_modes_are_kept(void)
{
    const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_APPEND | O_NONBLOCK };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        char wanted[64];
        use_as_input("/dev/null", modes[i]);
        /* The kernel adds O_LARGEFILE. */
        snprintf(wanted, sizeof wanted, "flags:\t0%o\n", (unsigned)modes[i] | 0100000u);
        begin();
        OP(&b, standard_streams);
        expect("grep flags /proc/$$/fdinfo/0", wanted);
        restore_input();
    }
}

#define OWN_NODE "stat -L -c '%t,%T %a %u' /proc/self/fd/0; cat /proc/self/fd/0; echo x > /proc/self/fd/0 && echo written"

/* A running container may have replaced its device by anything, which is not opened. */
static void a_root_without_null_gets_a_node_of_inits_own(void)
{
    static const char *const others[] = {
        "true", "touch null", "mkdir null", "mkfifo null", "ln -s /dev2/null null", "mknod null c 1 5", "mknod null c 1 7", "ln -s ../hosts null", "mknod null b 1 3",
    };
    use_as_input("/dev/null", O_RDWR);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        shell("cd '%s' && rm -rf dev2 dev3 && mkdir dev2 dev3 && mknod dev2/null c 1 3 && cd dev3 && %s", root_path, others[i]);
        begin();
        uint32_t tree = plan_slot(&b, -1);
        char path[512];
        snprintf(path, sizeof path, "%s/dev3", root_path);
        /* Before the root changes. */
        plan_truncate(&b, b.op_count - 1);
        OP(&b, open_tree, .tree = tree, .path = path, .propagation = MS_PRIVATE);
        OP(&b, attach, .tree = tree, .target = "/dev");
        OP(&b, pivot_root);
        OP(&b, standard_streams);
        finish(OWN_NODE "; stat -L -c %d:%i /proc/self/fd/0");
        CHECK(succeeded(&run) && strncmp(run.output, "1,3 666 0\nwritten\n", 18) == 0, "%s: %s", others[i], run.output);
        CHECK(strcmp(run.output + 18, identity("/dev/null")) != 0, "%s: the host's", others[i]);
    }
    restore_input();
}

static void map_own_ids(struct run *r, uint64_t what)
{
    if (what == LADE_SYNC_MAP_IDS)
        shell("echo '0 100000 65536' > /proc/%d/uid_map && echo '0 100000 65536' > /proc/%d/gid_map", r->pid, r->pid);
}

static void a_user_namespace_without_null_is_told(void)
{
    use_as_input("/dev/null", O_RDWR);
    shell("chmod 755 '%s/..'", root_path);
    for (int has = 0; has <= 1; has++) {
        plan_begin(&b);
        run = fresh_run;
        run.clone_flags = CLONE_NEWNS;
        run.on_sync = map_own_ids;
        b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        plan_root(&b, root_path);
        OP(&b, pivot_root);
        if (!has)
            OP(&b, mount, .type = "tmpfs", .target = "/dev");
        OP(&b, unshare, .flags = CLONE_NEWUSER);
        OP(&b, sync, .point = LADE_SYNC_MAP_IDS);
        OP(&b, become_root);
        uint32_t op = OP(&b, standard_streams);
        finish(IDENTITIES);
        if (has)
            CHECK(succeeded(&run) && strchr(run.output, '\n') == strrchr(run.output, '\n'), "%s", run.output);
        else
            CHECK(failed_with(&run, op, LADE_STAGE_DEVICE_NULL, EPERM), "no node can be made");
    }
    restore_input();
}

static void pipes_become_the_users(void)
{
    begin();
    OP(&b, find_executable, .file = "/bin/sh", .uid = 1000, .gid = 1000,
        .args = VEC(&b, "sh", "-c", "stat -L -c %u /proc/self/fd/1; echo reopened > /proc/self/fd/1"), .env = VEC(&b, "PATH=/bin"));
    OP(&b, standard_streams, .uid = 1000);
    OP(&b, set_user, .uid = 1000, .gid = 1000);
    OP(&b, set_capabilities);
    OP(&b, execute);
    run_plan(&b, &run);
    close(b.proc_fd);
    CHECK(succeeded(&run) && strcmp(run.output, "1000\nreopened\n") == 0, "%s", run.output);

    /* Changing the user alone does not change their ownership. */
    begin();
    OP(&b, set_user, .uid = 1000, .gid = 1000);
    expect("stat -L -c %u /proc/self/fd/1", "0\n");

    char path[512];
    struct stat status;
    snprintf(path, sizeof path, "%s/tmp/input", root_path);
    use_as_input(path, O_RDWR | O_CREAT);
    begin();
    OP(&b, standard_streams, .uid = 1000);
    finish("true");
    restore_input();
    CHECK(succeeded(&run) && stat(path, &status) == 0 && status.st_uid == 0 && status.st_gid == 0, "uid %u gid %u", status.st_uid, status.st_gid);
}

/* CVE-2026-88265: devices keep their owner. Uses nodes of its own, in case the test fails. */
static void devices_are_never_given_away(void)
{
    const unsigned minors[] = { 3, 5, 7 };
    for (size_t i = 0; i < sizeof minors / sizeof *minors; i++) {
        char path[512], wanted[64];
        struct stat status;
        snprintf(path, sizeof path, "%s/tmp/device", root_path);
        snprintf(wanted, sizeof wanted, "0 1,%x\n", minors[i]);
        unlink(path);
        if (mknod(path, S_IFCHR, makedev(1, minors[i])) != 0 || chmod(path, 0660) != 0)
            abort();
        use_as_input(path, O_RDWR);
        begin();
        OP(&b, standard_streams, .uid = 1000);
        expect("stat -L -c '%u %t,%T' /proc/self/fd/0", wanted);
        restore_input();
        CHECK(stat(path, &status) == 0 && status.st_uid == 0 && status.st_gid == 0 && (status.st_mode & 07777) == 0660, "uid %u mode %o", status.st_uid, status.st_mode);
    }
}

/* Not an error, and nothing is opened instead. */
static void a_closed_stream_stays_closed(void)
{
    saved_input = fcntl(0, F_DUPFD_CLOEXEC, 50);
    begin();
    close(0);
    OP(&b, standard_streams, .uid = 1000);
    OP(&b, close_descriptors);
    finish("test -e /proc/$$/fd/0 || echo closed");
    restore_input();
    CHECK(succeeded(&run) && strcmp(run.output, "closed\n") == 0, "%s", run.output);
}

/* --- closing descriptors --- */

static char open_files[512];

static void look_at_descriptors(struct run *r, uint64_t what)
{
    char path[64];
    bool open[1024] = { false };
    struct dirent *entry;
    (void)what;
    snprintf(path, sizeof path, "/proc/%d/fd", r->cloned > 0 ? r->cloned : r->pid);
    DIR *directory = opendir(path);
    while (directory != NULL && (entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            open[atoi(entry->d_name) % 1024] = true;
    closedir(directory);
    *open_files = '\0';
    for (int i = 0; i < 1024; i++)
        if (open[i])
            snprintf(open_files + strlen(open_files), sizeof open_files - strlen(open_files), "%d ", i);
}

static int compare(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

/* 0, 1, 2, the sync socket and `others`, in order. */
static const char *numbers(int count, const int *others)
{
    static char text[512];
    int all[16] = { 0, 1, 2, run.sync_number };
    memcpy(all + 4, others, (size_t)count * sizeof(int));
    qsort(all, (size_t)count + 4, sizeof(int), compare);
    *text = '\0';
    for (int i = 0; i < count + 4; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d ", all[i]);
    return text;
}

static void exactly_the_kept_ones_stay(void)
{
    int file = open("/", O_PATH | O_CLOEXEC), listener = fcntl(file, F_DUPFD_CLOEXEC, 61), output = fcntl(file, F_DUPFD_CLOEXEC, 63);
    int other = fcntl(file, F_DUPFD_CLOEXEC, 62), high = fcntl(file, F_DUPFD_CLOEXEC, 300);
    for (int kind = 0; kind < 4; kind++) {
        begin();
        uint32_t slot = plan_slot(&b, listener);
        plan_slot(&b, other);
        plan_slot(&b, high);
        run.extra_keep = fcntl(file, F_DUPFD_CLOEXEC, 100);
        if (kind & 1)
            OP(&b, set_hook_output, .descriptor = plan_slot(&b, output), .number = 2);
        OP(&b, close_descriptors, .kept = kind & 2 ? slot : LADE_NO_SLOT);
        OP(&b, sync, .point = LADE_SYNC_READY);
        run.on_sync = look_at_descriptors;
        finish("true");
        close(run.extra_keep);
        CHECK(succeeded(&run), "%s", run.output);
        int kept[2], count = 0;
        if (kind & 2)
            kept[count++] = listener;
        CHECK(strcmp(open_files, numbers(count, kept)) == 0, "%s, not %s", open_files, numbers(count, kept));
    }
    close(high);
    close(other);
    close(output);
    close(listener);
    close(file);
}

static void the_programs_own_stay(void)
{
    int saved[2], file = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 2; i++)
        saved[i] = fcntl(3 + i, F_DUPFD_CLOEXEC, 50);
    /* open() may have returned one of these numbers. */
    file = fcntl(file, F_DUPFD_CLOEXEC, 70);
    dup2(file, 3);
    dup2(file, 4);
    begin();
    b.preserve_fds = 2;
    OP(&b, close_descriptors);
    OP(&b, sync, .point = LADE_SYNC_READY);
    run.on_sync = look_at_descriptors;
    finish("true");
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(open_files, numbers(2, (int[]) { 3, 4 })) == 0, "%s", open_files);
    for (int i = 0; i < 2; i++) {
        close(3 + i);
        if (saved[i] >= 0) {
            dup2(saved[i], 3 + i);
            close(saved[i]);
        }
    }
    close(file);
}

/* Neither slots nor procfs can be used afterwards. */
static void slots_are_empty_afterwards(void)
{
    int file = open("/", O_PATH | O_CLOEXEC);
    begin();
    uint32_t slot = plan_slot(&b, file);
    OP(&b, close_descriptors);
    uint32_t op = OP(&b, join_namespace, .namespace = slot, .type = CLONE_NEWNS);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_PLAN, EBADF), "a slot");

    begin();
    OP(&b, close_descriptors);
    op = OP(&b, write_proc, .path = "self/oom_score_adj", .value = "77");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_NONE, EBADF), "the procfs");
    close(file);
}

/* --- under the program's filter --- */

struct refusal {
    long number;
    uint32_t action;
};

static struct lade_blob filter(const struct refusal *refusals, size_t count)
{
    struct sock_filter code[16] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
    size_t used = 1;
    for (size_t i = 0; i < count; i++) {
        code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)refusals[i].number, 0, 1);
        code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, refusals[i].action);
    }
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return plan_blob(&b, code, (uint32_t)(used * sizeof *code));
}

#define FILTER(...) filter((const struct refusal[]) { __VA_ARGS__ }, sizeof((const struct refusal[]) { __VA_ARGS__ }) / sizeof(struct refusal))

/* Temporary descriptors are released periodically, by a call that the filter may not allow. */
static void nothing_is_released_after_closing(void)
{
    begin();
    OP(&b, find_executable, .file = "/bin/sh", .args = VEC(&b, "sh", "-c", "echo on"), .env = VEC(&b, "PATH=/bin"));
    OP(&b, close_descriptors);
    OP(&b, load_seccomp, .program = FILTER({ SYS_close_range, SECCOMP_RET_KILL_PROCESS }), .is_early = 1);
    for (int i = 0; i < 60; i++)
        OP(&b, set_umask, .mask = 022);
    OP(&b, execute);
    run_plan(&b, &run);
    close(b.proc_fd);
    CHECK(succeeded(&run) && strcmp(run.output, "on\n") == 0, "status %x %s", (unsigned)run.status, run.output);

    /* The filter works: with descriptors left to close, execution fails. */
    begin();
    OP(&b, find_executable, .file = "/bin/sh", .args = VEC(&b, "sh", "-c", "echo on"), .env = VEC(&b, "PATH=/bin"));
    OP(&b, load_seccomp, .program = FILTER({ SYS_close_range, SECCOMP_RET_KILL_PROCESS }), .is_early = 1);
    OP(&b, execute);
    run_plan(&b, &run);
    close(b.proc_fd);
    CHECK(WIFSIGNALED(run.status) && WTERMSIG(run.status) == SIGSYS, "status %x %s", (unsigned)run.status, run.output);
}

/* How init terminates if execve is denied, and so is every way to report it: by a fault, even if its signal is ignored. */
static void ends_where_it_may_not_exit(void)
{
    for (int kind = 0; kind < 4; kind++) {
        begin();
        OP(&b, find_executable, .file = "/bin/true", .args = VEC(&b, "true"), .env = VEC(&b, "PATH=/bin"));
        OP(&b, close_descriptors);
        OP(&b, load_seccomp,
            .program = kind & 1 ? FILTER({ SYS_exit_group, SECCOMP_RET_ERRNO | EPERM }, { SYS_exit, SECCOMP_RET_ERRNO | EPERM }, { SYS_execve, SECCOMP_RET_ERRNO | EACCES },
                           { SYS_write, SECCOMP_RET_ERRNO | EPERM }, { SYS_kill, SECCOMP_RET_ERRNO | EPERM }, { SYS_tgkill, SECCOMP_RET_ERRNO | EPERM })
                     : FILTER({ SYS_exit_group, SECCOMP_RET_ERRNO | EPERM }, { SYS_exit, SECCOMP_RET_ERRNO | EPERM }, { SYS_execve, SECCOMP_RET_ERRNO | EACCES }), .is_early = 1);
        uint32_t op = OP(&b, execute);
        for (int number = 1; number < 32; number++)
            if (kind & 2 && (number == SIGILL || number == SIGSEGV || number == SIGTRAP || number == SIGABRT))
                signal(number, SIG_IGN);
        /* As pid 1 of its namespace it is immune to signals it sends itself. */
        run.clone_flags = kind & 2 ? fresh_run.clone_flags : CLONE_NEWNS;
        run_plan(&b, &run);
        for (int number = 1; number < 32; number++)
            if (number == SIGILL || number == SIGSEGV || number == SIGTRAP || number == SIGABRT)
                signal(number, SIG_DFL);
        close(b.proc_fd);
        CHECK(WIFSIGNALED(run.status) && WTERMSIG(run.status) != SIGKILL, "kind %d: status %x", kind, (unsigned)run.status);
        CHECK(kind & 1 || (run.failed && run.error.op == op && run.error.stage == LADE_STAGE_EXEC && run.error.error == EACCES), "kind %d: it says why", kind);
    }
}

void test_streams(void)
{
    test("streams: the host's null device is replaced", the_hosts_null_is_replaced);
    test("streams: all three are replaced", all_three_are_replaced);
    test("streams: access modes are kept", access_modes_are_kept);
    test("streams: without a null device a new node is created", a_root_without_null_gets_a_node_of_inits_own);
    test("streams: an error in a user namespace without a null device", a_user_namespace_without_null_is_told);
    test("streams: pipes change owner, files do not", pipes_become_the_users);
    test("streams: devices never change owner", devices_are_never_given_away);
    test("streams: a closed one stays closed", a_closed_stream_stays_closed);
    test("closing: only kept descriptors stay open", exactly_the_kept_ones_stay);
    test("closing: preserved descriptors stay open", the_programs_own_stay);
    test("closing: slots and procfs become unusable", slots_are_empty_afterwards);
    test("closing: nothing is released afterwards", nothing_is_released_after_closing);
    test("exits under a filter that forbids exiting", ends_where_it_may_not_exit);
}
