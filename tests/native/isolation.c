/* EMPTY_ROOT and SET_PROC_NAMESPACE: what other processes can access. */
#include "harness.h"
#include "tests.h"
#include <dirent.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#define TMPFS_SUPER_MAGIC 0x01021994
#define FSCONFIG_SET_FD 5u

static struct builder b;
static struct run run;

/* Number of entries other than . and ..; -1 if the directory cannot be read. */
static int entries(const char *path)
{
    int count = -2;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return -1;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static bool has_line(pid_t pid, const char *line)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    return read_file(path, text, sizeof text) && strstr(text, line) != NULL;
}

static const char *link_of(pid_t pid, const char *name)
{
    static char texts[2][256];
    static int next;
    char path[64], *text = texts[next++ % 2];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    ssize_t length = readlink(path, text, 255);
    text[length < 0 ? 0 : length] = '\0';
    return text;
}

/* Empty, read-only, and on a file system of its own. */
static bool is_empty_root(pid_t pid)
{
    char path[64];
    struct statfs fs;
    struct stat own, host;
    snprintf(path, sizeof path, "/proc/%d/root/", pid);
    if (entries(path) != 0 || statfs(path, &fs) != 0 || fs.f_type != TMPFS_SUPER_MAGIC || stat(path, &own) != 0 || stat("/", &host) != 0 || own.st_dev == host.st_dev)
        return false;
    snprintf(path, sizeof path, "/proc/%d/root/made", pid);
    if (open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0 || errno != EROFS)
        return false;
    snprintf(path, sizeof path, "/proc/%d/cwd/", pid);
    return entries(path) == 0;
}

/* Whether a process with uid 0 and no capabilities, as in a container that shares the host's pid and user namespaces, may access the root of `pid`. */
static bool is_open_to_uid_0(pid_t pid)
{
    pid_t attacker = fork();
    if (attacker == 0) {
        char path[64];
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct none[2] = { { 0 } };
        snprintf(path, sizeof path, "/proc/%d/root/etc", pid);
        if (syscall(SYS_capset, &header, none) != 0)
            _exit(2);
        _exit(open(path, O_PATH | O_CLOEXEC) >= 0 ? 0 : errno == EACCES || errno == EPERM ? 1 : 3);
    }
    int status = -1;
    waitpid(attacker, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) <= 1, "the attacker, status %x", (unsigned)status);
    return status == 0;
}

/* --- EMPTY_ROOT --- */

static bool looked, open_to_uid_0;

static void look_at_holder(struct run *r, uint64_t what)
{
    char path[64], map[128] = "";
    (void)what;
    looked = true;
    CHECK(is_empty_root(r->pid), "%d names, %s", entries("/proc/self/root/"), link_of(r->pid, "root"));
    CHECK(has_line(r->pid, "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"), "no capability");
    CHECK(strcmp(link_of(r->pid, "ns/user"), link_of(getpid(), "ns/user")) != 0, "a user namespace of its own");
    /* 0, 1, 2 and the sync socket. */
    snprintf(path, sizeof path, "/proc/%d/fd", r->pid);
    CHECK(entries(path) == 4, "%d descriptors", entries(path));
    open_to_uid_0 = is_open_to_uid_0(r->pid);
    /* The purpose of the namespace. */
    shell("echo '0 100000 65536' > /proc/%d/uid_map && echo '0 100000 65536' > /proc/%d/gid_map", r->pid, r->pid);
    snprintf(path, sizeof path, "/proc/%d/uid_map", r->pid);
    CHECK(read_file(path, map, sizeof map) && strstr(map, "100000") != NULL, "%s", map);
    shutdown(r->sync, SHUT_RDWR);
}

static void a_holder_has_nothing(void)
{
    plan_begin(&b);
    run = fresh_run;
    run.clone_flags = 0;
    b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    OP(&b, close_descriptors);
    OP(&b, empty_root, .flags = CLONE_NEWUSER);
    OP(&b, set_capabilities);
    OP(&b, sync, .point = LADE_SYNC_MAP_IDS);
    run.on_sync = look_at_holder;
    looked = false;
    run_plan(&b, &run);
    close(b.proc_fd);
    CHECK(looked, "status %x", (unsigned)run.status);
    CHECK(!open_to_uid_0, "uid 0 without capabilities looks into it");
    CHECK(WIFEXITED(run.status) && WEXITSTATUS(run.status) == 1, "ends with its socket, status %x", (unsigned)run.status);
}

static void look_from_outside(struct run *r, uint64_t what)
{
    (void)what;
    looked = true;
    open_to_uid_0 = is_open_to_uid_0(r->pid);
    shutdown(r->sync, SHUT_RDWR);
}

