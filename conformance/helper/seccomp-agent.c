/* seccomp-agent SOCKET DIRECTORY [dgram|seqpacket]: what listens at linux.seccomp.listenerPath, on the host. Of connection N it writes what it received
 * to DIRECTORY/N.json, and to DIRECTORY/N how many descriptors came with the first bytes, how many later, and whether the other side closed. A
 * process of its own then answers the notifications with EXDEV and writes "call NUMBER" for each to DIRECTORY/N.calls. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static FILE *file(const char *directory, int number, const char *suffix)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%d%s", directory, number, suffix);
    return fopen(path, "w");
}

/* Receives at most SIZE bytes and at most 4 descriptors; the last of them is left in *kept. */
static ssize_t receive(int connection, char *text, size_t size, int *descriptors, int *kept)
{
    struct iovec part = { text, size };
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    ssize_t count = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); count > 0 && header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        int received = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        *descriptors += received;
        memcpy(kept, CMSG_DATA(header), sizeof(int));
    }
    return count;
}

static void answer(int listener, FILE *calls)
{
    for (;;) {
        struct seccomp_notif request = { 0 };
        struct seccomp_notif_resp response = { 0 };
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        fprintf(calls, "call %d\n", request.data.nr);
        fflush(calls);
        response.id = request.id;
        response.error = -EXDEV;
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int type = SOCK_STREAM;
    if (argc < 3 || strlen(argv[1]) >= sizeof address.sun_path)
        return 2;
    if (argc > 3)
        type = strcmp(argv[3], "dgram") == 0 ? SOCK_DGRAM : SOCK_SEQPACKET;
    strcpy(address.sun_path, argv[1]);
    int socket_ = socket(AF_UNIX, type, 0);
    if (bind(socket_, (struct sockaddr *)&address, sizeof address) != 0 || (type != SOCK_DGRAM && listen(socket_, 8) != 0))
        return 3;
    if (type == SOCK_DGRAM) {
        pause();
        return 0;
    }
    for (int number = 1;; number++) {
        int connection = accept(socket_, NULL, NULL), first = 0, later = 0, listener = -1;
        struct timeval limit = { .tv_sec = 5 };
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        FILE *json = file(argv[2], number, ".json");
        /* A first read that is too small for the whole: descriptors that are not with the first bytes come later. */
        char text[4096];
        ssize_t count = receive(connection, text, 8, &first, &listener);
        while (count > 0) {
            fwrite(text, 1, (size_t)count, json);
            count = receive(connection, text, sizeof text, &later, &listener);
        }
        fclose(json);
        close(connection);
        FILE *calls = file(argv[2], number, ".calls");
        if (listener >= 0 && fork() == 0) {
            close(socket_);
            answer(listener, calls);
            _exit(0);
        }
        fclose(calls);
        close(listener);
        /* Last, so that who sees it sees the rest. */
        FILE *facts = file(argv[2], number, ".part");
        fprintf(facts, "first %d\nlater %d\nclosed %s\n", first, later, count == 0 ? "yes" : "no");
        fclose(facts);
        char from[4096], to[4096];
        snprintf(from, sizeof from, "%s/%d.part", argv[2], number);
        snprintf(to, sizeof to, "%s/%d", argv[2], number);
        rename(from, to);
    }
}
