/* The container's own device nodes: for masking files, and for devices where the container may not create nodes. Using an inode of the host would give
 * access to its mode, owner and times to any process with its owner's uid, and would share it among containers. */
#include "init.h"
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static bool nodes_attached;

static void make_nodes(const char *inodes)
{
    set_slot(LADE_SLOT_NODES, new_tmpfs(inodes));
    must(mkdirat(slot_fd(LADE_SLOT_NODES), "empty", 0755), LADE_STAGE_NONE);
}

void op_make_nodes(void)
{
    make_nodes("1024");
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
        must(fstatat(AT_FDCWD, op->like, &host, 0), LADE_STAGE_SOURCE);
        if ((host.st_mode & S_IFMT) != (mode & S_IFMT) || host.st_rdev != device)
            fail_with(LADE_STAGE_SOURCE, ENODEV);
        mode = host.st_mode;
        uid = host.st_uid;
        gid = host.st_gid;
    }
    must(mknodat(directory, op->name, mode, device), LADE_STAGE_NONE);
    /* No other process has access to the directory. */
    if (uid != 0 || gid != 0)
        must(fchownat(directory, op->name, uid, gid, AT_SYMLINK_NOFOLLOW), LADE_STAGE_NONE);
}

/* Before Linux 6.15, or if the tmpfs was created in another mount namespace, part of a mount can be cloned only while it is attached (EINVAL). Attaching it
 * to the root does not interfere: paths are resolved from the root's descriptor, and a mount on the starting point of a path is not entered. Detaching it
 * costs an RCU grace period. */
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
    must(mount, LADE_STAGE_SOURCE);
    set_attributes(mount, attributes, 0, 0, false);
    return mount;
}

static void detach_nodes(void)
{
    if (!nodes_attached)
        return;
    must(fchdir(slot_fd(LADE_SLOT_NODES)), LADE_STAGE_TARGET);
    must(umount2(".", MNT_DETACH), LADE_STAGE_MOVE);
    must(fchdir(root_fd()), LADE_STAGE_TARGET);
    nodes_attached = false;
}

void op_attach_node(const struct op_attach_node *op)
{
    struct stat found;
    int mount = clone_node(op->name, NODE_ATTRIBUTES);
    int target = open_target(op->path, mount, 0, &found);
    attach_to_target(mount, target);
    if (found.st_mode != 0)
        drop_cached_parent();
}

/* Both are clones, i.e. separate mounts of one file system that has nothing else and is private to this container. OPEN_NULL may have provided another null
 * device. */
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
    /* The file system created for devices is detached by DETACH_NODES. */
    if (init.slots[LADE_SLOT_NODES] >= 0) {
        clone_masks();
        return;
    }
    make_nodes("8");
    if (init.slots[LADE_SLOT_NULL] < 0)
        must(mknodat(slot_fd(LADE_SLOT_NODES), "null", S_IFCHR | 0666, makedev(1, 3)), LADE_STAGE_DEVICE_NULL);
    clone_masks();
    detach_nodes();
}
