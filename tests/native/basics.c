/* Start, protocol, plan checks, signals, descriptors, memory. */
#include "harness.h"
#include "tests.h"

static struct builder b;
static struct run run;

static void runs_a_program(void)
{
    plan_begin(&b);
    run = fresh_run;
    plan_root(&b, root_path);
    OP(&b, HOSTNAME, 0, 0, plan_str(&b, "ship"));
    plan_program(&b, "echo hello; cat /proc/self/comm /proc/sys/kernel/hostname; ls /; readlink /proc/self; cat /proc/self/mountinfo");
    run_plan(&b, &run);
    CHECK(went_well(&run), "%s", run.output);
    CHECK(strncmp(run.output, "hello\ncat\nship\n", 15) == 0, "%s", run.output);
    printf("%s\n", run.output);
}

void test_basics(void)
{
    test("runs a program in new namespaces", runs_a_program);
}
