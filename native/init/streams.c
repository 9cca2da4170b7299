/* STANDARD_STREAMS: prepares 0, 1 and 2 for the program. */
#include "init.h"
#include <string.h>
#include <sys/sysmacros.h>

/* Devices that every container has. */
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

/* A running container may have removed its own device, which must not prevent exec. */
static int new_device(dev_t device)
{
    int directory = must(try_empty_tmpfs(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), LADE_STAGE_DEVICE_NULL);
    must(mknodat(directory, "device", S_IFCHR | 0666, device), LADE_STAGE_DEVICE_NULL);
    return must(openat(directory, "device", O_PATH | O_CLOEXEC), LADE_STAGE_DEVICE_NULL);
}

/* Replaces the null device of the caller's /dev, and others like it: inodes of the host whose mode and times the program could change through its
 * descriptor. The container's own device takes its place. */
static void replace_device(int fd, const char *own, dev_t device)
{
    int access = must(fcntl(fd, F_GETFL), LADE_STAGE_DEVICE_NULL) & (O_ACCMODE | O_APPEND | O_NONBLOCK);
    int node = open_below(own, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
    int opened = node < 0 ? -1 : open_device(node, device, access);
    if (opened < 0)
        opened = open_device(new_device(device), device, access);
    must(dup2(must(opened, LADE_STAGE_DEVICE_NULL), fd), LADE_STAGE_DEVICE_NULL);
}

/* Opening /dev/stdout opens the pipe itself, which requires its owner's permission. The ownership of devices is never given away (CVE-2026-88265), and what
 * we may not change is left alone. */
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
        /* A caller's file would belong to the program from then on, to write and to change. */
        if (!S_ISFIFO(status.st_mode) || status.st_uid == uid)
            continue;
        if (fchown(fd, uid, (gid_t)-1) != 0 && errno != EPERM && errno != EROFS && errno != EINVAL)
            fail(LADE_STAGE_NONE);
    }
}
