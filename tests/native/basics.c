/* Start-up, protocol, plan validation, signals, descriptors, memory, namespaces. */
#include "harness.h"
#include "tests.h"
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/un.h>

static struct builder b;
static struct run run;

static void begin(void)
{
    plan_begin(&b);
    run = fresh_run;
}

static void runs_a_program(void)
{
    begin();
    plan_root(&b, root_path);
    OP(&b, set_hostname, .name = "ship");
    OP(&b, set_domainname, .name = "harbour");
    plan_program(&b, "echo hello; cat /proc/self/comm /proc/sys/kernel/hostname /proc/sys/kernel/domainname; ls /; echo $$");
    run_plan(&b, &run);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, "hello\ncat\nship\nharbour\nbin\ndev\nproc\ntmp\n1\n") == 0, "%s", run.output);
}

static void host_keeps_its_mounts(void)
{
    static char before[65536], after[65536];
    begin();
    plan_root(&b, root_path);
    plan_program(&b, "true");
    read_file("/proc/self/mountinfo", before, sizeof before);
    run_plan(&b, &run);
    read_file("/proc/self/mountinfo", after, sizeof after);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(before, after) == 0, "%s", after);
}

static void bad_plans_are_refused(void)
{
    begin();
    plan_root(&b, root_path);
    uint32_t unknown = OP(&b, execute);
    plan_last(&b)->code = 999;
    run_plan(&b, &run);
    CHECK(failed_with(&run, unknown, LADE_STAGE_PLAN, ENOSYS), "unknown operation");

    begin();
    OP(&b, set_hostname, .name = "ship");
    plan_words(&b)[0] = 1u << 30;
    run_plan(&b, &run);
    CHECK(failed_with(&run, 0, LADE_STAGE_PLAN, EINVAL), "string outside the plan");

    begin();
    OP(&b, set_groups, .gids = plan_blob(&b, "abcd", 4));
    plan_words(&b)[0] -= 6;
    run_plan(&b, &run);
    CHECK(failed_with(&run, 0, LADE_STAGE_PLAN, EINVAL), "blob not aligned");

    begin();
    OP(&b, set_tree_attributes, .tree = 77);
    run_plan(&b, &run);
    CHECK(failed_with(&run, 0, LADE_STAGE_PLAN, EBADF), "slot out of range");

    begin();
    OP(&b, open_tree, .path = "/");
    run_plan(&b, &run);
    CHECK(failed_with(&run, 0, LADE_STAGE_PLAN, EBADF), "no slot where one is needed");

    begin();
    OP(&b, execute);
    OP(&b, set_hostname, .name = "ship");
    plan_last(&b)->size = UINT16_MAX - 3;
    run_plan(&b, &run);
    CHECK(failed_with(&run, 1, LADE_STAGE_PLAN, EINVAL), "operation that ends outside the plan");

    begin();
    OP(&b, set_hostname, .name = "ship");
    plan_last(&b)->size -= 4;
    b.ops_used -= 4;
    run_plan(&b, &run);
    CHECK(failed_with(&run, 0, LADE_STAGE_PLAN, EINVAL), "operation without its argument");

    begin();
    OP(&b, set_hostname, .name = "ship");
    plan_last(&b)->size += 4;
    b.ops_used += 4;
    run_plan(&b, &run);
    CHECK(failed_with(&run, 0, LADE_STAGE_PLAN, EINVAL), "operation with an argument too many");

    begin();
    OP(&b, execute);
    plan_last(&b)->size = 4;
    run_plan(&b, &run);
    CHECK(failed_with(&run, 0, LADE_STAGE_PLAN, EINVAL), "operation without a head");

    begin();
    OP(&b, sync, .point = LADE_SYNC_READY);
    plan_last(&b)->flags = 1u << 1;
    run_plan(&b, &run);
    CHECK(failed_with(&run, 0, LADE_STAGE_PLAN, EINVAL), "flag that the operation does not have");

    begin();
    OP(&b, set_umask, .mask = 022);
    run_plan(&b, &run);
    CHECK(failed_with(&run, 1, LADE_STAGE_PLAN, ENOEXEC), "no EXECUTE");

    begin();
    OP(&b, execute);
    run_plan(&b, &run);
    CHECK(failed_with(&run, 0, LADE_STAGE_PLAN, EINVAL), "EXECUTE without FIND_EXECUTABLE");
}

