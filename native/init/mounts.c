/* Mounts, by descriptors only: a target is resolved once, and what was resolved is what is mounted on (CVE-2021-30465). */
#include "init.h"
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define LOG_SIZE 512

/* --- steps --- */

static int mount_setattr(int mount, struct mount_attr attributes, bool recursive)
{
    return sys_mount_setattr(mount, AT_EMPTY_PATH | (recursive ? AT_RECURSIVE_TREE : 0), &attributes);
}

int try_attributes(int mount, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive)
{
    struct mount_attr attributes = { .attr_set = set, .attr_clr = clear, .propagation = propagation & ~(uint64_t)MS_REC };
    return mount_setattr(mount, attributes, recursive || (propagation & MS_REC));
}

void set_attributes(int mount, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive)
{
    need(try_attributes(mount, set, clear, propagation, recursive), LADE_STAGE_ATTRIBUTES);
}

static void set_propagation(int mount, uint64_t propagation)
{
    if (propagation != 0)
        set_attributes(mount, 0, 0, propagation, false);
}

int clone_mount(int fd, enum lade_stage stage)
{
    return need(sys_open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH), stage);
}

void attach(int mount, int target, enum lade_stage stage)
{
    need(sys_move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH), stage);
}

/* A mount inside /proc would let an image decide what the runtime's own reads and writes there hit (CVE-2019-16884). Over the root of a procfs
 * another file system, for example the container's own procfs, may be mounted. */
static void refuse_inside_proc(int target, const struct stat *found)
{
    /* In a procfs nothing can be made. */
    if (found->st_mode == 0)
        return;
    struct statfs fs;
    need(fstatfs(target, &fs), LADE_STAGE_TARGET);
    if (fs.f_type == PROC_SUPER_MAGIC && found->st_ino != PROC_ROOT_INODE)
        fail_with(LADE_STAGE_INSIDE_PROC, EPERM);
}

/* --- a file system context, and what the kernel says about it --- */

/* All messages in the context's log, "; " between them. Each comes by a read of its own: level, space, text, newline. */
static size_t read_log(int context, char *log, size_t size)
{
    size_t used = 0;
    while (used + 4 < size) {
        size_t start = used == 0 ? 0 : used + 2;
        ssize_t length = read(context, log + start, size - start);
        if (length <= 0)
            break;
        size_t text = (size_t)length;
        if (text > 2 && log[start + 1] == ' ') {
            text -= 2;
            memmove(log + start, log + start + 2, text);
        }
        while (text > 0 && log[start + text - 1] == '\n')
            text--;
        if (used != 0)
            memcpy(log + used, "; ", 2);
        used = start + text;
    }
    return used;
}

static _Noreturn void fail_context(int context, enum lade_stage stage, int error, const char *key, const char *value)
{
    char log[LOG_SIZE];
    struct iovec log_text = { .iov_base = log, .iov_len = read_log(context, log, sizeof log) };
    /* The kernel takes 256 bytes with the NUL and calls anything longer invalid. */
    if (value != NULL && strlen(value) > 255)
        log_text = text_of("the value is longer than the 255 bytes that the kernel takes");
    struct iovec text[5];
    int parts = 0;
    if (key != NULL)
        text[parts++] = text_of(key);
    if (value != NULL) {
        text[parts++] = text_of("=");
        text[parts++] = text_of(value);
    }
    if (log_text.iov_len > 0 && parts > 0)
        text[parts++] = text_of(": ");
    text[parts++] = log_text;
    fail_text(stage, error, text, parts);
}

static void configure(int context, const char *key, const char *value, bool optional_flags)
{
    if (sys_fsconfig(context, value == NULL ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING, key, value) == 0)
        return;
    if (value != NULL || !optional_flags || errno != EINVAL)
        fail_context(context, LADE_STAGE_FSCONFIG, errno, key, value);
    /* The kernel says why it does not want the flag; that must not stand in front of a later error. */
    char log[LOG_SIZE];
    read_log(context, log, sizeof log);
}

