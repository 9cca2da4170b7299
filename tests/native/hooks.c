/* RUN_HOOK. */
#include "harness.h"
#include "tests.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <time.h>

static struct builder b;
static struct run run;

static void begin(void)
{
    plan_begin(&b);
    run = fresh_run;
    plan_root(&b, root_path);
    OP(&b, PIVOT_ROOT, 0, 0, 0);
}

static uint32_t hook(const char *script, uint64_t timeout)
{
    return OP(&b, RUN_HOOK, 0, 0, plan_str(&b, "/bin/sh"), VEC(&b, "sh", "-c", script, "hook-name"), VEC(&b, "PATH=/bin", "A=variable"), timeout,
        VEC(&b, "{\"pid\":", ",\"id\":\"x\"}"));
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
    /* Of its own, an empty one, the program's. */
    for (int kind = 0; kind < 3; kind++) {
        begin();
        OP(&b, FIND_EXECUTABLE, 0, 0, plan_str(&b, "/bin/cat"), 0, 0, 0, VEC(&b, "cat", "/tmp/out"), VEC(&b, "A=program", "HOME=/here"));
        OP(&b, RUN_HOOK, 0, 0, plan_str(&b, "/bin/hook"), VEC(&b, "hook"), kind == 0 ? VEC(&b, "A=own") : kind == 1 ? plan_vec(&b, (const char *const[]) { NULL }) : 0, 0,
            VEC(&b, "[", "]"));
        OP(&b, EXECUTE, 0, 0, 0);
        run_plan(&b, &run);
        const char *const wanted[] = { "[1]/bin/hook 0 own\n", "[1]/bin/hook 0\n", "[1]/bin/hook 0 program /here\n" };
        CHECK(went_well(&run) && strcmp(run.output, wanted[kind]) == 0, "%s", run.output);
    }
    begin();
    uint32_t op = OP(&b, RUN_HOOK, 0, 0, plan_str(&b, "/bin/hook"), VEC(&b, "hook"), 0, 0, VEC(&b, "["));
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_PLAN, EINVAL), "half a state");
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
    op = OP(&b, RUN_HOOK, 0, 0, plan_str(&b, "/bin/absent"), VEC(&b, "absent"), 0, 0, VEC(&b, "[", "]"));
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_HOOK_START, ENOENT), "absent");
}

static void large_state_is_fed_and_may_be_ignored(void)
{
    static char large[200001];
    memset(large, 'x', 200000);
    for (int reads = 0; reads <= 1; reads++) {
        begin();
        OP(&b, RUN_HOOK, 0, 0, plan_str(&b, "/bin/sh"), VEC(&b, "sh", "-c", reads ? "sleep 0.2; wc -c > /tmp/n" : "echo 0 > /tmp/n"), VEC(&b, "PATH=/bin"), 10,
            VEC(&b, large, "]"));
        finish("cat /tmp/n");
        CHECK(went_well(&run) && strcmp(run.output, reads ? "200002\n" : "0\n") == 0, "%s", run.output);
    }
}

/* The harness answers READY with one go; the other is for WAIT_START. */
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
    OP(&b, HOOK_OUTPUT, 0, plan_slot(&b, file), 2);
    hook("echo out; echo first >&2", 0);
    OP(&b, CLOSE_DESCRIPTORS, 0, LADE_NO_SLOT, 0);
    OP(&b, SYNC, 0, 0, LADE_SYNC_READY);
    OP(&b, WAIT_START, 0, LADE_NO_SLOT, 0);
    run.on_sync = send_go;
    hook("echo second >&2; ls /proc/self/fd >&2", 0);
    finish("ls /proc/self/fd");
    CHECK(went_well(&run) && strcmp(run.output, "0\n1\n2\n3\n") == 0, "%s", run.output);
    CHECK(read_file(path, text, sizeof text) && strcmp(text, "first\nsecond\n0\n1\n2\n3\n") == 0, "%s", text);

    begin();
    OP(&b, HOOK_OUTPUT, 0, plan_slot(&b, file), 1);
    uint32_t op = hook("echo out; echo reason >&2; exit 1", 0);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_HOOK_STATUS, 1 << 8) && strcmp(run.text, "stdout: , stderr: reason\n") == 0, "%s", run.text);
    close(file);

    begin();
    op = OP(&b, HOOK_OUTPUT, 0, plan_slot(&b, 0), 3);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_PLAN, EINVAL), "descriptor 3");
}

/* --- confinement: what the program has beyond us --- */

/* mkdir(2) gets EXDEV, `other` gets EPERM. */
static uint64_t confinement(const struct lade_confinement *sets, uint32_t other)
{
    struct {
        struct lade_confinement sets;
        struct sock_filter code[6];
    } blob = {
        .sets = *sets,
        .code = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 2, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other, 2, 0),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        },
    };
    return plan_blob(&b, &blob, sizeof blob);
}

static uint32_t confined_hook(const char *script, uint64_t confinement)
{
    return OP(&b, RUN_HOOK, 0, 0, plan_str(&b, "/bin/sh"), VEC(&b, "sh", "-c", script), VEC(&b, "PATH=/bin"), 0, VEC(&b, "[", "]"), confinement);
}

