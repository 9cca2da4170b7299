/* Getting into cgroups and namespaces, and what is set there once. */
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
    forget_slot(op->tasks);
}

/* The effective uid is what the kernel makes the owner of a user namespace. A change of it takes the effective capabilities, which some systems ask for before
 * they let a process make one; the permitted ones stay, because the saved uid is still 0. */
static void unshare_namespaces(uint64_t flags, bool disowned)
{
    if (disowned)
        change_effective_user(NOBODY);
    need(syscall(SYS_unshare, flags), LADE_STAGE_NONE);
}

void op_unshare(const struct op_unshare *op)
{
    unshare_namespaces(op->flags, op->disowned);
    stay_undumpable();
}

void op_join_namespace(const struct op_join_namespace *op)
{
    need(syscall(SYS_setns, slot_fd(op->namespace), (int)op->type), LADE_STAGE_NONE);
    stay_undumpable();
}

void op_sync(const struct op_sync *op)
{
    if (op->dumpable)
        need(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), LADE_STAGE_NONE);
    struct iovec skipped = { .iov_base = init.skipped, .iov_len = init.skipped_count * sizeof *init.skipped };
    send_message(&(struct lade_message) { .kind = LADE_MSG_SYNC, .value = (uint64_t)op->point }, &skipped, (op->point == LADE_SYNC_READY || op->point == LADE_SYNC_CHECK) && init.skipped_count != 0, -1);
    await_go();
    if (op->dumpable)
        stay_undumpable();
}

/* The child is lade's, not ours. It goes on only after we have sent its pid and are gone (the pipe's end of file says so), else lade could hear a
 * process it does not know yet. clone(2), because filters that let programs fork often refuse clone3(2), whose flags they cannot see. */
void op_clone(const struct op_clone *op)
{
    int gone[2];
    need(pipe2(gone, O_CLOEXEC), LADE_STAGE_NONE);

    long pid = need(syscall(SYS_clone, op->flags | CLONE_PARENT, 0, 0, 0, 0), LADE_STAGE_NONE);
    if (pid > 0) {
        send_message(&(struct lade_message) { .kind = LADE_MSG_PID, .value = (uint64_t)pid }, NULL, 0, -1);
        leave(0);
    }

    char nothing;
    close(gone[1]);
    need(read(gone[0], &nothing, 1), LADE_STAGE_NONE);
    close(gone[0]);
    stay_undumpable();
}

void op_become_root(const struct op_become_root *op)
{
    if (!op->keep_groups && syscall(SYS_setgroups, 0, NULL) != 0 && errno != EPERM)
        fail(LADE_STAGE_NONE);
    need(syscall(SYS_setresgid, 0, 0, 0), LADE_STAGE_NONE);
    need(syscall(SYS_setresuid, 0, 0, 0), LADE_STAGE_NONE);
    stay_undumpable();
}

/* Only through the procfs that lade verified, and never through something mounted on it: a write to a label or a sysctl that lands in another file
 * is CVE-2019-16884 and CVE-2025-52881. `dumpable`: while we are not dumpable the files of "self" belong to the host's root, and the root of a user
 * namespace may not open them. */
static void write_proc(const char *path, const char *value, bool dumpable)
{
    if (dumpable)
        need(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), LADE_STAGE_NONE);
    struct open_how how = { .flags = O_WRONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS };
    int fd = sys_openat2(init.proc_fd, path, &how);
    int error = errno;
    stay_undumpable();
    if (fd < 0)
        fail_with(LADE_STAGE_NONE, error);

    ssize_t written = need(write(fd, value, strlen(value)), LADE_STAGE_NONE);
    /* A second write would be a second value to the kernel, not the rest of this one. */
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
    int fd = need(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), LADE_STAGE_NONE);
    need(ioctl(fd, SIOCGIFFLAGS, &request), LADE_STAGE_NONE);
    request.ifr_flags |= IFF_UP;
    need(ioctl(fd, SIOCSIFFLAGS, &request), LADE_STAGE_NONE);
}

void op_set_hostname(const struct op_set_hostname *op)
{
    need(sethostname(op->name, strlen(op->name)), LADE_STAGE_NONE);
}

void op_set_domainname(const struct op_set_domainname *op)
{
    need(setdomainname(op->name, strlen(op->name)), LADE_STAGE_NONE);
}

void op_new_session(void)
{
    if (setsid() < 0 && getsid(0) != getpid())
        fail(LADE_STAGE_NONE);
}

/* All for the possessor; for the owner, who may be the root of every other container, nothing but the search that joining by name needs, and the name is
 * a secret: whoever could view the keyring would learn it. */
#define KEYRING_PERMISSIONS 0x3f080000ul

void op_join_session_keyring(const struct op_join_session_keyring *op)
{
    long id = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, op->name);
    if (id >= 0)
        id = syscall(SYS_keyctl, KEYCTL_SETPERM, id, KEYRING_PERMISSIONS);
    if (id < 0 && errno != ENOSYS && errno != EPERM)
        fail(LADE_STAGE_NONE);
}

/* --- a root of nobody's --- */

/* chroot(2) needs a right that only the user namespace gives us, which unshare(2) refuses after chroot(2), and the file system one that only the
 * outside has. */
void op_empty_root(const struct op_empty_root *op)
{
    int context = need(sys_fsopen("tmpfs"), LADE_STAGE_FSOPEN);
    need(sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL), LADE_STAGE_FSCONFIG);
    int root = need(sys_fsmount(context, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC), LADE_STAGE_FSMOUNT);
    need(fchdir(root), LADE_STAGE_TARGET);
    if (op->flags != 0)
        unshare_namespaces(op->flags, op->disowned);
    need(chroot("."), LADE_STAGE_NONE);
    close(root);
    close(context);
    stay_undumpable();
}

/* --- for others who want to join --- */

static const struct {
    uint64_t type;
    const char *file;
} namespace_files[LADE_NAMESPACE_TYPES] = {
    { CLONE_NEWUSER, "self/ns/user" }, { CLONE_NEWPID, "self/ns/pid_for_children" }, { CLONE_NEWNS, "self/ns/mnt" }, { CLONE_NEWNET, "self/ns/net" },
    { CLONE_NEWIPC, "self/ns/ipc" }, { CLONE_NEWUTS, "self/ns/uts" }, { CLONE_NEWCGROUP, "self/ns/cgroup" }, { CLONE_NEWTIME, "self/ns/time_for_children" },
};

/* Our own files of namespaces are ours to open, whoever is kept from them. The process that will wait may be a child of ours, cloned into a namespace that
 * we are not in. A kernel may lack a type. */
void open_namespaces(void)
{
    for (size_t i = 0; i < LADE_NAMESPACE_TYPES; i++) {
        int fd = openat(init.proc_fd, namespace_files[i].file, O_RDONLY | O_NOCTTY | O_CLOEXEC);
        init.namespaces[i] = fd < 0 ? 0 : fd;
    }
}

/* What fails is the asker's loss: it must not end us. */
void give_namespaces(int socket)
{
    for (size_t i = 0; i < LADE_NAMESPACE_TYPES; i++)
        if (init.namespaces[i] > 0 && !offer_descriptor(socket, init.namespaces[i], namespace_files[i].type))
            return;
}
