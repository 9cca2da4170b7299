/* Mounts of a running container: identified by mount ID, never by a path alone, which the container may have redirected. */
#include "init.h"
#include <string.h>
#include <sys/mount.h>

void op_report_mounts(void)
{
    init.reports_mounts = true;
}

/* Opens what the path leads to, which must be the root of the mount with this ID. A symbolic link in the last component may itself be the mount point. */
static int open_mount(const char *path, uint64_t id)
{
    static const uint64_t flags[] = { O_PATH, O_PATH | O_NOFOLLOW };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        int fd = open_below(path, flags[i], 0);
        if (fd >= 0 && mount_identity(fd) == id)
            return fd;
        if (fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
            fail(LADE_STAGE_TARGET);
    }
    fail_with(LADE_STAGE_TARGET, ESTALE);
}

void op_hold_mount(const struct op_hold_mount *op)
{
    hold_mount(op->target, open_mount(op->target, op->id), false);
}

/* umount2(2) takes a path; the procfs link of the descriptor leads to the mount whatever the container renames. */
void op_unmount(const struct op_unmount *op)
{
    char path[FD_PATH_SIZE];
    fd_path(path, open_mount(op->target, op->id));
    must(fchdir(init.proc_fd), LADE_STAGE_TARGET);
    must(umount2(path, MNT_DETACH), LADE_STAGE_NONE);
    must(fchdir(root_fd()), LADE_STAGE_TARGET);
    drop_cached_parent();
}
