/* Mounts, by descriptor only: a target is resolved once, and mounted on as resolved (CVE-2021-30465). */
#include "init.h"
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* A mount inside /proc would let an image redirect the runtime's own reads and writes there (CVE-2019-16884). Mounting over the root of a procfs is allowed,
 * for example with the container's own procfs. */
static void refuse_inside_proc(int target, const struct stat *found)
{
    /* Nothing can be created in a procfs. */
    if (found->st_mode == 0)
        return;
    struct statfs fs;
    must(fstatfs(target, &fs), LADE_STAGE_TARGET);
    if (fs.f_type == PROC_SUPER_MAGIC && found->st_ino != PROC_ROOT_INODE)
        fail_with(LADE_STAGE_INSIDE_PROC, EPERM);
}

/* --- trees --- */

void op_open_tree(const struct op_open_tree *op)
{
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    if (op->recursive)
        flags |= AT_RECURSIVE_TREE;
    if (op->no_follow)
        flags |= AT_SYMLINK_NOFOLLOW;
    int tree = must(sys_open_tree(AT_FDCWD, op->path, flags), LADE_STAGE_SOURCE);
    /* A clone is a member of its source's peer group: until this, mounts attached to it would propagate to the source. */
    if (op->propagation != 0)
        set_attributes(tree, 0, 0, op->propagation | MS_REC, false);
    set_slot(op->tree, tree);
}

void op_set_tree_attributes(const struct op_set_tree_attributes *op)
{
    set_attributes(slot_fd(op->tree), op->set, op->clear, op->propagation, op->recursive);
}

void op_map_tree_ids(const struct op_map_tree_ids *op)
{
    map_ids(slot_fd(op->tree), slot_fd(op->namespace), op->recursive);
}

/* --- mounts below the root --- */

/* If the root is shared with a running container, the directory may have been renamed between its resolution and the mount. The container would then have an
 * unmasked procfs elsewhere, and none where it is about to be masked. */
static void verify_attached(const char *path, int mount)
{
    struct stat wanted, found;
    int fd = must(open_by_name(path, RESOLVE_NO_SYMLINKS), LADE_STAGE_NOT_DIRECTORY);
    must(fstat(fd, &found), LADE_STAGE_NOT_DIRECTORY);
    must(fstat(mount, &wanted), LADE_STAGE_NOT_DIRECTORY);
    if (found.st_dev != wanted.st_dev || found.st_ino != wanted.st_ino)
        fail_with(LADE_STAGE_NOT_DIRECTORY, ESTALE);
}

static void inherit_mode(int context, const struct stat *found)
{
    char digits[8];
    set_option(context, "mode", format_number(digits + sizeof digits - 1, found->st_mode & 07777, 8), false);
}

/* Whether a user namespace may mount a file system depends on the owners of its other namespaces and on the host's overmounts: it has to be tried. */
static bool can_fall_back(const struct op_mount *op)
{
    return op->fallback != LADE_NO_SLOT && (errno == EPERM || errno == EBUSY);
}

/* -1: refused, but there is a fallback. */
static int new_mount(const struct op_mount *op, const struct stat *found, uint64_t attributes)
{
    int context = open_context(op->type);
    if (context < 0 && can_fall_back(op))
        return -1;
    must(context, LADE_STAGE_FSOPEN);
    if (op->source != NULL)
        set_option(context, "source", op->source, false);
    set_options(context, op->options, op->optional_flags);
    if (op->inherit_mode && found->st_mode != 0)
        inherit_mode(context, found);
    if (sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL) != 0) {
        if (can_fall_back(op))
            return -1;
        fail_context(context, LADE_STAGE_FSCONFIG, errno, NULL, NULL);
    }
    int mount = sys_fsmount(context, attributes);
    if (mount < 0 && !can_fall_back(op))
        fail_context(context, LADE_STAGE_FSMOUNT, errno, NULL, NULL);
    return mount;
}

void op_mount(const struct op_mount *op)
{
    struct stat found;
    unsigned flags = (op->no_symlinks ? TARGET_NO_SYMLINKS : 0) | (op->no_follow ? TARGET_NO_FOLLOW : 0) | (op->real_path ? TARGET_REAL_PATH : 0);
    int target = open_target(op->target, -1, flags, &found);
    refuse_inside_proc(target, &found);

    bool read_only_later = op->copy_up && (op->attributes & MOUNT_ATTR_RDONLY);
    int mount = new_mount(op, &found, op->attributes & ~(read_only_later ? (uint64_t)MOUNT_ATTR_RDONLY : 0));
    init.fell_back = mount < 0;
    if (init.fell_back)
        mount = slot_fd(op->fallback);

    if (op->copy_up && found.st_mode != 0)
        copy_up(target, mount, op->inherit_mode);
    if (read_only_later)
        set_attributes(mount, MOUNT_ATTR_RDONLY, 0, 0, false);
    if (op->id_map != LADE_NO_SLOT)
        map_ids(mount, slot_fd(op->id_map), false);
    if (op->propagation != 0)
        set_attributes(mount, 0, 0, op->propagation, false);
    attach_to_target(mount, target);
    if (op->no_symlinks)
        verify_attached(op->target, mount);
    hold_mount(op->target, mount, op->no_symlinks);
    if (op->fallback != LADE_NO_SLOT)
        clear_slot(op->fallback);
    if (found.st_mode != 0)
        drop_cached_parent();
}

