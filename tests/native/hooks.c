/* RUN_HOOK. */
#include "harness.h"
#include "tests.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <time.h>

/* Offsets of RUN_HOOK's arguments, in words. */
enum { FILTER_FLAGS = 6 };

static struct builder b;
static struct run run;

static void begin(void)
{
    plan_begin(&b);
    run = fresh_run;
    plan_root(&b, root_path);
    OP(&b, pivot_root);
}

static uint32_t hook(const char *script, uint64_t timeout)
{
    OP(&b, set_hook_state, .head = "{\"pid\":", .tail = ",\"id\":\"x\"}");
    return OP(&b, run_hook, .path = "/bin/sh", .arguments = VEC(&b, "sh", "-c", script, "hook-name"), .env = VEC(&b, "PATH=/bin", "A=variable"),
        .timeout = timeout);
}

static void finish(const char *script)
{
    plan_shell(&b, script);
    run_plan(&b, &run);
}

static void gets_state(void)
{
    begin();
    hook("cat > /tmp/state; echo $A $0 >> /tmp/state; ls /proc/self/fd >> /tmp/state; cat /proc/self/comm >> /tmp/state; grep SigIgn /proc/self/status | cut -c 9-23 >> /tmp/state", 0);
    finish("cat /tmp/state; grep SigIgn /proc/self/status | cut -c 9-23; grep -c Z /proc/*/stat | grep -v :0");
    CHECK(!run.failed, "%s", run.text);
    CHECK(strcmp(run.output, "{\"pid\":1,\"id\":\"x\"}variable hook-name\n0\n1\n2\n3\ncat\n000000000000000\n000000000000000\n") == 0, "%s", run.output);
}

static void environments(void)
{
    shell("printf '#!/bin/sh\\n/bin/cat > /tmp/out\\necho $0 $# $A $HOME >> /tmp/out\\n' > '%s/bin/hook'; chmod 755 '%s/bin/hook'", root_path, root_path);
    /* Its own, an empty one, the program's. */
    for (int kind = 0; kind < 3; kind++) {
        begin();
        OP(&b, find_executable, .file = "/bin/cat", .args = VEC(&b, "cat", "/tmp/out"), .env = VEC(&b, "A=program", "HOME=/here"));
        OP(&b, set_hook_state, .head = "[", .tail = "]");
        OP(&b, run_hook, .path = "/bin/hook", .arguments = VEC(&b, "hook"),
            .env = kind == 0 ? VEC(&b, "A=own") : kind == 1 ? plan_vec(&b, (const char *const[]) { NULL }) : (struct lade_vector) { NULL, 0 });
        OP(&b, execute);
        run_plan(&b, &run);
        const char *const wanted[] = { "[1]/bin/hook 0 own\n", "[1]/bin/hook 0\n", "[1]/bin/hook 0 program /here\n" };
        CHECK(succeeded(&run) && strcmp(run.output, wanted[kind]) == 0, "%s", run.output);
    }
    begin();
    uint32_t op = OP(&b, run_hook, .path = "/bin/hook", .arguments = VEC(&b, "hook"));
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_PLAN, EINVAL), "no state");
}

static void failure_has_output(void)
{
    begin();
    uint32_t op = hook("echo to out; echo to err >&2; exit 3", 5);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_HOOK_STATUS, 3 << 8), "exit 3");
    CHECK(strcmp(run.text, "stdout: to out\n, stderr: to err\n") == 0, "%s", run.text);

    begin();
    op = hook("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; kill -TERM $$", 0);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_HOOK_STATUS, SIGTERM), "signal");
    CHECK(strstr(run.text, "line 2999\n, stderr: ") != NULL && strlen(run.text) < 1100, "%s", run.text);

    begin();
    OP(&b, set_hook_state, .head = "[", .tail = "]");
    op = OP(&b, run_hook, .path = "/bin/absent", .arguments = VEC(&b, "absent"));
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_HOOK_START, ENOENT), "absent");
}

static void large_state_is_fed_and_may_be_ignored(void)
{
    static char large[200001];
    memset(large, 'x', 200000);
    for (int reads = 0; reads <= 1; reads++) {
        begin();
        OP(&b, set_hook_state, .head = large, .tail = "]");
        OP(&b, run_hook, .path = "/bin/sh", .arguments = VEC(&b, "sh", "-c", reads ? "sleep 0.2; wc -c > /tmp/n" : "echo 0 > /tmp/n"),
            .env = VEC(&b, "PATH=/bin"), .timeout = 10);
        finish("cat /tmp/n");
        CHECK(succeeded(&run) && strcmp(run.output, reads ? "200002\n" : "0\n") == 0, "%s", run.output);
    }
}

