/* Mounts and file system contexts by descriptor: what the files of operations have in common. */
#include "init.h"
#include <string.h>
#include <sys/mount.h>

#define LOG_SIZE 512
#define MAX_LEVELS 256
#define STATX_MNT_ID 0x1000u
#define STATX_MNT_ID_UNIQUE 0x4000u
/* struct statx is 256 bytes; stx_mask is its first word, stx_mnt_id is at 144. */
#define STATX_WORDS 32
#define MNT_ID_WORD 18

/* --- attributes and propagation --- */

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
    must(try_attributes(mount, set, clear, propagation, recursive), LADE_STAGE_ATTRIBUTES);
}

void map_ids(int mount, int user_namespace, bool recursive)
{
    struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace };
    must(mount_setattr(mount, attributes, recursive), LADE_STAGE_ATTRIBUTES);
}

/* A mount attached to a shared mount propagates to its peers, including the host's, and pivot_root(2) refuses a shared parent. Propagation can be changed only at
 * the root of a mount (EINVAL elsewhere), so we walk up to it. */
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

/* --- attaching --- */

int clone_mount(int fd, enum lade_stage stage)
{
    return must(sys_open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH), stage);
}

void attach(int mount, int target, enum lade_stage stage)
{
    must(sys_move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH), stage);
}

/* --- mount IDs --- */

static uint64_t get_id(int directory, const char *path, unsigned mask)
{
    uint64_t status[STATX_WORDS] = { 0 };
    if (syscall(SYS_statx, directory, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, mask, status) != 0)
        return 0;
    return ((uint32_t)status[0] & mask) != 0 ? status[MNT_ID_WORD] : 0;
}

uint64_t mount_id(int fd)
{
    return get_id(fd, "", STATX_MNT_ID);
}

/* IDs are not reused since Linux 6.8. Before, the root of the mount distinguishes two mounts with the same ID. */
static uint64_t identity(int directory, const char *path)
{
    struct stat status;
    uint64_t id = get_id(directory, path, STATX_MNT_ID_UNIQUE);
    if (id != 0)
        return id;
    id = get_id(directory, path, STATX_MNT_ID);
    if (id == 0 || fstatat(directory, path, &status, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    return (id & UINT32_MAX) | ((uint64_t)status.st_dev * 2654435761u + status.st_ino) << 32;
}

uint64_t mount_identity(int fd)
{
    return identity(fd, "");
}

/* --- file system contexts --- */

/* All messages in the context's log, separated by "; ". Each read returns one: level, space, text, newline. */
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

_Noreturn void fail_context(int context, enum lade_stage stage, int error, const char *key, const char *value)
{
    char log[LOG_SIZE];
    struct iovec log_text = { .iov_base = log, .iov_len = read_log(context, log, sizeof log) };
    /* The kernel accepts 256 bytes including the NUL and returns EINVAL for more. */
    if (value != NULL && strlen(value) > 255)
        log_text = to_iovec("the value is longer than the 255 bytes that the kernel accepts");
    struct iovec text[5];
    int parts = 0;
    if (key != NULL)
        text[parts++] = to_iovec(key);
    if (value != NULL) {
        text[parts++] = to_iovec("=");
        text[parts++] = to_iovec(value);
    }
    if (log_text.iov_len > 0 && parts > 0)
        text[parts++] = to_iovec(": ");
    text[parts++] = log_text;
    fail_text(stage, error, text, parts);
}

void set_option(int context, const char *key, const char *value, bool optional_flags)
{
    if (sys_fsconfig(context, value == NULL ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING, key, value) == 0)
        return;
    if (value != NULL || !optional_flags || errno != EINVAL)
        fail_context(context, LADE_STAGE_FSCONFIG, errno, key, value);
    /* Discard the kernel's message about the flag, or it would be reported with a later error. */
    char log[LOG_SIZE];
    read_log(context, log, sizeof log);
}

void set_options(int context, struct lade_vector options, bool optional_flags)
{
    for (uint32_t i = 0; i + 1 < options.count; i += 2)
        set_option(context, plan_string(options.strings[i]), plan_optional_string(options.strings[i + 1]), optional_flags);
}

void run_command(int context, unsigned command)
{
    if (sys_fsconfig(context, command, NULL, NULL) != 0)
        fail_context(context, LADE_STAGE_FSCONFIG, errno, NULL, NULL);
}

int new_tmpfs(const char *inodes)
{
    int context = must(sys_fsopen("tmpfs"), LADE_STAGE_FSOPEN);
    set_option(context, "source", "lade", false);
    set_option(context, "nr_inodes", inodes, false);
    run_command(context, FSCONFIG_CMD_CREATE);
    int mount = sys_fsmount(context, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (mount < 0)
        fail_context(context, LADE_STAGE_FSMOUNT, errno, NULL, NULL);
    return mount;
}

int try_empty_tmpfs(uint64_t attributes)
{
    int context = sys_fsopen("tmpfs");
    int mount = context >= 0 && sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL) == 0 ? sys_fsmount(context, attributes) : -1;
    if (context >= 0)
        close_preserving_errno(context);
    return mount;
}
