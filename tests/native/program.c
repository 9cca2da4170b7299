/* The program's working directory, executable, credentials, filter and limits. */
#include "harness.h"
#include "tests.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static struct builder b;
static struct run run;

static void begin(void)
{
    plan_begin(&b);
    run = fresh_run;
    plan_root(&b, root_path);
    OP(&b, pivot_root);
}

static uint32_t find(const char *file, const char *path, uint32_t uid)
{
    uint32_t op = OP(&b, find_executable, .file = file, .search_path = path, .uid = uid, .gid = uid, .args = VEC(&b, "program"), .env = VEC(&b, "PATH=/bin"));
    OP(&b, execute);
    run_plan(&b, &run);
    return op;
}

static void expect(const char *script, const char *output)
{
    plan_shell(&b, script);
    run_plan(&b, &run);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, output) == 0, "%s", run.output);
}

/* --- working directory --- */

static void working_directory(void)
{
    shell("ln -s /tmp/else '%s/link'", root_path);
    begin();
    OP(&b, change_directory, .path = "/made/for/me");
    expect("pwd; stat -c %a:%u .", "/made/for/me\n755:0\n");
    begin();
    OP(&b, change_directory, .path = "/link/sub");
    expect("pwd", "/tmp/else/sub\n");
    begin();
    uint32_t op = OP(&b, change_directory, .path = "/bin/busybox");
    plan_shell(&b, "true");
    run_plan(&b, &run);
    CHECK(failed_with(&run, op, LADE_STAGE_TARGET, ENOTDIR), "a file");
}

/* CVE-2024-21626: a leaked directory of the host is entered through /proc/self/fd, or is the root's descriptor. */
static void working_directory_outside(void)
{
    int outside = open("/tmp", O_RDONLY | O_DIRECTORY);
    for (int fd = 3; fd < 12; fd++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        begin();
        uint32_t op = OP(&b, change_directory, .path = path);
        plan_shell(&b, "pwd");
        run_plan(&b, &run);
        CHECK(run.failed && run.error.op == op, "%s: %s", path, run.output);
    }
    shell("ln -s /proc/self/fd/%d '%s/way'", outside, root_path);
    begin();
    run.extra_keep = outside;
    uint32_t op = OP(&b, change_directory, .path = "/way");
    plan_shell(&b, "pwd");
    run_plan(&b, &run);
    CHECK(failed_with(&run, op, LADE_STAGE_TARGET, ELOOP), "a link in the image");

    begin();
    /* A directory of the host in the root's slot, after joining a namespace: nothing below it is ours. */
    plan_truncate(&b, 0);
    b.slots[LADE_SLOT_ROOT] = outside;
    run.clone_flags = CLONE_NEWNS;
    OP(&b, set_propagation, .propagation = MS_PRIVATE | MS_REC);
    op = OP(&b, change_directory, .path = "/");
    plan_shell(&b, "pwd");
    run_plan(&b, &run);
    CHECK(failed_with(&run, op, LADE_STAGE_CWD_ESCAPED, ENOENT), "unreachable");
    close(outside);
}

static void working_directory_of_the_user(void)
{
    /* Without CAP_DAC_OVERRIDE root has no access, but the user has. */
    shell("mkdir -m 700 -p '%s/home' && chown 1000:1000 '%s/home'", root_path, root_path);
    begin();
    OP(&b, set_capabilities, .effective = 0xc0, .permitted = 0xc0); /* SETUID, SETGID */
    OP(&b, change_directory, .path = "/home", .uid = 1000, .gid = 1000);
    OP(&b, set_user, .uid = 1000, .gid = 1000);
    expect("pwd; id -u", "/home\n1000\n");

    shell("mkdir -m 700 -p '%s/home/other'", root_path);
    begin();
    OP(&b, set_capabilities, .effective = 0xc0, .permitted = 0xc0);
    uint32_t op = OP(&b, change_directory, .path = "/home/other", .uid = 2000, .gid = 2000);
    plan_shell(&b, "pwd");
    run_plan(&b, &run);
    CHECK(failed_with(&run, op, LADE_STAGE_TARGET, EACCES), "neither");
}

