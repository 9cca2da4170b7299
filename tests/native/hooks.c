/* RUN_HOOK. */
#include "harness.h"
#include "tests.h"
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
        plan_str(&b, "{\"pid\":"), plan_str(&b, ",\"id\":\"x\"}"));
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

static void defaults(void)
{
    shell("printf '#!/bin/sh\\n/bin/cat > /tmp/out\\necho $0 $# >> /tmp/out\\n' > '%s/bin/hook'; chmod 755 '%s/bin/hook'", root_path, root_path);
    begin();
    OP(&b, RUN_HOOK, 0, 0, plan_str(&b, "/bin/hook"), 0, 0, 0, plan_str(&b, "["), plan_str(&b, "]"));
    finish("cat /tmp/out");
    CHECK(went_well(&run) && strcmp(run.output, "[1]/bin/hook 0\n") == 0, "%s", run.output);
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
    op = OP(&b, RUN_HOOK, 0, 0, plan_str(&b, "/bin/absent"), 0, 0, 0, plan_str(&b, "["), plan_str(&b, "]"));
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
            plan_str(&b, large), plan_str(&b, "]"));
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
    test("hook without arguments", defaults);
    test("hook's failure has its output", failure_has_output);
    test("large state, read or not", large_state_is_fed_and_may_be_ignored);
    test("hook's output goes to a file", output_goes_to_a_file);
    test("timeout ends a hook and its children", timeout_kills_all_of_it);
    test("what a hook leaves behind does not block", background_child_does_not_block);
    test("endless output does not block", endless_output_does_not_block);
}
