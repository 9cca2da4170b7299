/* The root: what it is in the host's mount namespace, and how it becomes the container's "/". */
#include "init.h"
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#define MAX_LEVELS 256

/* --- the root of the mount namespace ---
 * In a chroot our "/" is a directory somewhere below it. A pivot there would leave the real root with all of the host's mounts in the container's mount
 * namespace, and whoever joins that namespace, `exec` or the container itself, stands on them. */

static int open_slash(void)
{
    return need(openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC), LADE_STAGE_TARGET);
}

/* Joining the mount namespace that we are in leads there. Without CAP_SYS_CHROOT (EPERM) nobody with our rights can join the container either. */
static void stand_on_namespace_root(void)
{
    int own = need(openat(init.proc_fd, "self/ns/mnt", O_RDONLY | O_NOCTTY | O_CLOEXEC), LADE_STAGE_TARGET);
    if (syscall(SYS_setns, own, CLONE_NEWNS) != 0 && errno != EPERM)
        fail(LADE_STAGE_TARGET);
}

static bool is_same_directory(int one, int other)
{
    struct stat a, b;
    need(fstat(one, &a), LADE_STAGE_TARGET);
    need(fstat(other, &b), LADE_STAGE_TARGET);
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && mount_id(one) == mount_id(other);
}

/* The host's paths go on starting from our own "/", which may be the same. */
static int open_namespace_root(bool *is_ours)
{
    int own = open_slash();
    stand_on_namespace_root();
    int root = open_slash();
    *is_ours = is_same_directory(own, root);
    if (!*is_ours) {
        need(fchdir(own), LADE_STAGE_TARGET);
        need(chroot("."), LADE_STAGE_TARGET);
    }
    return root;
}

/* --- the steps --- */

/* EINVAL: our "/" is a chroot's, and only the root of a mount can be changed. */
void op_set_propagation(const struct op_set_propagation *op)
{
    bool is_ours;
    if (try_attributes(open_slash(), 0, 0, op->propagation, false) == 0)
        return;
    if (errno != EINVAL)
        fail(LADE_STAGE_ATTRIBUTES);
    set_attributes(open_namespace_root(&is_ours), 0, 0, op->propagation, false);
}

/* What is attached to a shared mount is attached to all its peers, the host's among them, and pivot_root(2) refuses a shared parent. Propagation can be
 * set only at the root of a mount (EINVAL elsewhere), so we walk up to it. */
void make_parent_private(int target)
{
    int at = sys_dup(target);
    for (int level = 0; at >= 0 && level < MAX_LEVELS; level++) {
        if (try_attributes(at, 0, 0, MS_PRIVATE, false) == 0) {
            close(at);
            return;
        }
        if (errno != EINVAL)
            break;
        int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(at);
        at = up;
    }
    fail(LADE_STAGE_ATTRIBUTES);
}

void op_attach_root(const struct op_attach_root *op)
{
    int tree = slot_fd(op->tree);
    struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
    int target = sys_openat2(AT_FDCWD, op->path, &how);
    /* The root of a user namespace may not pass a directory with mode 0700 of the host's root. Where the tree is attached matters to hooks only;
     * over "/" it can be everywhere. */
    if (target < 0 && errno == EACCES) {
        open_namespace_root(&init.root_over_top);
        /* Neither can a chroot be pivoted away from, nor does "/" of the namespace lie below it. */
        if (!init.root_over_top)
            fail_with(LADE_STAGE_TARGET, EACCES);
        target = open_slash();
    }
    need(target, LADE_STAGE_TARGET);
    if (op->shared_parent)
        make_parent_private(target);
    attach(tree, target, LADE_STAGE_MOVE);

    /* The descriptor of the detached tree is the one of the attached root: nothing to open anew, nothing to race with. */
    if (op->tree != LADE_SLOT_ROOT) {
        init.slots[op->tree] = -1;
        set_slot(LADE_SLOT_ROOT, tree);
    }
}

/* Both on the same directory: the old root ends up on top of the new one, and no directory has to be made for it. Gives the errno. */
static int pivot_to(int root)
{
    need(fchdir(root), LADE_STAGE_TARGET);
    return sys_pivot_root(".", ".") == 0 ? 0 : errno;
}

void op_pivot_root(const struct op_pivot_root *op)
{
    int root = slot_fd(LADE_SLOT_ROOT);
    int own = open_slash();
    stand_on_namespace_root();
    int old = open_slash();
    int error = pivot_to(root);
    /* It is what we stand on now: it was attached over "/", and what is below that is our own root still. */
    if (error == EBUSY) {
        old = own;
        need(fchdir(own), LADE_STAGE_TARGET);
        need(chroot("."), LADE_STAGE_TARGET);
        error = pivot_to(root);
    }
    if (error == 0) {
        /* A slave hears of unmounts but tells nobody: without this the host would lose its mounts. */
        set_attributes(old, 0, 0, MS_SLAVE, true);
        need(fchdir(old), LADE_STAGE_NONE);
        need(umount2(".", MNT_DETACH), LADE_STAGE_NONE);
        /* Whatever was opened of the old tree keeps it alive. */
        release();
    } else if (error == EINVAL && op->no_pivot) {
        move_over_top(old, root, op->propagation & MS_SHARED);
    } else {
        fail_with(LADE_STAGE_MOVE, error);
    }
    need(chdir("/"), LADE_STAGE_NONE);
    if (op->propagation != 0)
        set_attributes(root, 0, 0, op->propagation, false);
}

void op_change_root(const struct op_change_root *op)
{
    struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
    int root = need(sys_openat2(AT_FDCWD, op->path, &how), LADE_STAGE_TARGET);
    need(fchdir(root), LADE_STAGE_NONE);
    need(chroot("."), LADE_STAGE_NONE);
    need(chdir("/"), LADE_STAGE_NONE);
    set_slot(LADE_SLOT_ROOT, root);
}
