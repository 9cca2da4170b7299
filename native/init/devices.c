/* Device nodes and symbolic links, made below a parent's descriptor: the image's /dev may be a link (CVE-2026-41579). */
#include "init.h"
#include <sys/sysmacros.h>

struct node {
    mode_t mode;
    dev_t device;
    uid_t uid;
    gid_t gid;
};

static bool same_kind(const struct stat *found, const struct node *wanted)
{
    return (found->st_mode & S_IFMT) == (wanted->mode & S_IFMT) && (S_ISFIFO(wanted->mode) || found->st_rdev == wanted->device);
}

static bool same_attributes(const struct stat *found, const struct node *wanted)
{
    return (found->st_mode & 07777) == (wanted->mode & 07777) && found->st_uid == wanted->uid && found->st_gid == wanted->gid;
}

/* The mode is meant as it stands, and the mask is 0. Setting it afterwards would need a path that can be swapped: there is no fchmod for O_PATH before
 * Linux 6.6. */
static int make_node(int parent, const char *name, const struct node *node)
{
    return mknodat(parent, name, node->mode, node->device);
}

void op_make_device(const struct lade_op *op)
{
    struct node node = {
        .mode = (mode_t)op->arg[1],
        .device = makedev((unsigned)op->arg[2], (unsigned)op->arg[3]),
        .uid = (uid_t)op->arg[4],
        .gid = (gid_t)op->arg[5],
    };
    const char *name;
    int parent = open_parent(plan_string(op->arg[0]), &name);
    bool made = make_node(parent, name, &node) == 0;
    if (!made && errno != EEXIST)
        fail(LADE_STAGE_NONE);

    for (int round = 0;; round++) {
        struct stat found;
        need(fstatat(parent, name, &found, AT_SYMLINK_NOFOLLOW), LADE_STAGE_TARGET);
        if (!same_kind(&found, &node))
            fail_with(LADE_STAGE_TARGET, EEXIST);
        if (made && (found.st_uid != node.uid || found.st_gid != node.gid))
            need(fchownat(parent, name, node.uid, node.gid, AT_SYMLINK_NOFOLLOW), LADE_STAGE_NONE);
        if (made || same_attributes(&found, &node) || round > 0)
            break;
        /* The same device with another mode or owner: replaced by one that is as asked for. */
        need(unlinkat(parent, name, 0), LADE_STAGE_NONE);
        need(make_node(parent, name, &node), LADE_STAGE_NONE);
        made = true;
    }
}

void op_symlink(const struct lade_op *op)
{
    if (op->arg[2] != 0) {
        int condition = open_below(plan_string(op->arg[2]), O_PATH, 0);
        if (condition < 0) {
            if (errno == ENOENT || errno == ENOTDIR)
                return;
            fail(LADE_STAGE_SOURCE);
        }
    }

    const char *name;
    const char *target = plan_string(op->arg[1]);
    int parent = open_parent(plan_string(op->arg[0]), &name);
    int result = symlinkat(target, parent, name);
    if (result != 0 && errno == EEXIST) {
        if (!(op->flags & LADE_F_REPLACE))
            result = 0;
        else if (unlinkat(parent, name, 0) == 0 || (errno == EISDIR && unlinkat(parent, name, AT_REMOVEDIR) == 0))
            result = symlinkat(target, parent, name);
    }
    need(result, LADE_STAGE_NONE);
}
