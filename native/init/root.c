/* The root: its place in the host's mount namespace, and how it becomes the container's "/". */
#include "init.h"
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

/* --- the root of the mount namespace ---
 * In a chroot our "/" is a directory somewhere below it. A pivot there would leave the real root and all of the host's mounts in the container's mount
 * namespace, and give access to them to any process that joins it: `exec`, or the container itself. */

static int open_slash(void)
{
    return must(openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC), LADE_STAGE_TARGET);
}

/* Joining our own mount namespace changes the root to its root. Without CAP_SYS_CHROOT (EPERM) no process with our privileges can join the container either. */
static void enter_namespace_root(void)
{
    int own = must(openat(init.proc_fd, "self/ns/mnt", O_RDONLY | O_NOCTTY | O_CLOEXEC), LADE_STAGE_TARGET);
    if (syscall(SYS_setns, own, CLONE_NEWNS) != 0 && errno != EPERM)
        fail(LADE_STAGE_TARGET);
}

static bool is_same_directory(int one, int other)
{
    struct stat a, b;
    must(fstat(one, &a), LADE_STAGE_TARGET);
    must(fstat(other, &b), LADE_STAGE_TARGET);
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && mount_id(one) == mount_id(other);
}

/* Host paths continue to start at our own "/", which may be the same. */
static int open_namespace_root(bool *is_same)
{
    int own = open_slash();
    enter_namespace_root();
    int root = open_slash();
    *is_same = is_same_directory(own, root);
    if (!*is_same) {
        must(fchdir(own), LADE_STAGE_TARGET);
        must(chroot("."), LADE_STAGE_TARGET);
    }
    return root;
}

/* --- the steps --- */

/* EINVAL: our "/" is that of a chroot, and propagation can be changed only at the root of a mount. */
void op_set_propagation(const struct op_set_propagation *op)
{
    bool is_same;
    if (try_attributes(open_slash(), 0, 0, op->propagation, false) == 0)
        return;
    if (errno != EINVAL)
        fail(LADE_STAGE_ATTRIBUTES);
    set_attributes(open_namespace_root(&is_same), 0, 0, op->propagation, false);
}


void op_attach_root(const struct op_attach_root *op)
{
    int tree = slot_fd(op->tree);
    struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
    int target = sys_openat2(AT_FDCWD, op->path, &how);
    /* Root in a user namespace has no access below a 0700 directory of the host's root. Where the tree is attached matters only to hooks; over "/" it can
     * always be attached. */
    if (target < 0 && errno == EACCES) {
        open_namespace_root(&init.root_over_slash);
        /* Not from a chroot: it cannot be pivoted away from, nor is "/" of the namespace below it. */
        if (!init.root_over_slash)
            fail_with(LADE_STAGE_TARGET, EACCES);
        target = open_slash();
    }
    must(target, LADE_STAGE_TARGET);
    if (op->shared_parent)
        make_parent_private(target);
    attach(tree, target, LADE_STAGE_MOVE);

    /* The descriptor of the detached tree now refers to the attached root: nothing has to be reopened, so there is no race. */
    if (op->tree != LADE_SLOT_ROOT) {
        init.slots[op->tree] = -1;
        set_slot(LADE_SLOT_ROOT, tree);
    }
}

/* Both on the same directory: the old root ends up on top of the new one, without a directory for it. Returns the errno. */
static int pivot_to(int root)
{
    must(fchdir(root), LADE_STAGE_TARGET);
    return sys_pivot_root(".", ".") == 0 ? 0 : errno;
}

void op_pivot_root(const struct op_pivot_root *op)
{
    int root = slot_fd(LADE_SLOT_ROOT);
    int own = open_slash();
    enter_namespace_root();
    int old = open_slash();
    int error = pivot_to(root);
    /* The root was attached over "/", where we now are; our own root is still below it. */
    if (error == EBUSY) {
        old = own;
        must(fchdir(own), LADE_STAGE_TARGET);
        must(chroot("."), LADE_STAGE_TARGET);
        error = pivot_to(root);
    }
    if (error == 0) {
        /* A slave receives unmount events but does not propagate them: otherwise the host would lose its mounts. */
        set_attributes(old, 0, 0, MS_SLAVE, true);
        must(fchdir(old), LADE_STAGE_NONE);
        must(umount2(".", MNT_DETACH), LADE_STAGE_NONE);
        /* Open descriptors below the old tree would keep it alive. */
        release();
    } else if (error == EINVAL && op->no_pivot) {
        move_root(old, root, op->propagation & MS_SHARED);
    } else {
        fail_with(LADE_STAGE_MOVE, error);
    }
    must(chdir("/"), LADE_STAGE_NONE);
    if (op->propagation != 0)
        set_attributes(root, 0, 0, op->propagation, false);
}

void op_change_root(const struct op_change_root *op)
{
    struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
    int root = must(sys_openat2(AT_FDCWD, op->path, &how), LADE_STAGE_TARGET);
    must(fchdir(root), LADE_STAGE_NONE);
    must(chroot("."), LADE_STAGE_NONE);
    must(chdir("/"), LADE_STAGE_NONE);
    set_slot(LADE_SLOT_ROOT, root);
}
