/* Taking a mount away again from a container that runs, by what its path resolves to below the root. */
#include "init.h"
#include <sys/mount.h>

#define STATX_MNT_ID 0x1000u
/* struct statx is 256 bytes; stx_mnt_id stands at 144. */
#define STATX_WORDS 32
#define MNT_ID_WORD 18

static uint64_t mount_of(int fd)
{
    uint64_t status[STATX_WORDS];
    need(syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_MNT_ID, status), LADE_STAGE_TARGET);
    return status[MNT_ID_WORD];
}

/* umount2(2) knows paths only, but one below a descriptor is as good: a directory is "." of itself, a file a name in its directory that is held against
 * the file found before. */
void op_unmount(const struct lade_op *op)
{
    const char *path = plan_string(op->arg[0]);
    int target = need(open_below(path, O_PATH, 0), LADE_STAGE_TARGET);
    struct stat found, named;
    need(fstat(target, &found), LADE_STAGE_TARGET);
    /* Detached, the root would take everything with it. */
    if (mount_of(target) == mount_of(root_fd()))
        fail_with(LADE_STAGE_NONE, EINVAL);

    const char *name = ".";
    if (!S_ISDIR(found.st_mode)) {
        int directory = open_parent(path, &name);
        need(fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW), LADE_STAGE_TARGET);
        if (named.st_dev != found.st_dev || named.st_ino != found.st_ino)
            fail_with(LADE_STAGE_TARGET, ELOOP);
        target = directory;
    }
    need(fchdir(target), LADE_STAGE_TARGET);
    need(umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW), LADE_STAGE_NONE);
    need(fchdir(root_fd()), LADE_STAGE_TARGET);
    forget_parent();
}
