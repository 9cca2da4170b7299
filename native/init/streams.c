/* STANDARD_STREAMS: 0, 1 and 2 as the program may have them. */
#include "init.h"
#include <string.h>
#include <sys/sysmacros.h>

static bool is_null(const struct stat *status)
{
    return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

/* A container that runs may have removed its /dev/null, and must not keep others from being started in it for that. */
static int new_null_device(void)
{
    int context = need(sys_fsopen("tmpfs"), LADE_STAGE_DEVICE_NULL);
    need(sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL), LADE_STAGE_DEVICE_NULL);
    int directory = need(sys_fsmount(context, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), LADE_STAGE_DEVICE_NULL);
    need(mknodat(directory, "null", S_IFCHR | 0666, makedev(1, 3)), LADE_STAGE_DEVICE_NULL);
    return need(openat(directory, "null", O_PATH | O_CLOEXEC), LADE_STAGE_DEVICE_NULL);
}

/* Not the null device of the caller's /dev: an inode of the host's, whose mode and times the program could change through its descriptor. The root's own
 * is looked at before it is opened, and opened by that descriptor: opening another device could do something (CVE-2026-88265). */
static void replace_null(int fd)
{
    char path[32] = "self/fd/";
    char digits[12];
    struct stat status;
    int access = need(fcntl(fd, F_GETFL), LADE_STAGE_DEVICE_NULL) & (O_ACCMODE | O_APPEND | O_NONBLOCK);
    int null = open_below("/dev/null", O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
    if (null < 0 || fstat(null, &status) != 0 || !is_null(&status))
        null = new_null_device();
    strcpy(path + 8, format_number(digits + sizeof digits - 1, (uint64_t)null, 10));
    int own = need(openat(init.proc_fd, path, access | O_NOCTTY | O_CLOEXEC), LADE_STAGE_DEVICE_NULL);
    need(dup2(own, fd), LADE_STAGE_DEVICE_NULL);
}

/* What opens /dev/stdout opens the pipe or file itself, by its owner's permission. Devices are never given away (CVE-2026-88265), and what we may not
 * change stays as it is. */
void op_standard_streams(const struct lade_op *op)
{
    uid_t uid = (uid_t)op->arg[0];
    struct stat status;
    for (int fd = 0; fd <= 2; fd++) {
        if (fstat(fd, &status) != 0)
            continue;
        if (is_null(&status))
            replace_null(fd);
        if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) || status.st_uid == uid)
            continue;
        if (fchown(fd, uid, (gid_t)-1) != 0 && errno != EPERM && errno != EROFS && errno != EINVAL)
            fail(LADE_STAGE_NONE);
    }
}
