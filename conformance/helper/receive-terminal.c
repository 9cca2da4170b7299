/* receive-terminal SOCKET: what an engine does with --console-socket. Waits for one terminal on a Unix socket and prints what comes out of it
 * until its other end closes. Runs on the host. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path)
        return 2;
    strcpy(address.sun_path, argv[1]);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0)
        return 3;
    int connection = accept(listener, NULL, NULL);
    char text[4096];
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = { text, sizeof text };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    if (connection < 0 || recvmsg(connection, &message, 0) <= 0)
        return 4;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header == NULL || header->cmsg_type != SCM_RIGHTS)
        return 5;
    int terminal;
    memcpy(&terminal, CMSG_DATA(header), sizeof terminal);
    if (!isatty(terminal))
        return 6;
    ssize_t count;
    while ((count = read(terminal, text, sizeof text)) > 0)
        if (write(1, text, (size_t)count) != count)
            return 7;
    return 0;
}
