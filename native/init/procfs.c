/* SET_PROC_NAMESPACE: a procfs for a pid namespace that we are not in yet. Once we are, its processes can see us, and we still have the privileges that
 * mounting requires. */
#include "init.h"
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define FSCONFIG_SET_FD 5u

void op_set_proc_namespace(const struct op_set_proc_namespace *op)
{
    init.pid_namespace = slot_fd(op->namespace);
    init.children_in_pid_namespace = op->is_joined;
}

static _Noreturn void fail_helper(int result)
{
    struct lade_message message = { .error = errno };
    terminate(syscall(SYS_write, result, &message, sizeof message) < 0);
}

/* A procfs context shows the pid namespace of the process that opens it. That process is visible in the namespace, so it has nothing of value: its own user
 * and mount namespaces, which fsopen(2) requires, an empty root, no copy of the plan and a single descriptor. */
static _Noreturn void open_inside(int result)
{
    int context = sys_fsopen("proc");
    if (context < 0)
        fail_helper(result);
    terminate(!try_send_fd(result, context, 0));
}

/* Joins the namespace for its child, having dropped everything beforehand: a process that may trace the child may also join its namespaces. */
static _Noreturn void open_from_outside(int namespace, int root, int result)
{
    /* In a user namespace, tracing a process that was executed outside takes privileges of the host. */
    if (init.children_in_pid_namespace)
        open_inside(result);
    if (syscall(SYS_setns, namespace, CLONE_NEWPID) != 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0
        || sys_move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0 || fchdir(root) != 0 || sys_pivot_root(".", ".") != 0
        || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0 || dup2(result, 0) != 0 || sys_close_range(1, ~0u, 0) != 0)
        fail_helper(result);
    munmap((void *)(uintptr_t)init.plan, init.plan_size);
    pid_t pid = fork();
    if (pid < 0)
        fail_helper(0);
    if (pid == 0)
        open_inside(0);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    terminate(status != 0);
}

static int receive_context(int socket)
{
    struct lade_message message;
    struct iovec part = { .iov_base = &message, .iov_len = sizeof message };
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    ssize_t length = syscall(SYS_recvmsg, socket, &packet, MSG_CMSG_CLOEXEC);
    if (length == sizeof message && message.error != 0) {
        errno = message.error;
        return -1;
    }
    struct cmsghdr *header = length == sizeof message ? CMSG_FIRSTHDR(&packet) : NULL;
    if (header == NULL || header->cmsg_type != SCM_RIGHTS) {
        /* The helper was killed. */
        errno = ECHILD;
        return -1;
    }
    int context;
    memcpy(&context, CMSG_DATA(header), sizeof context);
    return context;
}

/* Before Linux 6.17 there is no mount option for the namespace. */
static int open_by_helper(void)
{
    int sockets[2];
    int root = try_empty_tmpfs(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    if (root < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return -1;
    pid_t pid = fork();
    if (pid < 0)
        return -1;
    if (pid == 0)
        open_from_outside(init.pid_namespace, root, sockets[1]);
    close(sockets[1]);
    int context = receive_context(sockets[0]);
    int error = errno;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(sockets[0]);
    close(root);
    errno = error;
    return context;
}

int open_context(const char *type)
{
    if (init.pid_namespace == 0 || strcmp(type, "proc") != 0)
        return sys_fsopen(type);
    int context = sys_fsopen(type);
    if (context < 0)
        return -1;
    if (syscall(SYS_fsconfig, context, FSCONFIG_SET_FD, "pidns", NULL, init.pid_namespace) == 0)
        return context;
    close(context);
    /* EINVAL: the kernel does not support the option. */
    return errno == EINVAL ? open_by_helper() : -1;
}