/* --- executable --- */

static void executables(void)
{
    shell("cd '%s'; mkdir p1 p2 p1/busybox; : > p1/sh; cp bin/busybox p2/private; chmod 700 p2/private; printf 'echo script\\n' > p2/noshebang; chmod 755 p2/noshebang; "
          "printf '#!/nope\\n' > p2/badinterpreter; chmod 755 p2/badinterpreter; printf '#!/bin/cat\\nshown\\n' > p2/good; chmod 755 p2/good; ln -s nowhere p2/dangling",
        root_path);
    const struct {
        const char *file, *path;
        uint32_t uid;
        uint32_t stage;
        int error;
    } bad[] = {
        { "absent", "/bin:/p1", 0, LADE_STAGE_LOOKUP, ENOENT },
        { "absent", NULL, 0, LADE_STAGE_LOOKUP, ENOENT },
        { "sh", "/p1:/p2", 0, LADE_STAGE_LOOKUP, EACCES },
        { "busybox", "/p1", 0, LADE_STAGE_LOOKUP, EACCES },
        { "", "/bin", 0, LADE_STAGE_LOOKUP, ENOENT },
        { "private", "/p2", 1000, LADE_STAGE_LOOKUP, EACCES },
        { "/nope", "/bin", 0, LADE_STAGE_STAT, ENOENT },
        { "/bin/sh/x", "/bin", 0, LADE_STAGE_STAT, ENOTDIR },
        { "/p2/dangling", "/bin", 0, LADE_STAGE_STAT, ENOENT },
        { "/p1", "/bin", 0, LADE_STAGE_STAT, EISDIR },
        { "/p1/sh", "/bin", 0, LADE_STAGE_STAT, EACCES },
        { "p2/private", "/bin", 1000, LADE_STAGE_STAT, EACCES },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        begin();
        uint32_t op = find(bad[i].file, bad[i].path, bad[i].uid);
        CHECK(failed_with(&run, op, bad[i].stage, bad[i].error), "%s", bad[i].file);
    }
    begin();
    uint32_t op = find("noshebang", "/p2", 0);
    CHECK(failed_with(&run, op + 1, LADE_STAGE_EXEC, ENOEXEC), "no interpreter line");
    begin();
    op = find("/p2/badinterpreter", "/bin", 0);
    CHECK(failed_with(&run, op + 1, LADE_STAGE_EXEC, ENOENT), "missing interpreter");
    begin();
    find("good", "/p1:/absent:/p2", 0);
    CHECK(succeeded(&run) && strcmp(run.output, "#!/bin/cat\nshown\n") == 0, "%s", run.output);
    begin();
    OP(&b, change_directory, .path = "/p2");
    find("good", "/p1::/bin", 1000);
    CHECK(succeeded(&run) && strcmp(run.output, "#!/bin/cat\nshown\n") == 0, "empty element: %s", run.output);
    begin();
    OP(&b, change_directory, .path = "/p2");
    find("./good", NULL, 1000);
    CHECK(succeeded(&run), "relative: %s", run.output);
    begin();
    b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    OP(&b, mount, .copy_up = 1, .type = "tmpfs", .attributes = 8 /* NOEXEC */, .target = "/p2");
    op = find("/p2/good", NULL, 0);
    CHECK(failed_with(&run, op, LADE_STAGE_STAT, EACCES), "noexec mount");
}

static void search_returns_to_root(void)
{
    shell("mkdir -m 700 '%s/mine' && chown 1000:1000 '%s/mine'", root_path, root_path);
    begin();
    OP(&b, find_executable, .file = "sh", .search_path = "/bin", .uid = 1000, .gid = 1000, .args = VEC(&b, "sh", "-c", "stat -c %u:%g /mine/null"),
        .env = VEC(&b, "PATH=/bin"));
    /* Requires CAP_DAC_OVERRIDE, CAP_MKNOD and fsuid 0. */
    OP(&b, make_device, .path = "/mine/null", .mode = S_IFCHR | 0666, .major = 1, .minor = 3);
    OP(&b, execute);
    run_plan(&b, &run);
    CHECK(succeeded(&run) && strcmp(run.output, "0:0\n") == 0, "%s", run.output);
}

