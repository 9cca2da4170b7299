/* Mounts of a container that runs: which one is meant is known by its id, never by a path, which the container may have led elsewhere. */
#include "init.h"
#include <string.h>
#include <sys/mount.h>

#define STATX_MNT_ID 0x1000u
#define STATX_MNT_ID_UNIQUE 0x4000u
/* struct statx is 256 bytes; stx_mask is its first word, stx_mnt_id is at 144. */
#define STATX_WORDS 32
#define MNT_ID_WORD 18

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

/* Since Linux 6.8 an id is never given again. Before, what is mounted tells two mounts of one number apart. */
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

void op_report_mounts(void)
{
    init.reports_mounts = true;
}

/* What the path leads to now, if that is the root of the mount that is meant: a link at its end may have been the destination itself. */
static int open_meant(const char *path, uint64_t id)
{
    static const uint64_t ways[] = { O_PATH, O_PATH | O_NOFOLLOW };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        int fd = open_below(path, ways[i], 0);
        if (fd >= 0 && mount_identity(fd) == id)
            return fd;
        if (fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
            fail(LADE_STAGE_TARGET);
    }
    fail_with(LADE_STAGE_TARGET, ESTALE);
}

void op_hold_mount(const struct op_hold_mount *op)
{
    hold_mount(op->target, open_meant(op->target, op->id), false);
}

/* umount2(2) knows paths only, and the one that leads to the mount of a descriptor whatever the container renames is that of procfs. */
void op_unmount(const struct op_unmount *op)
{
    char path[32] = "self/fd/";
    char digits[12];
    int target = open_meant(op->target, op->id);
    strcpy(path + 8, format_number(digits + sizeof digits - 1, (uint64_t)target, 10));
    need(fchdir(init.proc_fd), LADE_STAGE_TARGET);
    need(umount2(path, MNT_DETACH), LADE_STAGE_NONE);
    need(fchdir(root_fd()), LADE_STAGE_TARGET);
    forget_parent();
}
