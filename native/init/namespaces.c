/* Joining cgroups and namespaces, and their one-time setup. */
#include "init.h"
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

void op_join_cgroup(const struct op_join_cgroup *op)
{
    int tasks = slot_fd(op->tasks);
    if (write(tasks, "0", 1) != 1)
        fail(LADE_STAGE_NONE);
    clear_slot(op->tasks);
}

/* Leaving uid 0 clears the effective set. */
void raise_permitted(void)
{
    struct cap_header header = { .version = CAPABILITY_VERSION_3 };
    struct cap_data data[2];
    must(syscall(SYS_capget, &header, data), LADE_STAGE_NONE);
    data[0].effective = data[0].permitted;
    data[1].effective = data[1].permitted;
    must(syscall(SYS_capset, &header, data), LADE_STAGE_NONE);
}

/* The kernel makes the effective uid the owner of a new user namespace. Changing it clears the effective capabilities, which some systems require to create a
 * user namespace; the permitted ones stay, because the saved uid is still 0. */
static void unshare_namespaces(uint64_t flags, bool disowned)
{
    if (disowned) {
        must(syscall(SYS_setresuid, -1, NOBODY, -1), LADE_STAGE_NONE);
        raise_permitted();
        clear_dumpable();
    }
    must(syscall(SYS_unshare, flags), LADE_STAGE_NONE);
}

void op_unshare(const struct op_unshare *op)
{
    unshare_namespaces(op->flags, op->disowned);
    clear_dumpable();
}

void op_join_namespace(const struct op_join_namespace *op)
{
    must(syscall(SYS_setns, slot_fd(op->namespace), (int)op->type), LADE_STAGE_NONE);
    clear_dumpable();
}

void op_sync(const struct op_sync *op)
{
    if (op->dumpable)
        must(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), LADE_STAGE_NONE);
    struct iovec skipped = { .iov_base = init.skipped, .iov_len = init.skipped_count * sizeof *init.skipped };
    send_message(&(struct lade_message) { .kind = LADE_MSG_SYNC, .value = (uint64_t)op->point }, &skipped, (op->point == LADE_SYNC_READY || op->point == LADE_SYNC_CHECK) && init.skipped_count != 0, -1);
    wait_for_go();
    if (op->dumpable)
        clear_dumpable();
}

/* The child is lade's, not ours. It continues only after we have sent its pid and exited (end of file on the pipe), otherwise lade could get a message from
 * a process it does not know yet. clone(2), because filters that allow fork often deny clone3(2), whose flags they cannot check. */
void op_clone(const struct op_clone *op)
{
    int exited[2];
    must(pipe2(exited, O_CLOEXEC), LADE_STAGE_NONE);

    long pid = must(syscall(SYS_clone, op->flags | CLONE_PARENT, 0, 0, 0, 0), LADE_STAGE_NONE);
    if (pid > 0) {
        send_message(&(struct lade_message) { .kind = LADE_MSG_PID, .value = (uint64_t)pid }, NULL, 0, -1);
        terminate(0);
    }

    char byte;
    close(exited[1]);
    must(read(exited[0], &byte, 1), LADE_STAGE_NONE);
    close(exited[0]);
    clear_dumpable();
}

/* keep_groups: leave supplementary groups alone. EPERM is ignored: setgroups(2) may be denied in the user namespace. */
void op_become_root(const struct op_become_root *op)
{
    if (!op->keep_groups && syscall(SYS_setgroups, 0, NULL) != 0 && errno != EPERM)
        fail(LADE_STAGE_NONE);
    must(syscall(SYS_setresgid, 0, 0, 0), LADE_STAGE_NONE);
    must(syscall(SYS_setresuid, 0, 0, 0), LADE_STAGE_NONE);
    clear_dumpable();
}

/* Only through the procfs verified by lade, and never through a mount on top of it: writing a label or a sysctl to another file is CVE-2019-16884 and
 * CVE-2025-52881. `dumpable`: the files in /proc/self of a non-dumpable process belong to the host's root, and root in a user namespace may not open them. */