/* --- credentials --- */

#define STATUS "grep -E '^(Cap|NoNewPrivs|Groups|Uid|Gid)' /proc/self/status | tr -d ' \\t\\n'"

static void capabilities(void)
{
    begin();
    OP(&b, drop_bounding, .keep = 0x5fb, .last = 40);
    OP(&b, set_groups, .gids = plan_blob(&b, (uint32_t[]) { 7, 1000 }, 8));
    OP(&b, set_user);
    OP(&b, set_capabilities, .effective = 0x1fb, .permitted = 0x5fb);
    expect(STATUS, "Uid:0000Gid:0000Groups:71000CapInh:0000000000000000CapPrm:00000000000005fbCapEff:00000000000005fbCapBnd:00000000000005fbCapAmb:0000000000000000NoNewPrivs:0");

    /* A non-root user keeps only ambient capabilities across execve. */
    begin();
    OP(&b, drop_bounding, .keep = 0x20000000ffull, .last = 40);
    OP(&b, set_groups, .gids = plan_blob(&b, "", 0));
    OP(&b, set_user, .uid = 1000, .gid = 2000);
    OP(&b, set_capabilities, .effective = 0xff, .permitted = 0x20000000ffull, .inheritable = 0x2000000003ull, .ambient = 0x2000000001ull);
    OP(&b, no_new_privileges);
    expect(STATUS, "Uid:1000100010001000Gid:2000200020002000Groups:CapInh:0000002000000003CapPrm:0000002000000001CapEff:0000002000000001CapBnd:00000020000000ff"
                   "CapAmb:0000002000000001NoNewPrivs:1");

    /* CVE-2022-29162: without ambient capabilities a non-root user has none. */
    begin();
    OP(&b, set_user, .uid = 1000, .gid = 1000);
    OP(&b, set_capabilities, .effective = 0xff, .permitted = 0xff);
    expect("grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status | cut -f2 | tr -d '\\n'", "0000000000000000000000000000000000000000000000000000000000000000");

    begin();
    uint32_t op = OP(&b, set_capabilities, .effective = 0xff, .permitted = 0xff, .inheritable = 0x1, .ambient = 0x3);
    plan_shell(&b, "true");
    run_plan(&b, &run);
    CHECK(failed_with(&run, op, LADE_STAGE_AMBIENT, EPERM), "ambient needs inheritable");
    begin();
    OP(&b, set_capabilities, .effective = 0xff, .permitted = 0xff);
    op = OP(&b, set_capabilities, .effective = 0xfff, .permitted = 0xfff);
    plan_shell(&b, "true");
    run_plan(&b, &run);
    CHECK(failed_with(&run, op, LADE_STAGE_NONE, EPERM), "no way back");
}

static void set_user_keeps_capabilities(void)
{
    shell("mkdir '%s/bound'", root_path);
    begin();
    OP(&b, find_executable, .file = "sh", .search_path = "/bin", .uid = 1000, .gid = 1000, .args = VEC(&b, "sh", "-c", "stat -c %u /bound/null"),
        .env = VEC(&b, "PATH=/bin"));
    OP(&b, set_user, .uid = 1000, .gid = 1000);
    OP(&b, make_device, .path = "/bound/null", .mode = S_IFCHR | 0666, .major = 1, .minor = 3, .uid = 1000, .gid = 1000);
    OP(&b, drop_bounding, .last = 40);
    OP(&b, set_capabilities);
    OP(&b, execute);
    run_plan(&b, &run);
    CHECK(succeeded(&run) && strcmp(run.output, "1000\n") == 0, "%s", run.output);
}

