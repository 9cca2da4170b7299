/* The only way to open a file or device of the container for its contents: checked through an O_PATH descriptor first, then opened through that descriptor.
 * The container chooses what a path leads to and may change it at any moment; opening a device, a FIFO or a kernel interface can have side effects, block
 * forever, or return something else than the image's data (CVE-2026-88265). */
#include "init.h"
#include <sys/vfs.h>

static int reopen(int node, int flags)
{
    char path[FD_PATH_SIZE];
    fd_path(path, node);
    return openat(init.proc_fd, path, flags | O_NOCTTY | O_CLOEXEC);
}

bool is_kernel_interface(int fd)
{
    static const uint64_t types[] = {
        PROC_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, 0x62656572 /* sysfs */, 0x27e0eb /* cgroup */, 0x63677270 /* cgroup2 */, 0x64626720 /* debugfs */,
        0x74726163 /* tracefs */, 0x73636673 /* securityfs */, 0x62656570 /* configfs */, 0xcafe4a11 /* bpf */, 0xde5e81e4 /* efivarfs */,
        0x6165676c /* pstore */, 0x19800202 /* mqueue */, 0xf97cff8c /* selinuxfs */, 0x6e736673 /* nsfs */, 0x7655821 /* resctrl */,
    };
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return true;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if ((uint64_t)fs.f_type == types[i])
            return true;
    return false;
}

/* A FUSE file system mounted by the container may never respond; the root itself may be one. */
static bool may_never_respond(int fd, const struct stat *status)
{
    const uint64_t fuse = 0x65735546;
    struct statfs fs;
    struct stat root;
    return fstatfs(fd, &fs) == 0 && (uint64_t)fs.f_type == fuse && (fstat(root_fd(), &root) != 0 || root.st_dev != status->st_dev);
}

int open_data(int node, struct stat *status)
{
    if (fstat(node, status) != 0)
        return -1;
    errno = ESTALE;
    if (!S_ISREG(status->st_mode) || is_kernel_interface(node) || may_never_respond(node, status))
        return -1;
    return reopen(node, O_RDONLY | O_NONBLOCK);
}

int open_device(int node, dev_t device, int flags)
{
    struct stat status;
    if (fstat(node, &status) != 0)
        return -1;
    errno = ENODEV;
    return S_ISCHR(status.st_mode) && status.st_rdev == device ? reopen(node, flags) : -1;
}
