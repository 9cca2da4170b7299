/* Device nodes of the container's own: what masks files, and what stands for devices where the container may not make them. An inode of the host's would
 * give its mode, owner and times away to whoever has its owner's uid, and would be the same in every container. */
#include "init.h"
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static bool nodes_attached;

void op_make_nodes(void)
{
    set_slot(LADE_SLOT_NODES, new_tmpfs("1024"));
    need(mkdirat(slot_fd(LADE_SLOT_NODES), "empty", 0755), LADE_STAGE_NONE);
}

void op_make_node(const struct op_make_node *op)
{
    int directory = slot_fd(LADE_SLOT_NODES);
    mode_t mode = (mode_t)op->mode;
    dev_t device = makedev((unsigned)op->major, (unsigned)op->minor);
    uid_t uid = op->uid;
    gid_t gid = op->gid;
    if (op->like != NULL) {
        struct stat host;
        need(fstatat(AT_FDCWD, op->like, &host, 0), LADE_STAGE_SOURCE);
        if ((host.st_mode & S_IFMT) != (mode & S_IFMT) || host.st_rdev != device)
            fail_with(LADE_STAGE_SOURCE, ENODEV);
        mode = host.st_mode;
        uid = host.st_uid;
        gid = host.st_gid;
    }
    need(mknodat(directory, op->name, mode, device), LADE_STAGE_NONE);
    /* Nobody else can reach the directory. */
    if (uid != 0 || gid != 0)
        need(fchownat(directory, op->name, uid, gid, AT_SYMLINK_NOFOLLOW), LADE_STAGE_NONE);
}

/* Before Linux 6.15, and for a tmpfs that was made in another mount namespace, a part of a mount can be cloned only where the mount is attached (EINVAL). On top
 * of the root it is in nobody's way: paths are resolved from the root's descriptor, and a mount on the start of a path is not entered. To take it away again costs
 * a grace period of the kernel's. */
static int clone_node(const char *name, uint64_t attributes)
{
    const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW;
    int nodes = slot_fd(LADE_SLOT_NODES);
    int mount = sys_open_tree(nodes, name, flags);
    if (mount < 0 && errno == EINVAL && !nodes_attached) {
        attach(nodes, root_fd(), LADE_STAGE_MOVE);
        nodes_attached = true;
        mount = sys_open_tree(nodes, name, flags);
    }
    need(mount, LADE_STAGE_SOURCE);
    set_attributes(mount, attributes, 0, 0, false);
    return mount;
}

static void detach_nodes(void)
{
    if (!nodes_attached)
        return;
    need(fchdir(slot_fd(LADE_SLOT_NODES)), LADE_STAGE_TARGET);
    need(umount2(".", MNT_DETACH), LADE_STAGE_MOVE);
    need(fchdir(root_fd()), LADE_STAGE_TARGET);
    nodes_attached = false;
}

void op_attach_node(const struct op_attach_node *op)
{
    struct stat found;
    int mount = clone_node(op->name, NODE_ATTRIBUTES);
    int target = open_target(op->path, mount, 0, &found);
    attach_to_target(mount, target);
    if (found.st_mode != 0)
        forget_parent();
}

/* Both are clones, that is, mounts of their own on one file system, which has nothing else and is this container's alone. OPEN_NULL may have found another
 * null device. */
static void clone_masks(void)
{
    if (init.slots[LADE_SLOT_NULL] < 0)
        set_slot(LADE_SLOT_NULL, clone_node("null", NODE_ATTRIBUTES));
    if (init.slots[LADE_SLOT_EMPTY] < 0)
        set_slot(LADE_SLOT_EMPTY, clone_node("empty", NODE_ATTRIBUTES | MOUNT_ATTR_NODEV));
}

void op_detach_nodes(void)
{
    clone_masks();
    detach_nodes();
}

void make_masks(void)
{
    /* What was made for devices goes with DETACH_NODES. */
    if (init.slots[LADE_SLOT_NODES] >= 0) {
        clone_masks();
        return;
    }
    set_slot(LADE_SLOT_NODES, new_tmpfs("8"));
    need(mkdirat(slot_fd(LADE_SLOT_NODES), "empty", 0755), LADE_STAGE_NONE);
    if (init.slots[LADE_SLOT_NULL] < 0)
        need(mknodat(slot_fd(LADE_SLOT_NODES), "null", S_IFCHR | 0666, makedev(1, 3)), LADE_STAGE_DEVICE_NULL);
    clone_masks();
    detach_nodes();
}