void op_attach(const struct op_attach *op)
{
    int mount = slot_fd(op->tree);
    struct stat found;
    int target = open_target(op->target, mount, (op->no_follow ? TARGET_NO_FOLLOW : 0) | (op->real_path ? TARGET_REAL_PATH : 0), &found);
    if (!op->in_proc)
        refuse_inside_proc(target, &found);
    attach_to_target(mount, target);
    hold_mount(op->target, mount, false);
    clear_slot(op->tree);
    if (found.st_mode != 0)
        drop_cached_parent();
}

/* --- existing mounts --- */

static int open_existing(const char *path)
{
    return must(open_below(path, O_PATH, 0), LADE_STAGE_TARGET);
}

/* The spec's lists of paths name some that are missing on other kernels. */
static int open_if_present(const char *path)
{
    int fd = open_below(path, O_PATH, 0);
    if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
        fail(LADE_STAGE_TARGET);
    return fd;
}

void op_remount(const struct op_remount *op)
{
    int target = open_existing(op->target);
    if (op->superblock) {
        int context = must(sys_fspick(target), LADE_STAGE_FSOPEN);
        set_options(context, op->options, false);
        run_command(context, FSCONFIG_CMD_RECONFIGURE);
    }
    if (op->set != 0 || op->clear != 0)
        set_attributes(target, op->set, op->clear, 0, op->recursive);
}

void op_set_target_attributes(const struct op_set_target_attributes *op)
{
    int target = open_existing(op->target);
    set_attributes(target, op->set, op->clear, op->propagation, op->recursive);
}

/* Reported to lade, which later verifies the container's mounts. */
static void record_skipped(void)
{
    if (init.skipped_count == sizeof init.skipped / sizeof *init.skipped || init.op_index > UINT16_MAX)
        fail_with(LADE_STAGE_TARGET, E2BIG);
    init.skipped[init.skipped_count++] = (uint16_t)init.op_index;
}

void op_readonly_path(const struct op_readonly_path *op)
{
    int target = open_if_present(op->path);
    if (target < 0) {
        record_skipped();
        return;
    }
    int tree = must(sys_open_tree(target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE_TREE), LADE_STAGE_SOURCE);
    set_attributes(tree, MOUNT_ATTR_RDONLY, 0, 0, true);
    attach(tree, target, LADE_STAGE_MOVE);
    hold_mount(op->path, tree, is_on_kernel_fs(op->path));
}

/* Before Linux 6.14 a detached mount cannot be cloned, nor can a mount of another namespace: the mount itself is attached to the first path, and clones of
 * it, where it is attached, to the others. */
static void attach_shared(unsigned slot, int target)
{
    int mount = slot_fd(slot);
    if (init.attached & 1u << slot) {
        mount = clone_mount(mount, LADE_STAGE_SOURCE);
        attach(mount, target, LADE_STAGE_MOVE);
    } else {
        attach(mount, target, LADE_STAGE_MOVE);
        init.attached |= 1u << slot;
    }
}

void op_mask_path(const struct op_mask_path *op)
{
    bool is_needed = !op->after_fallback || init.fell_back;
    int target = is_needed ? open_if_present(op->path) : -1;
    if (target < 0) {
        record_skipped();
        return;
    }
    struct stat status;
    must(fstat(target, &status), LADE_STAGE_TARGET);
    if (init.slots[S_ISDIR(status.st_mode) ? LADE_SLOT_EMPTY : LADE_SLOT_NULL] < 0)
        make_masks();
    attach_shared(S_ISDIR(status.st_mode) ? LADE_SLOT_EMPTY : LADE_SLOT_NULL, target);
}

/* A file must be masked with the real device: a container could have replaced /dev/null with a symbolic link (CVE-2025-31133). A detached clone of it works
 * in any mount namespace entered later, and after the host's mounts are gone. In a user namespace, the usual reason for not creating a node, the host's node
 * belongs to nobody and remounting the clone gains nothing. */
void op_open_null(void)
{
    struct stat status;
    int mount = must(sys_open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW), LADE_STAGE_DEVICE_NULL);
    must(fstat(mount, &status), LADE_STAGE_DEVICE_NULL);
    if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
        fail_with(LADE_STAGE_DEVICE_NULL, ENODEV);
    set_attributes(mount, NODE_ATTRIBUTES, 0, MS_PRIVATE, false);
    set_slot(LADE_SLOT_NULL, mount);
}