static void write_proc(const char *path, const char *value, bool dumpable)
{
    if (dumpable)
        must(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), LADE_STAGE_NONE);
    struct open_how how = { .flags = O_WRONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS };
    int fd = sys_openat2(init.proc_fd, path, &how);
    int error = errno;
    clear_dumpable();
    if (fd < 0)
        fail_with(LADE_STAGE_NONE, error);

    ssize_t written = must(write(fd, value, strlen(value)), LADE_STAGE_NONE);
    /* The kernel would take a second write as another value, not as the rest of this one. */
    if ((size_t)written != strlen(value))
        fail_with(LADE_STAGE_NONE, EMSGSIZE);
}

void op_write_proc(const struct op_write_proc *op)
{
    write_proc(op->path, op->value, op->dumpable);
}

void op_set_exec_label(const struct op_set_exec_label *op)
{
    write_proc(op->file, op->value, false);
}

void op_loopback_up(void)
{
    struct ifreq request = { .ifr_name = "lo" };
    int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), LADE_STAGE_NONE);
    must(ioctl(fd, SIOCGIFFLAGS, &request), LADE_STAGE_NONE);
    request.ifr_flags |= IFF_UP;
    must(ioctl(fd, SIOCSIFFLAGS, &request), LADE_STAGE_NONE);
}

void op_set_hostname(const struct op_set_hostname *op)
{
    must(sethostname(op->name, strlen(op->name)), LADE_STAGE_NONE);
}

void op_set_domainname(const struct op_set_domainname *op)
{
    must(setdomainname(op->name, strlen(op->name)), LADE_STAGE_NONE);
}

void op_new_session(void)
{
    if (setsid() < 0 && getsid(0) != getpid())
        fail(LADE_STAGE_NONE);
}

/* All permissions for the possessor. The owner, who may be root of every other container, only gets search permission, which joining by name requires; the
 * name is secret, and view permission would reveal it. */
#define KEYRING_PERMISSIONS 0x3f080000ul

void op_join_session_keyring(const struct op_join_session_keyring *op)
{
    long id = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, op->name);
    if (id >= 0)
        id = syscall(SYS_keyctl, KEYCTL_SETPERM, id, KEYRING_PERMISSIONS);
    if (id < 0 && errno != ENOSYS && errno != EPERM)
        fail(LADE_STAGE_NONE);
}

/* --- an empty root ---
 * chroot(2) needs a capability that only the user namespace gives us, but unshare(2) fails after chroot(2). Creating the file system needs a capability that
 * we only have before the unshare(2). */
void op_empty_root(const struct op_empty_root *op)
{
    int root = must(try_empty_tmpfs(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC), LADE_STAGE_FSMOUNT);
    must(fchdir(root), LADE_STAGE_TARGET);
    if (op->flags != 0)
        unshare_namespaces(op->flags, op->disowned);
    must(chroot("."), LADE_STAGE_NONE);
    close(root);
    clear_dumpable();
}

/* --- for processes that want to join --- */

static const struct {
    uint64_t type;
    const char *file;
} namespace_files[LADE_NAMESPACE_TYPES] = {
    { CLONE_NEWUSER, "self/ns/user" }, { CLONE_NEWPID, "self/ns/pid_for_children" }, { CLONE_NEWNS, "self/ns/mnt" }, { CLONE_NEWNET, "self/ns/net" },
    { CLONE_NEWIPC, "self/ns/ipc" }, { CLONE_NEWUTS, "self/ns/uts" }, { CLONE_NEWCGROUP, "self/ns/cgroup" }, { CLONE_NEWTIME, "self/ns/time_for_children" },
};

/* A process may always open its own namespace files. The process that waits may be a child cloned into a namespace that we are not in, hence
 * pid_for_children. The kernel may lack a type. */
void open_namespaces(void)
{
    for (size_t i = 0; i < LADE_NAMESPACE_TYPES; i++) {
        int fd = openat(init.proc_fd, namespace_files[i].file, O_RDONLY | O_NOCTTY | O_CLOEXEC);
        init.namespaces[i] = fd < 0 ? 0 : fd;
    }
}

/* Failures are ignored: they only affect the peer. */
void send_namespaces(int socket)
{
    for (size_t i = 0; i < LADE_NAMESPACE_TYPES; i++)
        if (init.namespaces[i] > 0 && !try_send_fd(socket, init.namespaces[i], namespace_files[i].type))
            return;
}