/* Proves that the attack works on a process executed in a new user namespace. */
static void the_attacker_is_one(void)
{
    plan_begin(&b);
    run = fresh_run;
    run.clone_flags = CLONE_NEWUSER;
    OP(&b, sync, .point = LADE_SYNC_MAP_IDS);
    run.on_sync = look_from_outside;
    looked = false;
    run_plan(&b, &run);
    CHECK(looked && open_to_uid_0, "%d", looked);
}

static void look_at_empty_root(struct run *r, uint64_t what)
{
    (void)what;
    looked = true;
    CHECK(is_empty_root(r->pid), "%s", link_of(r->pid, "root"));
    CHECK(strcmp(link_of(r->pid, "ns/user"), link_of(getpid(), "ns/user")) == 0, "the same user namespace");
}

static void an_empty_root_without_a_namespace(void)
{
    plan_begin(&b);
    run = fresh_run;
    run.clone_flags = 0;
    OP(&b, empty_root);
    OP(&b, sync, .point = LADE_SYNC_READY);
    uint32_t op = OP(&b, find_executable, .file = "/bin/sh", .args = VEC(&b, "sh"), .env = VEC(&b, "A=b"));
    run.on_sync = look_at_empty_root;
    looked = false;
    run_plan(&b, &run);
    CHECK(looked && failed_with(&run, op, LADE_STAGE_STAT, ENOENT), "nothing is there");
}

/* --- SET_PROC_NAMESPACE --- */

#define SEEN "ls /proc | grep '^[0-9]'; cat /proc/1/comm"

static int open_namespace(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/pid", pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Simulates a kernel without the option, with `action` for sendmsg(2), which the helper uses to return its result. */
static struct lade_blob old_kernel(uint32_t action)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsconfig, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FSCONFIG_SET_FD, 2, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
    };
    return plan_blob(&b, code, sizeof code);
}

/* `joined`: init's children are already in the namespace. */
static void show(pid_t elsewhere, uint64_t kernel, uint32_t flags, bool joined)
{
    plan_begin(&b);
    void (*on_console)(struct run *) = run.on_console;
    run = fresh_run;
    run.on_console = on_console;
    run.clone_flags = CLONE_NEWNS;
    int namespace = open_namespace(elsewhere);
    uint32_t slot = plan_slot(&b, namespace);
    b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (kernel != 0)
        OP(&b, load_seccomp, .program = old_kernel((uint32_t)kernel), .flags = flags, .listener_by_number = flags != 0, .is_early = 1);
    if (joined)
        OP(&b, join_namespace, .namespace = slot, .type = CLONE_NEWPID);
    OP(&b, set_proc_namespace, .namespace = slot, .is_joined = joined);
    plan_root(&b, root_path);
    OP(&b, pivot_root);
    if (joined) {
        /* Inside, the program also sees itself. */
        OP(&b, close_descriptors);
        OP(&b, clone);
        plan_shell(&b, "cat /proc/1/comm; test -e /proc/self/status && echo inside");
    } else {
        plan_shell(&b, SEEN "; test -e /proc/self || echo outside");
    }
    run_plan(&b, &run);
    close(b.proc_fd);
    close(namespace);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, joined ? "elsewhere\ninside\n" : "1\nelsewhere\noutside\n") == 0, "%s", run.output);
}

static void a_procfs_of_others(void)
{
    pid_t elsewhere = start_elsewhere();
    run.on_console = NULL;
    show(elsewhere, 0, 0, false);
    show(elsewhere, 0, 0, true);
    stop(elsewhere);
}

static void a_procfs_of_others_on_an_old_kernel(void)
{
    pid_t elsewhere = start_elsewhere();
    run.on_console = NULL;
    show(elsewhere, SECCOMP_RET_ALLOW, 0, false);
    show(elsewhere, SECCOMP_RET_ALLOW, 0, true);
    stop(elsewhere);
}

/* Inspects the helper while it is stopped in its last call, then lets it continue. */
static pid_t watcher;

static bool maps_a_plan(pid_t pid)
{
    static char text[65536];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    return !read_file(path, text, sizeof text) || strstr(text, "memfd:plan") != NULL;
}