/* The harness sends one go for READY; the other is for WAIT_FOR_START. */
static void send_go(struct run *r, uint64_t what)
{
    (void)what;
    if (send(r->sync, "", 1, 0) != 1)
        abort();
}

static void output_goes_to_a_file(void)
{
    char text[256], path[256];
    snprintf(path, sizeof path, "%s/tmp/log", root_path);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    begin();
    OP(&b, set_hook_output, .descriptor = plan_slot(&b, file), .number = 2);
    hook("echo out; echo first >&2", 0);
    OP(&b, close_descriptors);
    OP(&b, sync, .point = LADE_SYNC_READY);
    OP(&b, wait_for_start);
    run.on_sync = send_go;
    hook("echo second >&2; ls /proc/self/fd >&2", 0);
    finish("ls /proc/self/fd");
    CHECK(succeeded(&run) && strcmp(run.output, "0\n1\n2\n3\n") == 0, "%s", run.output);
    CHECK(read_file(path, text, sizeof text) && strcmp(text, "first\n") == 0, "%s", text);

    begin();
    OP(&b, set_hook_output, .descriptor = plan_slot(&b, file), .number = 1);
    uint32_t op = hook("echo out; echo reason >&2; exit 1", 0);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_HOOK_STATUS, 1 << 8) && strcmp(run.text, "stdout: , stderr: reason\n") == 0, "%s", run.text);
    close(file);

    begin();
    op = OP(&b, set_hook_output, .descriptor = plan_slot(&b, 0), .number = 3);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_PLAN, EINVAL), "descriptor 3");
}

/* --- restrictions of the program that init is not under --- */

/* mkdir(2) fails with EXDEV, `other` with EPERM. */
static struct lade_blob refusing(uint32_t other)
{
    const struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other, 2, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    return plan_blob(&b, code, sizeof code);
}

/* NULL: init's capabilities. */
static uint32_t confined_hook(const char *script, struct lade_blob filter, const struct op_set_capabilities *sets)
{
    OP(&b, set_hook_state, .head = "[", .tail = "]");
    const struct op_set_capabilities limits = sets != NULL ? *sets : (struct op_set_capabilities) { 0 };
    return OP(&b, run_hook, .path = "/bin/sh", .arguments = VEC(&b, "sh", "-c", script), .env = VEC(&b, "PATH=/bin"),
        .filter = filter, .limits_capabilities = sets != NULL, .effective = limits.effective, .permitted = limits.permitted,
        .inheritable = limits.inheritable, .ambient = limits.ambient);
}

#define RIGHTS "grep -hE '^(Cap[IPEA]|Seccomp:)' /proc/self/status | cut -f 2 | tr '\\n' ' '; mkdir /tmp/made 2>/dev/null && echo made || echo refused"

static void confinement_is_the_hooks_alone(void)
{
    const struct op_set_capabilities none = { 0 }, kill = { .effective = 0x20, .permitted = 0x60, .inheritable = 0x22, .ambient = 0x20 };
    const struct lade_blob no_filter = { NULL, 0 };
    char path[256], text[512];
    shell("chmod 777 '%s/tmp'", root_path);
    begin();
    OP(&b, drop_bounding, .keep = 0x2000ff, .last = 40);
    OP(&b, set_user, .uid = 1000, .gid = 1000);
    OP(&b, set_capabilities, .effective = 0x2000e0, .permitted = 0x2000e0, .inheritable = 0x22);
    confined_hook("{ " RIGHTS "; } > /tmp/none", refusing(SYS_swapon), &none);
    confined_hook("{ " RIGHTS "; } > /tmp/kill", refusing(SYS_swapon), &kill);
    confined_hook("{ " RIGHTS "; } > /tmp/filter", refusing(SYS_swapon), NULL);
    confined_hook("{ " RIGHTS "; } > /tmp/sets", no_filter, &kill);
    /* An unrestricted hook in between, and the program afterwards, are not affected. */
    confined_hook("{ rmdir /tmp/made; " RIGHTS "; } > /tmp/free", no_filter, NULL);
    OP(&b, sync, .point = LADE_SYNC_READY);
    plan_shell(&b, "cat /tmp/none /tmp/kill /tmp/filter /tmp/sets /tmp/free; grep -hE '^Seccomp:' /proc/self/status | cut -f 2");
    run_plan(&b, &run);
    CHECK(succeeded(&run), "%s", run.output);
    snprintf(text, sizeof text, "%s%s%s%s%s0\n",
        "0000000000000000 0000000000000000 0000000000000000 0000000000000000 2 refused\n",
        "0000000000000022 0000000000000020 0000000000000020 0000000000000020 2 refused\n",
        /* A non-root user keeps only ambient capabilities across execve. */
        "0000000000000022 0000000000000000 0000000000000000 0000000000000000 2 refused\n",
        "0000000000000022 0000000000000020 0000000000000020 0000000000000020 0 made\n",
        "0000000000000022 0000000000000000 0000000000000000 0000000000000000 0 made\n");
    CHECK(strcmp(run.output, text) == 0, "%s", run.output);
    snprintf(path, sizeof path, "%s/tmp/made", root_path);
    CHECK(access(path, F_OK) == 0, "the last of them was free");
}