static void configure_all(int context, struct lade_vector options, bool optional_flags)
{
    for (uint32_t i = 0; i + 1 < options.count; i += 2)
        configure(context, plan_string(options.strings[i]), plan_optional_string(options.strings[i + 1]), optional_flags);
}

static void command(int context, unsigned command)
{
    if (sys_fsconfig(context, command, NULL, NULL) != 0)
        fail_context(context, LADE_STAGE_FSCONFIG, errno, NULL, NULL);
}

/* --- trees --- */

void op_open_tree(const struct op_open_tree *op)
{
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    if (op->recursive)
        flags |= AT_RECURSIVE_TREE;
    if (op->no_follow)
        flags |= AT_SYMLINK_NOFOLLOW;
    int tree = need(sys_open_tree(AT_FDCWD, op->path, flags), LADE_STAGE_SOURCE);
    /* A clone is a member of its source's peer group: what is attached to it before this would show up there. */
    if (op->propagation != 0)
        set_propagation(tree, op->propagation | MS_REC);
    set_slot(op->tree, tree);
}

void op_set_tree_attributes(const struct op_set_tree_attributes *op)
{
    set_attributes(slot_fd(op->tree), op->set, op->clear, op->propagation, op->recursive);
}

static void map_ids(int mount, int user_namespace, bool recursive)
{
    struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace };
    need(mount_setattr(mount, attributes, recursive), LADE_STAGE_ATTRIBUTES);
}

void op_map_tree_ids(const struct op_map_tree_ids *op)
{
    map_ids(slot_fd(op->tree), slot_fd(op->namespace), op->recursive);
}

/* --- mounts below the root --- */

/* With the root shared with a running container the directory could have been renamed between its resolution and the mount. Then the container
 * would find no procfs where the masks will look for it, but one elsewhere without masks. */
static void verify_attached(const char *path, int mount)
{
    struct stat wanted, found;
    int fd = need(open_by_name(path, RESOLVE_NO_SYMLINKS), LADE_STAGE_NOT_DIRECTORY);
    need(fstat(fd, &found), LADE_STAGE_NOT_DIRECTORY);
    need(fstat(mount, &wanted), LADE_STAGE_NOT_DIRECTORY);
    if (found.st_dev != wanted.st_dev || found.st_ino != wanted.st_ino)
        fail_with(LADE_STAGE_NOT_DIRECTORY, ESTALE);
}

static void inherit_mode(int context, const struct stat *found)
{
    char digits[8];
    configure(context, "mode", format_number(digits + sizeof digits - 1, found->st_mode & 07777, 8), false);
}

/* What a user namespace may mount depends on who owns its other namespaces and on what is hidden of the host's mounts: only trying tells. */
static bool may_fall_back(const struct op_mount *op)
{
    return op->fallback != LADE_NO_SLOT && (errno == EPERM || errno == EBUSY);
}

/* -1: refused, and there is a fallback. */
static int new_mount(const struct op_mount *op, const struct stat *found, uint64_t attributes)
{
    int context = open_context(op->type);
    if (context < 0 && may_fall_back(op))
        return -1;
    need(context, LADE_STAGE_FSOPEN);
    if (op->source != NULL)
        configure(context, "source", op->source, false);
    configure_all(context, op->options, op->optional_flags);
    if (op->inherit_mode && found->st_mode != 0)
        inherit_mode(context, found);
    if (sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL) != 0) {
        if (may_fall_back(op))
            return -1;
        fail_context(context, LADE_STAGE_FSCONFIG, errno, NULL, NULL);
    }
    int mount = sys_fsmount(context, attributes);
    if (mount < 0 && !may_fall_back(op))
        fail_context(context, LADE_STAGE_FSMOUNT, errno, NULL, NULL);
    return mount;
}

