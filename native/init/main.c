/* init: executes a plan, then becomes the program. argv[1] is the number of the plan's descriptor.
 *
 * The sync protocol: one packet per message on a SOCK_SEQPACKET socket (plan.h has the layouts). lade's answer is one byte, "go".
 *
 *     lade (create, run)                      init
 *       |  clone3, execveat                     |
 *       |-------------------------------------->|  plan mapped
 *       |<------------------------------- PID --|  only with CLONE: this process exits, its child (and sibling) goes on.
 *       |                                       |  The child says nothing before PID is sent
 *       |<----------------- SYNC (what to do) --|
 *       |-- go -------------------------------->|
 *       |<------------- FD (console, seccomp) --|  descriptor by SCM_RIGHTS
 *       |-- go -------------------------------->|
 *       |<----------------------- SYNC READY ---|
 *       |-- go -------------------------------->|  run: one more go starts the program
 *                                               |
 *     lade (exec, by an ordinary user)          |  create: this socket is closed, the listening one accepted
 *       |-- connect, namespaces --------------->|
 *       |<----- FD, one per namespace; closed --|
 *     lade (start)                              |
 *       |-- connect, go ----------------------->|  from here on that connection is the sync socket
 *       |<----------------------- ERROR --------|  at any time; init has exited with 1 when the socket is closed
 *       |<----------------------- closed -------|  by execve (close-on-exec): the program runs
 *
 * If the other side closes its end, nobody wants the container any more, and init exits. */
#include "init.h"
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Not initialised here: its many slots would be bytes of the executable. */
struct init_state init;

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

/* --- report --- */

/* The program's filter may refuse exit_group(2) and exit(2), and libc would try for ever. A fault ends us whatever the filter says and whoever ignores
 * its signal. */
void leave(int status)
{
    syscall(SYS_exit_group, status);
    for (;;)
        __builtin_trap();
}

/* write(2) because the program's own filter may be loaded by now: of all calls that send, it is the one that programs cannot live without. */
static ssize_t write_packet(const struct iovec *parts, int count)
{
    char packet[sizeof(struct lade_message) + LADE_MAX_TEXT];
    size_t length = 0;
    for (int i = 0; i < count; length += parts[i++].iov_len)
        memcpy(packet + length, parts[i].iov_base, parts[i].iov_len);
    return syscall(SYS_write, init.sync_fd, packet, length);
}

static ssize_t send_packet(int socket, struct iovec *parts, int count, int descriptor)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof descriptor)];
    } control = { .header = { .cmsg_len = CMSG_LEN(sizeof descriptor), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
    struct msghdr packet = { .msg_iov = parts, .msg_iovlen = count, .msg_control = &control, .msg_controllen = sizeof control.space };
    return syscall(SYS_sendmsg, socket, &packet, MSG_NOSIGNAL);
}

void send_message(const struct lade_message *message, const struct iovec *text, int parts, int descriptor)
{
    struct lade_message header = *message;
    struct iovec packet[8] = { { .iov_base = &header, .iov_len = sizeof header } };
    header.op = init.op_index;
    for (int i = 0; i < parts && i < 7; i++) {
        size_t room = LADE_MAX_TEXT - header.text_length;
        packet[i + 1] = (struct iovec) { text[i].iov_base, text[i].iov_len < room ? text[i].iov_len : room };
        header.text_length += (uint32_t)packet[i + 1].iov_len;
    }

    ssize_t sent = descriptor < 0 ? write_packet(packet, parts + 1) : send_packet(init.sync_fd, packet, parts + 1, descriptor);
    if (sent < 0)
        leave(1);
}

void fail_text(enum lade_stage stage, int error, const struct iovec *text, int parts)
{
    send_message(&(struct lade_message) { .kind = LADE_MSG_ERROR, .stage = stage, .error = error }, text, parts, -1);
    leave(1);
}

void fail_with(enum lade_stage stage, int error)
{
    fail_text(stage, error, NULL, 0);
}

void fail(enum lade_stage stage)
{
    fail_with(stage, errno);
}

int need(long result, enum lade_stage stage)
{
    if (result < 0)
        fail(stage);
    return (int)result;
}

int receive_word(int socket)
{
    unsigned char word;
    return syscall(SYS_read, socket, &word, sizeof word) == 1 ? word : -1;
}

void await_go(void)
{
    if (receive_word(init.sync_fd) < 0)
        leave(1);
}

bool offer_descriptor(int socket, int descriptor, uint64_t value)
{
    struct lade_message message = { .kind = LADE_MSG_FD, .value = value, .op = init.op_index };
    return send_packet(socket, &(struct iovec) { .iov_base = &message, .iov_len = sizeof message }, 1, descriptor) > 0;
}

void hand_over(int descriptor, uint64_t value)
{
    send_message(&(struct lade_message) { .kind = LADE_MSG_FD, .value = value }, NULL, 0, descriptor);
    await_go();
}

void hand_over_number(int descriptor, uint64_t value)
{
    send_message(&(struct lade_message) { .kind = LADE_MSG_FD, .value = value, .number = descriptor }, NULL, 0, -1);
    await_go();
}

/* CVE-2016-9962: what runs in the container already must not trace us or open our descriptors. Every change of credentials makes the
 * kernel set the flag anew, from fs.suid_dumpable, so it is cleared again after each of them. */
void stay_undumpable(void)
{
    need(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), LADE_STAGE_NONE);
}

/* --- start --- */

/* An ignored signal stays ignored across execve, and so does the mask: the .NET runtime ignores SIGPIPE, and the program must not
 * inherit that. No handler is ever installed, so no call of ours returns EINTR. */
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

/* Nothing that is written can be executed later, whatever gets us to try; the program's memory is its own affair. Kernels before 6.6 do not know it. */
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
    /* Executed from a descriptor, the process would be called by that descriptor's number. */
    prctl(PR_SET_NAME, "lade-init", 0, 0, 0);
    /* Every mode is meant as the plan or the code says it, whatever the mask of lade's caller is. */
    umask(0);

    load_plan(parse_fd(argv[1]));
    need(sys_close_range(3 + init.preserve_fds, ~0u, CLOSE_RANGE_CLOEXEC), LADE_STAGE_NONE);

    for (init.op_index = 0; init.op_index < init.op_count; init.op_index++, init.op = next_operation(init.op)) {
        execute(init.op);
        /* Far from the smallest limit on open files that a caller may have. Once all is closed there is nothing to release, and a filter may forbid it. */
        if (init.op_index % 24 == 23 && !init.closed)
            release();
    }

    /* A plan without EXECUTE is not a plan. */
    fail_with(LADE_STAGE_PLAN, ENOEXEC);
}