static void confinement_that_cannot_be_had(void)
{
    const struct op_set_capabilities sets = { .effective = 0x20, .permitted = 0x20 };
    const struct {
        const char *what;
        struct op_set_capabilities sets;
        uint32_t refused;
        int error;
        uint32_t flags;
    } bad[] = {
        { "capabilities that we lack", { .effective = 1, .permitted = 1 }, SYS_swapon, EPERM, 0 },
        { "a filter that forbids capset", sets, SYS_capset, EPERM, 0 },
        { "a filter that forbids execve", sets, SYS_execve, EPERM, 0 },
        { "flags that there are not", { 0 }, SYS_swapon, EINVAL, 1u << 30 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        begin();
        OP(&b, set_capabilities, .effective = 0x200020, .permitted = 0x200020);
        uint32_t op = confined_hook("true", refusing(bad[i].refused), &bad[i].sets);
        plan_words(&b)[FILTER_FLAGS] = bad[i].flags;
        finish("true");
        CHECK(failed_with(&run, op, LADE_STAGE_HOOK_START, bad[i].error), "%s", bad[i].what);
    }
    begin();
    uint32_t op = confined_hook("true", plan_blob(&b, (char[7]) { 0 }, 7), &sets);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_PLAN, E2BIG), "no whole instructions");
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void timeout_kills_all_of_it(void)
{
    begin();
    double before = seconds();
    uint32_t op = hook("echo started; sleep 3571 & sleep 3571", 1);
    finish("true");
    double took = seconds() - before;
    CHECK(failed_with(&run, op, LADE_STAGE_HOOK_TIMEOUT, SIGKILL), "timeout");
    CHECK(took > 0.9 && took < 3, "%f s", took);
    CHECK(strcmp(run.text, "stdout: started\n, stderr: ") == 0, "%s", run.text);
    CHECK(system("grep -qsz '^3571' /proc/[0-9]*/cmdline") != 0, "no process is left");

    /* Without a pid namespace only killing the process group ends the child. */
    plan_begin(&b);
    run = fresh_run;
    run.clone_flags = CLONE_NEWNS;
    plan_root(&b, root_path);
    OP(&b, pivot_root);
    op = hook("sleep 3572 & sleep 3572", 1);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_HOOK_TIMEOUT, SIGKILL), "timeout");
    usleep(50000);
    CHECK(system("grep -qsz '^3572' /proc/[0-9]*/cmdline") != 0, "no process is left");
}

static void background_child_does_not_block(void)
{
    begin();
    double before = seconds();
    hook("sleep 4 & echo done", 0);
    finish("echo on");
    /* The program is pid 1: its exit kills the child. */
    CHECK(succeeded(&run) && strcmp(run.output, "on\n") == 0, "%s", run.output);
    CHECK(seconds() - before < 3, "took %f s", seconds() - before);
}

static void endless_output_does_not_block(void)
{
    begin();
    double before = seconds();
    hook("while :; do echo yes; done & echo done", 0);
    uint32_t op = hook("while :; do echo yes; done", 1);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_HOOK_TIMEOUT, SIGKILL), "timeout");
    CHECK(seconds() - before < 5, "took %f s", seconds() - before);
}

void test_hooks(void)
{
    test("hooks get the state, their environment and no descriptors", gets_state);
    test("hook's environment", environments);
    test("hook errors include the output", failure_has_output);
    test("large hook state, read or not", large_state_is_fed_and_may_be_ignored);
    test("hook output redirected to files", output_goes_to_a_file);
    test("hook restrictions apply to the hook only", confinement_is_the_hooks_alone);
    test("hook restrictions that cannot be applied", confinement_that_cannot_be_had);
    test("a timeout kills a hook and its children", timeout_kills_all_of_it);
    test("children left behind by a hook do not block", background_child_does_not_block);
    test("endless hook output does not block", endless_output_does_not_block);
}