/* 0, or the number of the failed check. */
static int judge_helper(pid_t pid, pid_t elsewhere)
{
    char path[64];
    if (strcmp(link_of(pid, "ns/pid"), link_of(elsewhere, "ns/pid")) != 0)
        return 10;
    if (!is_empty_root(pid))
        return 11;
    if (strcmp(link_of(pid, "ns/user"), link_of(getpid(), "ns/user")) == 0 || strcmp(link_of(pid, "ns/mnt"), link_of(getpid(), "ns/mnt")) == 0)
        return 12;
    /* The socket for the result, and the result. */
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    if (entries(path) != 2)
        return 13;
    if (maps_a_plan(pid))
        return 14;
    /* No IDs are mapped. */
    char map[64];
    snprintf(path, sizeof path, "/proc/%d/uid_map", pid);
    if (!read_file(path, map, sizeof map) || *map != '\0')
        return 15;
    /* Its mount namespace contains only the empty root. */
    static char mounts[4096];
    snprintf(path, sizeof path, "/proc/%d/mountinfo", pid);
    if (!read_file(path, mounts, sizeof mounts) || strchr(mounts, '\n') == NULL || strchr(mounts, '\n') != strrchr(mounts, '\n') || strstr(mounts, " - tmpfs ") == NULL)
        return 16;
    return is_open_to_uid_0(pid) ? 17 : 0;
}

static pid_t watched_namespace;

static void watch_helper(struct run *r)
{
    int pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
    int listener = (int)syscall(SYS_pidfd_getfd, pidfd, r->number, 0);
    CHECK(listener >= 0, "%s", strerror(errno));
    watcher = fork();
    if (watcher == 0) {
        struct seccomp_notif call = { 0 };
        close(r->sync);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0)
            _exit(1);
        int result = (pid_t)call.pid == r->pid || call.data.nr != SYS_sendmsg ? 2 : judge_helper((pid_t)call.pid, watched_namespace);
        struct seccomp_notif_resp answer = { .id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
        _exit(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0 ? 3 : result);
    }
    close(listener);
    close(pidfd);
}

static void the_helper_has_nothing(void)
{
    pid_t elsewhere = start_elsewhere();
    watched_namespace = elsewhere;
    watcher = 0;
    run.on_console = watch_helper;
    show(elsewhere, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER, false);
    run.on_console = NULL;
    int status = -1;
    CHECK(watcher > 0 && waitpid(watcher, &status, 0) == watcher && status == 0, "what is wrong with the helper: status %x", (unsigned)status);
    stop(elsewhere);
}

/* The helper dies before it answers: an error, and no other file system is mounted instead. */
static void a_helper_that_is_killed(void)
{
    pid_t elsewhere = start_elsewhere();
    plan_begin(&b);
    run = fresh_run;
    run.clone_flags = CLONE_NEWNS;
    int namespace = open_namespace(elsewhere);
    uint32_t slot = plan_slot(&b, namespace);
    OP(&b, load_seccomp, .program = old_kernel(SECCOMP_RET_KILL_PROCESS), .is_early = 1);
    OP(&b, set_proc_namespace, .namespace = slot);
    uint32_t op = plan_root(&b, root_path);
    plan_program(&b, SEEN);
    run_plan(&b, &run);
    close(namespace);
    stop(elsewhere);
    CHECK(failed_with(&run, op, LADE_STAGE_FSOPEN, ECHILD), "%s", run.output);
}

/* A file that is not a pid namespace is rejected. */
static void a_file_that_is_none(void)
{
    plan_begin(&b);
    run = fresh_run;
    int file = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    OP(&b, set_proc_namespace, .namespace = plan_slot(&b, file));
    plan_root(&b, root_path);
    plan_program(&b, SEEN);
    run_plan(&b, &run);
    close(file);
    CHECK(run.failed && run.error.stage == LADE_STAGE_FSOPEN && *run.output == '\0', "%s", run.output);
}

/* Other file systems are not affected, nor is procfs without the operation. */
static void other_file_systems_are_as_ever(void)
{
    plan_begin(&b);
    run = fresh_run;
    plan_root(&b, root_path);
    plan_program(&b, "cat /proc/1/comm; ls /proc/self/fd | wc -l; grep -c tmpfs /proc/self/mounts");
    run_plan(&b, &run);
    CHECK(succeeded(&run) && strcmp(run.output, "sh\n4\n1\n") == 0, "%s", run.output);
}

void test_isolation(void)
{
    test("empty root: a namespace holder has nothing", a_holder_has_nothing);
    test("empty root: the attack works otherwise", the_attacker_is_one);
    test("empty root: without a user namespace", an_empty_root_without_a_namespace);
    test("foreign procfs, with the kernel's option if supported", a_procfs_of_others);
    test("foreign procfs on an old kernel", a_procfs_of_others_on_an_old_kernel);
    test("foreign procfs: the helper has nothing", the_helper_has_nothing);
    test("foreign procfs: the helper is killed", a_helper_that_is_killed);
    test("foreign procfs: not a pid namespace", a_file_that_is_none);
    test("other file systems are not affected", other_file_systems_are_as_ever);
}
