/* init: executes a plan, then the program. argv[1] is the number of the plan's descriptor.
 *
 * Protocol: one packet per message on a SOCK_SEQPACKET socket (see plan.h). lade answers with a single byte, "go".
 *
 *     lade (create, run)                      init
 *       |  clone3, execveat                     |
 *       |-------------------------------------->|  plan mapped
 *       |<------------------------------- PID --|  only with CLONE: this process exits, its child (and sibling) continues.
 *       |                                       |  The child sends nothing before PID
 *       |<----------------- SYNC (what to do) --|
 *       |-- go -------------------------------->|
 *       |<------------- FD (console, seccomp) --|  descriptor passed with SCM_RIGHTS
 *       |-- go -------------------------------->|
 *       |<----------------------- SYNC READY ---|
 *       |-- go -------------------------------->|  run: another go starts the program
 *                                               |
 *     lade (exec, by an unprivileged user)      |  create: closes this socket and accepts on the listening one
 *       |-- connect, namespaces --------------->|
 *       |<----- FD, one per namespace; closed --|
 *     lade (start)                              |
 *       |-- connect, go ----------------------->|  this connection becomes the sync socket
 *       |<----------------------- ERROR --------|  at any time; the socket is closed once init has exited with 1
 *       |<----------------------- closed -------|  by execve (close-on-exec): the program runs
 *
 * If the other side closes its end, nobody wants the container any more, and init exits. */
#include "init.h"
#include <signal.h>
#include <sys/prctl.h>

/* Decodes the arguments of an operation and calls its function. */
static void execute(const struct lade_op *op)
{
#define LADE_MEMBER(number, NAME, name, ...) struct op_##name name;
#define LADE_NO_MEMBER(...)
    union {
        LADE_OPERATIONS(LADE_MEMBER, LADE_NO_MEMBER)
    } arguments;
    decode(op, &arguments);
#define LADE_CASE(number, NAME, name, ...) \
    case LADE_OP_##NAME: \
        op_##name(&arguments.name); \
        break;
#define LADE_BARE_CASE(number, NAME, name) \
    case LADE_OP_##NAME: \
        op_##name(); \
        break;
    switch (op->code) {
        LADE_OPERATIONS(LADE_CASE, LADE_BARE_CASE)
    }
}

/* Ignored signals and the signal mask survive execve(2). The .NET runtime ignores SIGPIPE, which the program must not inherit. No handlers are ever
 * installed, so none of our calls return EINTR. */
void op_reset_signals(const struct op_reset_signals *op)
{
    for (int number = 1; number <= 64; number++)
        if (op->mask >> (number - 1) & 1)
            sys_signal(number, SIG_DFL);
}

static void unblock_signals(void)
{
    uint64_t none = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

static int parse_fd(const char *text)
{
    int number = 0;
    for (; *text >= '0' && *text <= '9' && number < 1 << 24; text++)
        number = number * 10 + (*text - '0');
    return *text == '\0' ? number : -1;
}

#define LADE_PR_SET_MDWE 65
#define LADE_MDWE_REFUSE_EXEC_GAIN 1ul
#define LADE_MDWE_NO_INHERIT 2ul

/* Refuses to make memory executable that has been writable, as a hardening measure; not inherited by the program. Fails on kernels before 6.6. */
static void deny_writable_code(void)
{
    prctl(LADE_PR_SET_MDWE, LADE_MDWE_REFUSE_EXEC_GAIN | LADE_MDWE_NO_INHERIT, 0, 0, 0);
}

int main(int argc, char **argv)
{
    init.sync_fd = -1;
    if (argc != 2 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 1;
    deny_writable_code();
    unblock_signals();
    /* execveat(2) on a descriptor would name the process after its number. */
    prctl(PR_SET_NAME, "lade-init", 0, 0, 0);
    /* Modes in the plan and in the code are exact, regardless of the caller's umask. */
    umask(0);

    load_plan(parse_fd(argv[1]));
    must(sys_close_range(3 + init.preserve_fds, ~0u, CLOSE_RANGE_CLOEXEC), LADE_STAGE_NONE);

    for (init.op_index = 0; init.op_index < init.op_count; init.op_index++, init.op = next_operation(init.op)) {
        execute(init.op);
        /* Well below the smallest likely RLIMIT_NOFILE. Once everything is closed there is nothing to release, and a filter may forbid it. */
        if (init.op_index % 24 == 23 && !init.closed)
            release();
    }

    /* A plan must end with EXECUTE. */
    fail_with(LADE_STAGE_PLAN, ENOEXEC);
}
