/* Messages to lade, and failing. */
#include "init.h"
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Not initialised: its many slots would take up space in the executable. */
struct init_state init;

/* The program's filter may deny exit_group(2) and exit(2), and libc would retry forever. A fault ends the process regardless of filters and ignored signals. */
void terminate(int status)
{
    syscall(SYS_exit_group, status);
    for (;;)
        __builtin_trap();
}

/* write(2), because the program's filter may be loaded: of all calls that can send, it is the one that programs cannot do without. */
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
        terminate(1);
}

void fail_text(enum lade_stage stage, int error, const struct iovec *text, int parts)
{
    send_message(&(struct lade_message) { .kind = LADE_MSG_ERROR, .stage = stage, .error = error }, text, parts, -1);
    terminate(1);
}

void fail_with(enum lade_stage stage, int error)
{
    fail_text(stage, error, NULL, 0);
}

void fail(enum lade_stage stage)
{
    fail_with(stage, errno);
}

int must(long result, enum lade_stage stage)
{
    if (result < 0)
        fail(stage);
    return (int)result;
}

int receive_command(int socket)
{
    unsigned char command;
    return syscall(SYS_read, socket, &command, sizeof command) == 1 ? command : -1;
}

void wait_for_go(void)
{
    if (receive_command(init.sync_fd) < 0)
        terminate(1);
}

bool try_send_fd(int socket, int descriptor, uint64_t value)
{
    struct lade_message message = { .kind = LADE_MSG_FD, .value = value, .op = init.op_index };
    return send_packet(socket, &(struct iovec) { .iov_base = &message, .iov_len = sizeof message }, 1, descriptor) > 0;
}

void send_fd(int descriptor, uint64_t value)
{
    send_message(&(struct lade_message) { .kind = LADE_MSG_FD, .value = value }, NULL, 0, descriptor);
    wait_for_go();
}

void send_fd_number(int descriptor, uint64_t value)
{
    send_message(&(struct lade_message) { .kind = LADE_MSG_FD, .value = value, .number = descriptor }, NULL, 0, -1);
    wait_for_go();
}

/* CVE-2016-9962: processes in the container must not trace us or open our descriptors. Every change of credentials resets the flag to fs.suid_dumpable, so
 * it is cleared after each of them. */
void clear_dumpable(void)
{
    must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), LADE_STAGE_NONE);
}
