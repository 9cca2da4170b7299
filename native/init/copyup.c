/* MOUNT with copy_up: copies what the image has in a directory into the new file system that will cover it. All steps are relative to descriptors and follow
 * no symbolic links. */
#include "init.h"
#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>

#define MAX_DEPTH 128
#define ENTRIES_SIZE 1024

struct linux_dirent64 {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

/* As must(), naming the file. */
static int copied(long result, const char *name)
{
    struct iovec text = to_iovec(name);
    if (result < 0)
        fail_text(LADE_STAGE_COPY_UP, errno, &text, 1);
    return (int)result;
}

/* File capabilities, labels, ACLs. A file system that does not support one (ENOTSUP) is not an error, nor is one that we may not set (EPERM: a label in a
 * user namespace). */
static void copy_xattrs(int from, int to, const char *name)
{
    char list[1024];
    char value[1024];
    ssize_t length = flistxattr(from, list, sizeof list);
    if (length < 0 && errno == ENOTSUP)
        return;
    copied(length, name);
    for (const char *key = list; key < list + length; key += strlen(key) + 1) {
        ssize_t size = fgetxattr(from, key, value, sizeof value);
        if (size < 0 && errno == ENODATA)
            continue;
        copied(size, name);
        if (fsetxattr(to, key, value, (size_t)size, 0) != 0 && errno != ENOTSUP && errno != EPERM)
            copied(-1, name);
    }
}

/* Owner before mode: chown(2) clears the set-user-ID and set-group-ID bits. */
static void copy_metadata(int from, int to, const struct stat *status, const char *name)
{
    struct timespec times[2] = { status->st_atim, status->st_mtim };
    copied(fchown(to, status->st_uid, status->st_gid), name);
    copied(fchmod(to, status->st_mode & 07777), name);
    copy_xattrs(from, to, name);
    copied(futimens(to, times), name);
}

static void copy_file(int from, int to, const char *name)
{
    struct stat status;
    int node = copied(openat(from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), name);
    int source = copied(open_data(node, &status), name);
    close(node);
    int copy = copied(openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), name);
    /* Only up to its initial size: a file that grows as fast as it is read would never end. */
    for (off_t left = status.st_size; left > 0;) {
        ssize_t length = copied(sendfile(copy, source, NULL, (size_t)left), name);
        if (length == 0)
            break;
        left -= length;
    }
    copy_metadata(source, copy, &status, name);
    close(source);
    close(copy);
}

static void copy_link(int from, int to, const char *name, const struct stat *status)
{
    char target[PATH_MAX];
    target[copied(readlinkat(from, name, target, sizeof target - 1), name)] = '\0';
    copied(symlinkat(target, to, name), name);
    copied(fchownat(to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW), name);
}

static void copy_node(int to, const char *name, const struct stat *status)
{
    copied(mknodat(to, name, status->st_mode, status->st_rdev), name);
    copied(fchownat(to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW), name);
}

static void copy_entries(int from, int to, int depth);

/* A symbolic link in the image may lead to a procfs or sysfs, which has no content of the image. */
static void check_directory(int directory, const char *name)
{
    errno = EINVAL;
    copied(is_kernel_interface(directory) ? -1 : 0, name);
}

static void copy_directory(int from, int to, const char *name, int depth)
{
    struct stat status;
    int source = copied(openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), name);
    check_directory(source, name);
    copied(mkdirat(to, name, 0700), name);
    int copy = copied(openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), name);
    copied(fstat(source, &status), name);
    copy_entries(source, copy, depth + 1);
    copy_metadata(source, copy, &status, name);
    close(source);
    close(copy);
}

static void copy_entry(int from, int to, const char *name, int depth)
{
    struct stat status;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return;
    copied(fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW), name);
    if (S_ISDIR(status.st_mode))
        copy_directory(from, to, name, depth);
    else if (S_ISREG(status.st_mode))
        copy_file(from, to, name);
    else if (S_ISLNK(status.st_mode))
        copy_link(from, to, name, &status);
    else
        copy_node(to, name, &status);
}

static void copy_entries(int from, int to, int depth)
{
    _Alignas(struct linux_dirent64) char entries[ENTRIES_SIZE];
    errno = ELOOP;
    copied(depth > MAX_DEPTH ? -1 : 0, "too many nested directories");
    for (;;) {
        int length = copied(syscall(SYS_getdents64, from, entries, sizeof entries), ".");
        if (length == 0)
            return;
        for (int at = 0; at < length; at += ((struct linux_dirent64 *)(entries + at))->length)
            copy_entry(from, to, ((struct linux_dirent64 *)(entries + at))->name, depth);
    }
}

void copy_up(int target, int mount, bool root_attributes)
{
    struct stat status;
    int from = copied(openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ".");
    check_directory(from, ".");
    int to = copied(openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ".");
    copied(fstat(from, &status), ".");
    copy_entries(from, to, 0);
    if (root_attributes)
        copy_metadata(from, to, &status, ".");
    close(from);
    close(to);
}