static void limits(void)
{
    /* Raising requires CAP_SYS_RESOURCE, which root may lack in a sandbox. */
    uint64_t hard = prctl(PR_CAPBSET_READ, 24) == 1 ? 300 : 222;
    char wanted[128];
    snprintf(wanted, sizeof wanted, "111\n%d\n0137\ni686\n0\n3\n5\n1\n", (int)hard);
    begin();
    OP(&b, set_rlimit, .resource = RLIMIT_NOFILE, .soft = 111, .hard = 222);
    OP(&b, set_rlimit, .raise_only = 1, .resource = RLIMIT_NOFILE, .hard = 200);
    OP(&b, set_rlimit, .resource = RLIMIT_CORE, .hard = RLIM_INFINITY);
    OP(&b, set_rlimit, .raise_only = 1, .resource = RLIMIT_NOFILE, .hard = hard);
    OP(&b, set_umask, .mask = 0137);
    OP(&b, set_personality, .persona = 8 /* PER_LINUX32 */);
    OP(&b, set_scheduler, .number = 3 /* SCHED_BATCH */, .nice = 5);
    OP(&b, set_io_priority, .value = 2 << 13 | 6);
    OP(&b, set_affinity, .cpu_mask = plan_blob(&b, (uint64_t[]) { 1 }, 8));
    OP(&b, new_session);
    OP(&b, new_session);
    expect("ulimit -Sn; ulimit -Hn; umask; uname -m; grep Cpus_allowed_list /proc/self/status | cut -f2; cut -d' ' -f41 /proc/self/stat; cut -d' ' -f19 /proc/self/stat; "
           "cut -d' ' -f6 /proc/1/stat",
        wanted);
    begin();
    OP(&b, set_memory_policy, .number = 2 /* MPOL_BIND */, .node_mask = plan_blob(&b, (uint64_t[]) { 1 }, 8));
    expect("grep -c bind:0 /proc/self/numa_maps > /tmp/n; test $(cat /tmp/n) -gt 2 && echo bound", "bound\n");
    begin();
    uint32_t op = OP(&b, set_rlimit, .resource = RLIMIT_NOFILE, .soft = 333, .hard = 222);
    plan_shell(&b, "true");
    run_plan(&b, &run);
    CHECK(failed_with(&run, op, LADE_STAGE_NONE, EINVAL), "soft above hard");
}

static void keyring(void)
{
    begin();
    OP(&b, join_session_keyring, .name = "_ses.native");
    expect("grep -o 'keyring   *_ses.native' /proc/keys | tr -s ' '; grep _ses.native /proc/keys | cut -c 1-60 | grep -o 3f080000", "keyring _ses.native\n3f080000\n");
}

static void loopback(void)
{
    plan_begin(&b);
    run = fresh_run;
    run.clone_flags |= CLONE_NEWNET;
    plan_root(&b, root_path);
    OP(&b, loopback_up);
    OP(&b, pivot_root);
    expect("ip addr show dev lo | grep -oE 'LOOPBACK,UP|127.0.0.1'", "LOOPBACK,UP\n127.0.0.1\n");
}

/* --- joining, as exec does --- */

static pid_t joined_pid;

static void join(struct run *r, uint64_t what)
{
    (void)what;
    static struct builder inner;
    static struct run second;
    plan_begin(&inner);
    second = fresh_run;
    second.clone_flags = 0;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", r->pid);
    int pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
    uint32_t slot = plan_slot(&inner, pidfd);
    OP(&inner, join_namespace, .namespace = slot, .type = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC);
    OP(&inner, change_directory, .path = "/workdir");
    OP(&inner, close_descriptors);
    OP(&inner, clone);
    plan_shell(&inner, "pwd; cat /proc/sys/kernel/hostname; ls /proc/self/fd; echo $$");
    run_plan(&inner, &second);
    close(pidfd);
    CHECK(succeeded(&second), "%s", second.output);
    CHECK(strcmp(second.output, "/workdir\njoined\n0\n1\n2\n3\n2\n") == 0, "%s", second.output);
    joined_pid = second.cloned;
}