static void hang_up(struct run *r, uint64_t what)
{
    (void)what;
    shutdown(r->sync, SHUT_RDWR);
}

static void exits_when_lade_is_gone(void)
{
    begin();
    OP(&b, sync, .point = LADE_SYNC_READY);
    OP(&b, set_hostname, .name = "ship");
    plan_words(&b)[0] = 1u << 30;
    run.on_sync = hang_up;
    run_plan(&b, &run);
    CHECK(WIFEXITED(run.status) && WEXITSTATUS(run.status) == 1, "status %x", (unsigned)run.status);
    CHECK(!run.failed, "went on to operation %u", run.error.op);
}

static void signals_are_reset(void)
{
    sigset_t some, before;
    sigemptyset(&some);
    sigaddset(&some, SIGTERM);
    sigaddset(&some, SIGRTMIN + 3);
    sigprocmask(SIG_BLOCK, &some, &before);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGRTMIN + 2, SIG_IGN);

    begin();
    OP(&b, reset_signals, .mask = 1ull << (SIGPIPE - 1) | 1ull << (SIGUSR1 - 1) | 1ull << (SIGRTMIN + 1));
    plan_root(&b, root_path);
    OP(&b, pivot_root);
    OP(&b, find_executable, .file = "/bin/grep", .args = VEC(&b, "grep", "-E", "Sig(Blk|Ign|Cgt)", "/proc/self/status"), .env = VEC(&b, "A=b"));
    OP(&b, execute);
    run_plan(&b, &run);
    sigset_t now;
    sigprocmask(SIG_SETMASK, &before, &now);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGRTMIN + 2, SIG_DFL);

    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n") == 0, "%s", run.output);
    CHECK(sigismember(&now, SIGTERM) == 1 && sigismember(&now, SIGINT) == 0, "lade_spawn restores the caller's mask");
}

static void no_descriptor_leaks(void)
{
    int leak = open("/", O_RDONLY | O_DIRECTORY);
    int high = fcntl(leak, F_DUPFD, 700);
    begin();
    plan_root(&b, root_path);
    run.extra_keep = leak;
    plan_slot(&b, fcntl(leak, F_DUPFD_CLOEXEC, 20));
    plan_program(&b, "ls /proc/self/fd");
    run_plan(&b, &run);
    CHECK(succeeded(&run), "%s", run.output);
    /* ls itself opens the directory as 3. */
    CHECK(strcmp(run.output, "0\n1\n2\n3\n") == 0, "%s", run.output);

    close(leak);
    close(high);
}

static void preserved_descriptors_stay(void)
{
    int taken = fcntl(3, F_GETFD);
    int saved = taken < 0 ? -1 : fcntl(3, F_DUPFD_CLOEXEC, 50);
    int file = open("/dev/null", O_RDONLY);
    dup2(file, 3);
    dup2(file, 4);
    int leak = fcntl(file, F_DUPFD, 5);
    begin();
    b.preserve_fds = 2;
    plan_root(&b, root_path);
    plan_program(&b, "cd /proc/self/fd; readlink 3; readlink 4; test -e 5 && echo leaked 5; true");
    run_plan(&b, &run);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strncmp(run.output, "/dev/null\n/dev/null\n", 20) == 0, "%s", run.output);
    CHECK(strstr(run.output, "leaked") == NULL, "%s", run.output);
    close(leak);
    close(4);
    close(3);
    if (saved >= 0) {
        dup2(saved, 3);
        close(saved);
    }
}

static long private_kib;
static char waiting_comm[64];