#define RIGHTS "grep -hE '^(Cap[IPEA]|Seccomp:)' /proc/self/status | cut -f 2 | tr '\\n' ' '; mkdir /tmp/made 2>/dev/null && echo made || echo refused"

static void confinement_is_the_hooks_alone(void)
{
    const struct lade_confinement none = { .capabilities = 1 }, kill = { .capabilities = 1, .effective = 0x20, .permitted = 0x60, .inheritable = 0x22, .ambient = 0x20 };
    const struct lade_confinement filter_only = { 0 };
    char path[256], text[512];
    shell("chmod 777 '%s/tmp'", root_path);
    begin();
    OP(&b, BOUNDING, 0, 0, 0x2000ff, 40);
    OP(&b, SETUSER, 0, 0, 1000, 1000);
    OP(&b, CAPABILITIES, 0, 0, 0x2000e0, 0x2000e0, 0x22, 0);
    confined_hook("{ " RIGHTS "; } > /tmp/none", confinement(&none, SYS_swapon));
    confined_hook("{ " RIGHTS "; } > /tmp/kill", confinement(&kill, SYS_swapon));
    confined_hook("{ " RIGHTS "; } > /tmp/filter", confinement(&filter_only, SYS_swapon));
    confined_hook("{ " RIGHTS "; } > /tmp/sets", plan_blob(&b, &kill, sizeof kill));
    /* An unconfined one between them, and the program after them, are as before. */
    confined_hook("{ rmdir /tmp/made; " RIGHTS "; } > /tmp/free", 0);
    OP(&b, SYNC, 0, 0, LADE_SYNC_READY);
    plan_shell(&b, "cat /tmp/none /tmp/kill /tmp/filter /tmp/sets /tmp/free; grep -hE '^Seccomp:' /proc/self/status | cut -f 2");
    run_plan(&b, &run);
    CHECK(went_well(&run), "%s", run.output);
    snprintf(text, sizeof text, "%s%s%s%s%s0\n",
        "0000000000000000 0000000000000000 0000000000000000 0000000000000000 2 refused\n",
        "0000000000000022 0000000000000020 0000000000000020 0000000000000020 2 refused\n",
        /* A user other than root keeps across execve what is ambient. */
        "0000000000000022 0000000000000000 0000000000000000 0000000000000000 2 refused\n",
        "0000000000000022 0000000000000020 0000000000000020 0000000000000020 0 made\n",
        "0000000000000022 0000000000000000 0000000000000000 0000000000000000 0 made\n");
    CHECK(strcmp(run.output, text) == 0, "%s", run.output);
    snprintf(path, sizeof path, "%s/tmp/made", root_path);
    CHECK(access(path, F_OK) == 0, "the last of them was free");
}

static void confinement_that_cannot_be_had(void)
{
    const struct lade_confinement sets = { .capabilities = 1, .effective = 0x20, .permitted = 0x20 };
    const struct {
        const char *what;
        struct lade_confinement sets;
        uint32_t refused;
        int error;
    } bad[] = {
        { "capabilities that we lack", { .capabilities = 1, .effective = 1, .permitted = 1 }, SYS_swapon, EPERM },
        { "a filter that forbids capset", sets, SYS_capset, EPERM },
        { "a filter that forbids execve", sets, SYS_execve, EPERM },
        { "flags that there are not", { .flags = 1u << 30 }, SYS_swapon, EINVAL },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        begin();
        OP(&b, CAPABILITIES, 0, 0, 0x200020, 0x200020, 0, 0);
        uint32_t op = confined_hook("true", confinement(&bad[i].sets, bad[i].refused));
        finish("true");
        CHECK(failed_with(&run, op, LADE_STAGE_HOOK_START, bad[i].error), "%s", bad[i].what);
    }
    begin();
    uint32_t op = confined_hook("true", plan_blob(&b, &sets, sizeof sets - 1));
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_PLAN, EINVAL), "too short");
    begin();
    op = confined_hook("true", plan_blob(&b, (char[sizeof sets + 7]) { 0 }, sizeof sets + 7));
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

    /* Without a pid namespace nothing but the kill by group ends the child. */
    plan_begin(&b);
    run = fresh_run;
    run.clone_flags = CLONE_NEWNS;
    plan_root(&b, root_path);
    OP(&b, PIVOT_ROOT, 0, 0, 0);
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
    /* The program's end kills the child: it is pid 1. */
    CHECK(went_well(&run) && strcmp(run.output, "on\n") == 0, "%s", run.output);
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
    test("hook gets the state, its environment, and no descriptors", gets_state);
    test("hook's environment", environments);
    test("hook's failure has its output", failure_has_output);
    test("large state, read or not", large_state_is_fed_and_may_be_ignored);
    test("hook's output goes to a file", output_goes_to_a_file);
    test("a hook's confinement is its own alone", confinement_is_the_hooks_alone);
    test("a confinement that cannot be had", confinement_that_cannot_be_had);
    test("timeout ends a hook and its children", timeout_kills_all_of_it);
    test("what a hook leaves behind does not block", background_child_does_not_block);
    test("endless output does not block", endless_output_does_not_block);
}