void op_mount(const struct op_mount *op)
{
    struct stat found;
    int target = open_target(op->target, -1, (op->no_symlinks ? TARGET_NO_SYMLINKS : 0) | (op->no_follow ? TARGET_NO_FOLLOW : 0) | (op->real_path ? TARGET_REAL_PATH : 0), &found);
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
    set_propagation(mount, op->propagation);
    attach_to_target(mount, target);
    if (op->no_symlinks)
        verify_attached(op->target, mount);
    hold_mount(op->target, mount, op->no_symlinks);
    if (op->fallback != LADE_NO_SLOT)
        forget_slot(op->fallback);
    if (found.st_mode != 0)
        forget_parent();
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
    forget_slot(op->tree);
    if (found.st_mode != 0)
        forget_parent();
}

/* --- mounts that are there already --- */

static int open_existing(const char *path)
{
    return need(open_below(path, O_PATH, 0), LADE_STAGE_TARGET);
}

/* The spec's lists of paths to hide name what some kernels have and others lack: absent ones are skipped. */
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
        int context = need(sys_fspick(target), LADE_STAGE_FSOPEN);
        configure_all(context, op->options, false);
        command(context, FSCONFIG_CMD_RECONFIGURE);
    }
    if (op->set != 0 || op->clear != 0)
        set_attributes(target, op->set, op->clear, 0, op->recursive);
}

void op_set_target_attributes(const struct op_set_target_attributes *op)
{
    int target = open_existing(op->target);
    set_attributes(target, op->set, op->clear, op->propagation, op->recursive);
}

/* lade has to know, for it looks afterwards whether everything is where it should be. */
static void skip(void)
{
    if (init.skipped_count == sizeof init.skipped / sizeof *init.skipped || init.op_index > UINT16_MAX)
        fail_with(LADE_STAGE_TARGET, E2BIG);
    init.skipped[init.skipped_count++] = (uint16_t)init.op_index;
}

void op_readonly_path(const struct op_readonly_path *op)
{
    int target = open_if_present(op->path);
    if (target < 0) {
        skip();
        return;
    }
    int tree = need(sys_open_tree(target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE_TREE), LADE_STAGE_SOURCE);
    set_attributes(tree, MOUNT_ATTR_RDONLY, 0, 0, true);
    attach(tree, target, LADE_STAGE_MOVE);
    hold_mount(op->path, tree, is_of_kernel(op->path));
}

/* --- masks --- */

int new_tmpfs(const char *inodes)
{
    int context = need(sys_fsopen("tmpfs"), LADE_STAGE_FSOPEN);
    configure(context, "source", "lade", false);
    configure(context, "nr_inodes", inodes, false);
    command(context, FSCONFIG_CMD_CREATE);
    int mount = sys_fsmount(context, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (mount < 0)
        fail_context(context, LADE_STAGE_FSMOUNT, errno, NULL, NULL);
    return mount;
}

/* A detached mount cannot be cloned before Linux 6.14, nor can a mount of another namespace: the first path gets the mount itself, the others get
 * clones of it where it is attached. */
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
        skip();
        return;
    }
    struct stat status;
    need(fstat(target, &status), LADE_STAGE_TARGET);
    if (init.slots[S_ISDIR(status.st_mode) ? LADE_SLOT_EMPTY : LADE_SLOT_NULL] < 0)
        make_masks();
    attach_shared(S_ISDIR(status.st_mode) ? LADE_SLOT_EMPTY : LADE_SLOT_NULL, target);
}

/* What masks a file must be the real thing: a container could have swapped /dev/null for a link (CVE-2025-31133). A detached clone of it is of use in
 * whatever mount namespace we are later, and after the host's mounts are gone. In a user namespace, the usual reason for not making a node of our own,
 * nobody is the owner of the host's, and remounting the clone gains nothing. */
void op_open_null(void)
{
    struct stat status;
    int mount = need(sys_open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW), LADE_STAGE_DEVICE_NULL);
    need(fstat(mount, &status), LADE_STAGE_DEVICE_NULL);
    if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
        fail_with(LADE_STAGE_DEVICE_NULL, ENODEV);
    set_attributes(mount, NODE_ATTRIBUTES, 0, MS_PRIVATE, false);
    set_slot(LADE_SLOT_NULL, mount);
}