static void measure(struct run *r, uint64_t what)
{
    char path[64], text[4096], *line;
    if (what != LADE_SYNC_READY)
        return;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", r->pid);
    read_file(path, text, sizeof text);
    private_kib = 0;
    for (line = text; (line = strstr(line, "Private_")) != NULL; line++)
        private_kib += strtol(strchr(line, ':') + 1, NULL, 10);
    snprintf(path, sizeof path, "/proc/%d/comm", r->pid);
    read_file(path, waiting_comm, sizeof waiting_comm);
}

static void waits_in_little_memory(void)
{
    begin();
    plan_root(&b, root_path);
    OP(&b, pivot_root);
    OP(&b, change_directory, .path = "/");
    OP(&b, find_executable, .file = "/bin/true", .args = VEC(&b, "true"), .env = VEC(&b, "PATH=/bin"));
    OP(&b, sync, .point = LADE_SYNC_READY);
    OP(&b, execute);
    run.on_sync = measure;
    run_plan(&b, &run);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(private_kib > 0 && private_kib < 200, "%ld KiB", private_kib);
    CHECK(strcmp(waiting_comm, "lade-init\n") == 0, "%s", waiting_comm);
    printf("    %ld KiB private while waiting\n", private_kib);
}

#define MEMORY "/sys/fs/cgroup/memory/lade-native-test"

static void runs_in(const char *limit)
{
    mkdir(MEMORY, 0755);
    shell("echo %s > " MEMORY "/memory.limit_in_bytes", limit);
    begin();
    uint32_t tasks = plan_slot(&b, open(MEMORY "/tasks", O_WRONLY | O_CLOEXEC));
    OP(&b, join_cgroup, .tasks = tasks);
    plan_root(&b, root_path);
    plan_program(&b, "grep memory /proc/self/cgroup");
    run_plan(&b, &run);
    close(b.slots[tasks]);
    CHECK(succeeded(&run), "%s with %s", run.output, limit);
    CHECK(strstr(run.output, "/lade-native-test\n") != NULL, "%s", run.output);
    for (int i = 0; i < 1000 && rmdir(MEMORY) != 0; i++)
        usleep(1000);
    CHECK(access(MEMORY, F_OK) != 0, "cgroup removed");
}

static void runs_in_one_mebibyte(void)
{
    if (access("/sys/fs/cgroup/memory/tasks", F_OK) != 0)
        return;
    runs_in("1M");
    runs_in("512K");
}

static uid_t owner;

static void look_at_owner(struct run *r, uint64_t what)
{
    (void)what;
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/fd", r->pid);
    owner = stat(path, &status) == 0 ? status.st_uid : (uid_t)-1;
}

static void is_not_dumpable(void)
{
    for (int dumpable = 0; dumpable <= 1; dumpable++) {
        begin();
        plan_root(&b, root_path);
        OP(&b, pivot_root);
        OP(&b, set_user, .uid = 1000, .gid = 1000);
        OP(&b, sync, .dumpable = dumpable, .point = LADE_SYNC_MAP_IDS);
        OP(&b, find_executable, .file = "/bin/true", .uid = 1000, .gid = 1000, .args = VEC(&b, "true"), .env = VEC(&b, "A=b"));
        OP(&b, execute);
        run.on_sync = look_at_owner;
        run_plan(&b, &run);
        CHECK(succeeded(&run), "%s", run.output);
        CHECK(owner == (dumpable ? 1000 : 0), "owner %u", owner);
    }
}

static pid_t seen_parent;
static pid_t pid_at_sync;

static void look_at_clone(struct run *r, uint64_t what)
{
    char path[64], text[4096];
    if (what == LADE_SYNC_TIME_OFFSETS) {
        snprintf(path, sizeof path, "/proc/%d/timens_offsets", r->pid);
        shell("echo 'boottime 7000000 0' > %s", path);
        return;
    }
    pid_at_sync = r->cloned;
    snprintf(path, sizeof path, "/proc/%d/status", r->cloned);
    if (read_file(path, text, sizeof text))
        seen_parent = (pid_t)strtol(strstr(text, "PPid:") + 5, NULL, 10);
    if (what == LADE_SYNC_MAP_IDS) {
        shell("echo '0 100000 65536' > /proc/%d/uid_map && echo '0 100000 65536' > /proc/%d/gid_map", r->cloned, r->cloned);
    }
}

