/* The one way in which something of the image is opened for its contents: looked at through an O_PATH descriptor first, and then opened by that descriptor.
 * What is there is the container's to choose, and may change at any moment; opening a device, a FIFO or a file of the kernel's can have effects of its own,
 * block for ever, or give what is not the image's (CVE-2026-88265). */
#include "init.h"
#include <string.h>
#include <sys/vfs.h>

static int reopen(int node, int flags)
{
    char path[32] = "self/fd/";
    char digits[12];
    strcpy(path + 8, format_number(digits + sizeof digits - 1, (uint64_t)node, 10));
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

/* A file system that the container has mounted may never answer; the root itself may well be one. */
static bool may_never_answer(int fd, const struct stat *status)
{
    const uint64_t fuse = 0x65735546;
    struct statfs fs;
    struct stat root;
    return fstatfs(fd, &fs) == 0 && (uint64_t)fs.f_type == fuse && (fstat(root_fd(), &root) != 0 || root.st_dev != status->st_dev);
}

/* For reading; -1 and ESTALE unless it is a regular file whose contents are data. */
int open_data(int node, struct stat *status)
{
    if (fstat(node, status) != 0)
        return -1;
    errno = ESTALE;
    if (!S_ISREG(status->st_mode) || is_kernel_interface(node) || may_never_answer(node, status))
        return -1;
    return reopen(node, O_RDONLY | O_NONBLOCK);
}

/* -1 and ENODEV unless it is that character device. */
int open_device(int node, dev_t device, int flags)
{
    struct stat status;
    if (fstat(node, &status) != 0)
        return -1;
    errno = ENODEV;
    return S_ISCHR(status.st_mode) && status.st_rdev == device ? reopen(node, flags) : -1;
}
