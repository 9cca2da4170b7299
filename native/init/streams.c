/* STANDARD_STREAMS: 0, 1 and 2 as the program may have them. */
#include "init.h"
#include <string.h>
#include <sys/sysmacros.h>

/* Those that every container has of its own. */
static const struct {
    unsigned minor;
    const char *path;
} memory_devices[] = { { 3, "/dev/null" }, { 5, "/dev/zero" }, { 7, "/dev/full" }, { 8, "/dev/random" }, { 9, "/dev/urandom" } };

static const char *own_path(const struct stat *status)
{
    for (size_t i = 0; S_ISCHR(status->st_mode) && i < sizeof memory_devices / sizeof *memory_devices; i++)
        if (status->st_rdev == makedev(1, memory_devices[i].minor))
            return memory_devices[i].path;
    return NULL;
}

/* A container that runs may have removed its own, and must not keep others from being started in it for that. */
static int new_device(dev_t device)
{
    int context = need(sys_fsopen("tmpfs"), LADE_STAGE_DEVICE_NULL);
    need(sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL), LADE_STAGE_DEVICE_NULL);
    int directory = need(sys_fsmount(context, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), LADE_STAGE_DEVICE_NULL);
    need(mknodat(directory, "device", S_IFCHR | 0666, device), LADE_STAGE_DEVICE_NULL);
    return need(openat(directory, "device", O_PATH | O_CLOEXEC), LADE_STAGE_DEVICE_NULL);
}

/* Not the null device of the caller's /dev, or one like it: an inode of the host's, whose mode and times the program could change through its descriptor.
 * It is the root's own that takes its place. */
static void replace_device(int fd, const char *own, dev_t device)
{
    int access = need(fcntl(fd, F_GETFL), LADE_STAGE_DEVICE_NULL) & (O_ACCMODE | O_APPEND | O_NONBLOCK);
    int node = open_below(own, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
    int opened = node < 0 ? -1 : open_device(node, device, access);
    if (opened < 0)
        opened = open_device(new_device(device), device, access);
    need(dup2(need(opened, LADE_STAGE_DEVICE_NULL), fd), LADE_STAGE_DEVICE_NULL);
}

/* What opens /dev/stdout opens the pipe or file itself, by its owner's permission. Devices are never given away (CVE-2026-88265), and what we may not
 * change stays as it is. */
void op_standard_streams(const struct op_standard_streams *op)
{
    uid_t uid = op->uid;
    struct stat status;
    for (int fd = 0; fd <= 2; fd++) {
        if (fstat(fd, &status) != 0)
            continue;
        const char *own = own_path(&status);
        if (own != NULL)
            replace_device(fd, own, status.st_rdev);
        /* A file of the caller's would be the program's from then on, to write and to change. */
        if (!S_ISFIFO(status.st_mode) || status.st_uid == uid)
            continue;
        if (fchown(fd, uid, (gid_t)-1) != 0 && errno != EPERM && errno != EROFS && errno != EINVAL)
            fail(LADE_STAGE_NONE);
    }
}