static void map_own_ids(struct run *r, uint64_t what)
{
    (void)what;
    shell("echo '0 100000 65536' > /proc/%d/uid_map && echo '0 100000 65536' > /proc/%d/gid_map", r->pid, r->pid);
}

static void clone_makes_a_sibling(void)
{
    begin();
    run.clone_flags = 0;
    OP(&b, unshare, .flags = CLONE_NEWNS | CLONE_NEWUTS | 0x80 /* CLONE_NEWTIME */);
    OP(&b, sync, .point = LADE_SYNC_TIME_OFFSETS);
    OP(&b, clone, .flags = CLONE_NEWPID | CLONE_NEWIPC);
    OP(&b, sync, .point = LADE_SYNC_NAMESPACES);
    plan_root(&b, root_path);
    plan_program(&b, "echo $$; cat /proc/uptime");
    run.on_sync = look_at_clone;
    run_plan(&b, &run);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(pid_at_sync > 0 && pid_at_sync != run.pid, "pid is told before the child speaks");
    CHECK(seen_parent == getpid(), "parent %d", seen_parent);
    CHECK(strncmp(run.output, "1\n7", 3) == 0, "%s", run.output);
}

static void user_namespace(void)
{
    begin();
    run.clone_flags = 0;
    shell("chmod 755 '%s' '%s/..'", root_path, root_path);
    OP(&b, clone, .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET);
    OP(&b, sync, .point = LADE_SYNC_MAP_IDS);
    OP(&b, become_root);
    OP(&b, loopback_up);
    b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    uint32_t tree = plan_slot(&b, -1);
    OP(&b, open_null);
    OP(&b, open_tree, .recursive = 1, .tree = tree, .path = root_path, .propagation = MS_PRIVATE);
    OP(&b, attach_root, .tree = tree, .path = root_path);
    OP(&b, mount, .no_symlinks = 1, .type = "proc", .source = "proc", .target = "/proc");
    OP(&b, write_proc, .dumpable = 1, .path = "self/oom_score_adj", .value = "77");
    OP(&b, mask_path, .path = "/proc/keys");
    OP(&b, mask_path, .path = "/proc/acpi");
    OP(&b, readonly_path, .path = "/proc/sys");
    plan_program(&b, "id -u; cat /proc/self/uid_map /proc/self/oom_score_adj; cat /proc/keys; grep CapEff /proc/self/status");
    run.on_sync = look_at_clone;
    run_plan(&b, &run);
    close(b.proc_fd);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, "0\n         0     100000      65536\n77\nCapEff:\t000001ffffffffff\n") == 0, "%s", run.output);
}