static void joins_a_container(void)
{
    begin();
    OP(&b, set_hostname, .name = "joined");
    OP(&b, sync, .point = LADE_SYNC_READY);
    run.on_sync = join;
    joined_pid = 0;
    expect("true", "");
    CHECK(joined_pid > 0, "joined");
}

/* --- filter --- */

/* `action` for `number`; everything else is allowed. */
static struct lade_blob filter(uint32_t number, uint32_t action)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    return plan_blob(&b, code, sizeof code);
}

static void filters(void)
{
    begin();
    OP(&b, find_executable, .file = "/bin/sh", .args = VEC(&b, "sh", "-c", "mknod /tmp/x p; ls /proc/self/fd"), .env = VEC(&b, "PATH=/bin"));
    OP(&b, no_new_privileges);
    OP(&b, set_user, .uid = 1000, .gid = 1000);
    OP(&b, set_capabilities);
    OP(&b, load_seccomp, .program = filter(SYS_close_range, SECCOMP_RET_KILL_PROCESS));
    OP(&b, execute);
    run_plan(&b, &run);
    CHECK(succeeded(&run), "EXECUTE needs nothing but execve: %s", run.output);
    CHECK(strstr(run.output, "0\n1\n2\n3\n") != NULL, "%s", run.output);

    begin();
    OP(&b, find_executable, .file = "/bin/sh", .args = VEC(&b, "sh", "-c", "mkdir /tmp/x; echo status $?"), .env = VEC(&b, "PATH=/bin"));
    OP(&b, load_seccomp, .program = filter(SYS_mkdir, SECCOMP_RET_ERRNO | ENOTEMPTY), .flags = SECCOMP_FILTER_FLAG_LOG);
    OP(&b, set_user);
    OP(&b, execute);
    run_plan(&b, &run);
    CHECK(strcmp(run.output, "mkdir: can't create directory '/tmp/x': Directory not empty\nstatus 1\n") == 0, "%s", run.output);

    begin();
    OP(&b, set_user, .uid = 1000, .gid = 1000);
    OP(&b, set_capabilities);
    uint32_t op = OP(&b, load_seccomp, .program = filter(SYS_uname, 0));
    plan_shell(&b, "true");
    run_plan(&b, &run);
    CHECK(failed_with(&run, op, LADE_STAGE_NONE, EACCES), "needs CAP_SYS_ADMIN or no_new_privs");
}

static bool is_listener;

static void look_at_listener(struct run *r)
{
    char path[64], link[128] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", r->console);
    is_listener = readlink(path, link, sizeof link - 1) > 0 && strstr(link, "seccomp notify") != NULL;
    close(r->console);
}

static void filter_listener(void)
{
    begin();
    OP(&b, find_executable, .file = "/bin/ls", .args = VEC(&b, "ls", "/proc/self/fd"), .env = VEC(&b, "PATH=/bin"));
    OP(&b, load_seccomp, .program = filter(SYS_swapon, SECCOMP_RET_USER_NOTIF), .flags = SECCOMP_FILTER_FLAG_NEW_LISTENER);
    OP(&b, execute);
    run.on_console = look_at_listener;
    run_plan(&b, &run);
    CHECK(succeeded(&run) && strcmp(run.output, "0\n1\n2\n3\n") == 0, "%s", run.output);
    CHECK(is_listener, "descriptor");
}

void test_program(void)
{
    test("working directory", working_directory);
    test("working directory outside the root", working_directory_outside);
    test("working directory accessible to the user only", working_directory_of_the_user);
    test("executables", executables);
    test("looking up the executable restores root", search_returns_to_root);
    test("capabilities, users, groups", capabilities);
    test("changing the user keeps capabilities", set_user_keeps_capabilities);
    test("limits and scheduling", limits);
    test("session keyring", keyring);
    test("loopback", loopback);
    test("joins a container", joins_a_container);
    test("filters", filters);
    test("filter with a listener", filter_listener);
}
