/* Device nodes and symbolic links, created relative to the parent's descriptor: the image's /dev may be a symbolic link (CVE-2026-41579). */
#include "init.h"
#include <string.h>
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

/* Creates a node with this mode (the umask is 0) and owner. A different owner is set through a descriptor that has been checked, because the name could have
 * been replaced. */
static int make_node(int parent, const char *name, const struct node *node)
{
    struct stat made;
    if (mknodat(parent, name, node->mode, node->device) != 0)
        return -1;
    if (node->uid == 0 && node->gid == 0)
        return 0;
    int fd = must(openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), LADE_STAGE_TARGET);
    must(fstat(fd, &made), LADE_STAGE_TARGET);
    if (!same_kind(&made, node))
        fail_with(LADE_STAGE_TARGET, ESTALE);
    must(fchownat(fd, "", node->uid, node->gid, AT_EMPTY_PATH), LADE_STAGE_NONE);
    return 0;
}

void op_make_device(const struct op_make_device *op)
{
    struct node node = {
        .mode = (mode_t)op->mode,
        .device = makedev((unsigned)op->major, (unsigned)op->minor),
        .uid = (uid_t)op->uid,
        .gid = (gid_t)op->gid,
    };
    const char *name;
    int parent = open_parent(op->path, &name);
    if (make_node(parent, name, &node) == 0)
        return;
    if (errno != EEXIST)
        fail(LADE_STAGE_NONE);

    struct stat found;
    must(fstatat(parent, name, &found, AT_SYMLINK_NOFOLLOW), LADE_STAGE_TARGET);
    if (!same_kind(&found, &node))
        fail_with(LADE_STAGE_TARGET, EEXIST);
    if (same_attributes(&found, &node))
        return;
    /* The same device with another mode or owner is replaced. */
    must(unlinkat(parent, name, 0), LADE_STAGE_NONE);
    must(make_node(parent, name, &node), LADE_STAGE_NONE);
}

/* Cached, as consecutive links have the same condition. */
static bool exists(const char *path)
{
    static const char *last;
    static bool found;
    if (last == NULL || strcmp(last, path) != 0) {
        found = open_below(path, O_PATH, 0) >= 0;
        if (!found && errno != ENOENT && errno != ENOTDIR)
            fail(LADE_STAGE_SOURCE);
        last = path;
    }
    return found;
}

void op_make_symlink(const struct op_make_symlink *op)
{
    if (op->only_if_exists != NULL && !exists(op->only_if_exists))
        return;

    const char *name;
    int parent = open_parent(op->path, &name);
    int result = symlinkat(op->target, parent, name);
    if (result != 0 && errno == EEXIST) {
        if (!op->replace)
            result = 0;
        else if (unlinkat(parent, name, 0) == 0 || (errno == EISDIR && unlinkat(parent, name, AT_REMOVEDIR) == 0))
            result = symlinkat(op->target, parent, name);
    }
    must(result, LADE_STAGE_NONE);
}