/* Trees opened by the host's root, used by root of a user namespace that has no access to their sources. */
static void user_namespace_with_sources_of_the_host(void)
{
    begin();
    run.clone_flags = 0;
    shell("rm -rf '%s.closed' && mkdir -m 700 '%s.closed' && mkdir '%s.closed/volume' && echo v > '%s.closed/volume/file' && chmod 700 '%s/..' && "
          "cd '%s' && mkdir secret made && touch secret/a secret/b made/full",
        root_path, root_path, root_path, root_path, root_path, root_path);
    char volume[512];
    snprintf(volume, sizeof volume, "%s.closed/volume", root_path);
    uint32_t tree = plan_slot(&b, -1), data = plan_slot(&b, -1), device = plan_slot(&b, -1);
    OP(&b, open_null);
    OP(&b, open_tree, .recursive = 1, .tree = tree, .path = root_path, .propagation = MS_SLAVE);
    OP(&b, open_tree, .recursive = 1, .tree = data, .path = volume, .propagation = MS_PRIVATE);
    OP(&b, open_tree, .tree = device, .path = "/dev/full", .propagation = MS_PRIVATE);
    OP(&b, unshare, .flags = CLONE_NEWUSER);
    OP(&b, sync, .dumpable = 1, .point = LADE_SYNC_HOOKS);
    OP(&b, become_root);
    OP(&b, clone, .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC);
    OP(&b, set_propagation, .propagation = MS_SLAVE | MS_REC);
    OP(&b, attach_root, .tree = tree, .path = "/");
    OP(&b, mount, .no_symlinks = 1, .type = "proc", .source = "proc", .target = "/proc");
    OP(&b, attach, .tree = data, .target = "/tmp");
    OP(&b, attach, .tree = device, .target = "/made/full");
    OP(&b, mask_path, .path = "/secret/a");
    OP(&b, mask_path, .path = "/proc/keys");
    OP(&b, pivot_root);
    OP(&b, mask_path, .path = "/secret/b");
    OP(&b, mask_path, .path = "/proc/acpi");
    OP(&b, mask_path, .path = "/proc/tty");
    OP(&b, readonly_path, .path = "/proc/sys");
    OP(&b, change_directory, .path = "/");
    plan_shell(&b, "cat /tmp/file; stat -c %t,%T /secret/a /secret/b /made/full /proc/keys; ls /proc/tty | wc -l; wc -l < /proc/self/mountinfo");
    run.on_sync = map_own_ids;
    run_plan(&b, &run);
    shell("rm -rf '%s.closed'", root_path);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strncmp(run.output, "v\n1,3\n1,3\n1,7\n1,3\n0\n10\n", 23) == 0, "%s", run.output);
}

static char socket_path[108];

static int connect_start(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strcpy(address.sun_path, socket_path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        return -1;
    return fd;
}

static pid_t starter;

/* Another process, like `start`: connects and disconnects, then connects and starts. */
static void start_later(struct run *r, uint64_t what)
{
    (void)what;
    starter = fork();
    if (starter != 0)
        return;
    close(r->sync);
    close(connect_start());
    usleep(20000);
    int fd = connect_start();
    char byte;
    int result = fd >= 0 && send(fd, "\1", 1, 0) == 1 && recv(fd, &byte, 1, 0) == 0 ? 0 : 1;
    _exit(result);
}

/* A listening socket at `suffix` next to the root. */
static int listen_at(const char *suffix)
{
    snprintf(socket_path, sizeof socket_path, "%s.%s", root_path, suffix);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strcpy(address.sun_path, socket_path);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    unlink(socket_path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4) != 0)
        abort();
    return listener;
}

static void waits_for_start(void)
{
    begin();
    int listener = listen_at("start");
    uint32_t slot = plan_slot(&b, listener);
    plan_root(&b, root_path);
    OP(&b, pivot_root);
    OP(&b, close_descriptors, .kept = slot);
    OP(&b, sync, .point = LADE_SYNC_READY);
    OP(&b, wait_for_start, .listener = slot);
    plan_shell(&b, "echo started; ls /proc/self/fd");
    run.on_sync = start_later;
    run_plan(&b, &run);
    close(listener);
    unlink(socket_path);
    int status = -1;
    waitpid(starter, &status, 0);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, "started\n0\n1\n2\n3\n") == 0, "%s", run.output);
    CHECK(status == 0, "the starter sees the socket close at execve, status %x", (unsigned)status);
}

/* init would wait forever for another client. */
static _Noreturn void give_up(struct run *r, int status)
{
    kill(r->cloned > 0 ? r->cloned : r->pid, SIGKILL);
    _exit(status);
}

/* The expected pid namespace; 0: any. */
static ino_t wanted_pid_namespace;

/* Requests the namespaces twice, once without waiting for the answer, before it starts the program. */
static void ask_then_start(struct run *r, uint64_t what)
{
    starter = fork();
    if (starter != 0)
        return;
    usleep(100000);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strcpy(address.sun_path, socket_path);
    char command = LADE_COMMAND_NAMESPACES;
    for (int i = 0; i < 2; i++) {
        int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (connect(s, (struct sockaddr *)&address, sizeof address) != 0 || send(s, &command, 1, 0) != 1)
            give_up(r, 10);
        for (int count = 0; i == 1; count++) {
            struct lade_message message;
            char control[64];
            struct iovec part = { .iov_base = &message, .iov_len = sizeof message };
            struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
            ssize_t length = recvmsg(s, &packet, MSG_CMSG_CLOEXEC);
            if (length == 0 && count >= 7)
                break;
            struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
            int fd;
            if (length != sizeof message || message.kind != LADE_MSG_FD || header == NULL)
                give_up(r, 11);
            memcpy(&fd, CMSG_DATA(header), sizeof fd);
            struct stat status;
            if ((uint64_t)ioctl(fd, NS_GET_NSTYPE) != message.value || fstat(fd, &status) != 0)
                give_up(r, 12);
            if (message.value == CLONE_NEWPID && wanted_pid_namespace != 0 && status.st_ino != wanted_pid_namespace)
                give_up(r, 14);
            close(fd);
        }
        close(s);
    }
    start_later(r, what);
    int status = -1;
    _exit(waitpid(starter, &status, 0) > 0 && status == 0 ? 0 : 13);
}

static void give_namespaces(pid_t elsewhere)
{
    begin();
    int listener = listen_at("ask"), namespace = -1;
    b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    uint32_t slot = plan_slot(&b, listener);
    wanted_pid_namespace = 0;
    if (elsewhere > 0) {
        char path[64];
        struct stat status;
        snprintf(path, sizeof path, "/proc/%d/ns/pid", elsewhere);
        namespace = open(path, O_RDONLY | O_CLOEXEC);
        fstat(namespace, &status);
        wanted_pid_namespace = status.st_ino;
        run.clone_flags = CLONE_NEWNS;
        OP(&b, set_proc_namespace, .namespace = plan_slot(&b, namespace));
    }
    plan_root(&b, root_path);
    OP(&b, pivot_root);
    if (elsewhere > 0)
        OP(&b, join_namespace, .namespace = b.slot_count - 2, .type = CLONE_NEWPID);
    OP(&b, close_descriptors, .kept = slot, .offer_namespaces = 1);
    if (elsewhere > 0)
        OP(&b, clone);
    OP(&b, sync, .point = LADE_SYNC_READY);
    OP(&b, wait_for_start, .listener = slot);
    plan_shell(&b, "echo started; ls /proc/self/fd");
    run.on_sync = ask_then_start;
    run_plan(&b, &run);
    close(b.proc_fd);
    close(namespace);
    close(listener);
    unlink(socket_path);
    int status = -1;
    waitpid(starter, &status, 0);
    CHECK(succeeded(&run) && strcmp(run.output, "started\n0\n1\n2\n3\n") == 0, "%s", run.output);
    CHECK(status == 0, "the asker got them, status %x", (unsigned)status);
}

static void gives_its_namespaces(void)
{
    give_namespaces(0);
}

/* The process that opens the namespace files is not in the pid namespace that its child will wait in. */
static void gives_the_pid_namespace_of_others(void)
{
    pid_t elsewhere = start_elsewhere();
    give_namespaces(elsewhere);
    stop(elsewhere);
}

/* The harness sends one go for READY; the other is for WAIT_FOR_START. */
static void send_go(struct run *r, uint64_t what)
{
    (void)what;
    if (send(r->sync, "", 1, 0) != 1)
        abort();
}

static void waits_for_run(void)
{
    begin();
    plan_root(&b, root_path);
    OP(&b, pivot_root);
    OP(&b, sync, .point = LADE_SYNC_READY);
    OP(&b, wait_for_start);
    plan_shell(&b, "echo started");
    run.on_sync = send_go;
    run_plan(&b, &run);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, "started\n") == 0, "%s", run.output);
}

static void spawn_reports(void)
{
    int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    struct lade_spawn request = { .exe_fd = file, .plan_fd = file, .cgroup_fd = -1 };
    int result = lade_spawn(&request);
    CHECK(result == -EACCES && request.error_stage == LADE_SPAWN_EXECUTE, "%d at %d", result, request.error_stage);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no child is left");

    int32_t bad = 999;
    request.keep_fds = &bad;
    request.keep_count = 1;
    result = lade_spawn(&request);
    CHECK(result == -EBADF && request.error_stage == LADE_SPAWN_DESCRIPTORS, "%d at %d", result, request.error_stage);

    request.clone_flags = 0x1000000000000ull;
    int32_t pidfd = 5;
    request.pidfd_out = &pidfd;
    result = lade_spawn(&request);
    CHECK(result == -EINVAL && request.error_stage == LADE_SPAWN_CLONE && pidfd == -1, "%d at %d", result, request.error_stage);
    close(file);
}

static void spawns_a_program(void)
{
    int input[2], output[2];
    if (pipe(input) != 0 || pipe(output) != 0)
        abort();
    signal(SIGPIPE, SIG_IGN);
    char *argv[] = { "sh", "-c", "cat; echo $A; echo error >&2; grep SigIgn /proc/self/status; ls /proc/self/fd", NULL };
    char *envp[] = { "A=variable", "PATH=/bin:/usr/bin", NULL };
    /* Deliberately crossed: descriptor 1 would be overwritten before it is used as standard input. */
    int saved = fcntl(1, F_DUPFD_CLOEXEC, 100);
    fflush(stdout);
    dup2(input[0], 1);
    int pid = lade_spawn_program("/bin/sh", argv, envp, (int32_t[]) { 1, output[1], output[1] }, 1);
    dup2(saved, 1);
    close(saved);
    signal(SIGPIPE, SIG_DFL);
    close(input[0]);
    close(output[1]);
    if (write(input[1], "in\n", 3) != 3)
        abort();
    close(input[1]);
    char text[4096];
    size_t used = 0;
    ssize_t length;
    while ((length = read(output[0], text + used, sizeof text - 1 - used)) > 0)
        used += (size_t)length;
    text[used] = '\0';
    close(output[0]);
    CHECK(pid > 0, "%d", pid);
    int status = -1;
    waitpid(pid, &status, 0);
    CHECK(status == 0, "status %x", (unsigned)status);
    CHECK(strcmp(text, "in\nvariable\nerror\nSigIgn:\t0000000000000000\n0\n1\n2\n3\n") == 0, "%s", text);
    CHECK(lade_spawn_program("/nope", argv, envp, (int32_t[]) { 0, 1, 2 }, 0) == -ENOENT, "missing program");
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no child is left");
}

void test_basics(void)
{
    test("runs a program in new namespaces", runs_a_program);
    test("does not touch the host's mounts", host_keeps_its_mounts);
    test("rejects malformed plans", bad_plans_are_refused);
    test("exits when lade exits", exits_when_lade_is_gone);
    test("resets signals", signals_are_reset);
    test("leaks no descriptors", no_descriptor_leaks);
    test("keeps preserved descriptors", preserved_descriptors_stay);
    test("uses little memory while waiting", waits_in_little_memory);
    test("runs with a memory limit of 1 MiB or less", runs_in_one_mebibyte);
    test("is dumpable only where requested", is_not_dumpable);
    test("clone creates a sibling; time offsets", clone_makes_a_sibling);
    test("new user namespace", user_namespace);
    test("user namespace with host sources", user_namespace_with_sources_of_the_host);
    test("waits for start", waits_for_start);
    test("waits for start and hands out its namespaces", gives_its_namespaces);
    test("waits for start in an existing pid namespace and hands it out", gives_the_pid_namespace_of_others);
    test("waits for run", waits_for_run);
    test("spawn reports failures and leaves no child behind", spawn_reports);
    test("spawns host programs", spawns_a_program);
}
