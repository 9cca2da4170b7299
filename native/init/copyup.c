/* F_COPY_UP: what the image has in a directory is copied into the new file system that hides it. Every step is relative to a descriptor and follows
 * no link. */
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

static _Noreturn void fail_copy(const char *name)
{
    struct iovec text = text_of(name);
    fail_text(LADE_STAGE_COPY_UP, errno, &text, 1);
}

/* File capabilities, labels, access lists. A file system that cannot keep one (ENOTSUP) is no reason to fail, nor is one that we may not set (EPERM: a
 * label, in a user namespace). */
static void copy_attributes(int from, int to, const char *name)
{
    char list[1024];
    char value[1024];
    ssize_t length = flistxattr(from, list, sizeof list);
    if (length < 0 && errno != ENOTSUP)
        fail_copy(name);
    for (const char *key = list; key < list + length; key += strlen(key) + 1) {
        ssize_t size = fgetxattr(from, key, value, sizeof value);
        if (size < 0 && errno == ENODATA)
            continue;
        if (size < 0 || (fsetxattr(to, key, value, (size_t)size, 0) != 0 && errno != ENOTSUP && errno != EPERM))
            fail_copy(name);
    }
}

/* Owner before mode: a change of owner clears the set-id bits. */
static void finish(int from, int to, const struct stat *status, const char *name)
{
    struct timespec times[2] = { status->st_atim, status->st_mtim };
    if (fchown(to, status->st_uid, status->st_gid) != 0 || fchmod(to, status->st_mode & 07777) != 0)
        fail_copy(name);
    copy_attributes(from, to, name);
    if (futimens(to, times) != 0)
        fail_copy(name);
}

static void copy_file(int from, int to, const char *name)
{
    struct stat status;
    int source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int copy = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (source < 0 || copy < 0 || fstat(source, &status) != 0)
        fail_copy(name);
    ssize_t sent;
    do
        sent = sendfile(copy, source, NULL, 1 << 30);
    while (sent > 0);
    if (sent < 0)
        fail_copy(name);
    finish(source, copy, &status, name);
    close(source);
    close(copy);
}

static void copy_link(int from, int to, const char *name, const struct stat *status)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(from, name, target, sizeof target - 1);
    if (length < 0)
        fail_copy(name);
    target[length] = '\0';
    if (symlinkat(target, to, name) != 0 || fchownat(to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) != 0)
        fail_copy(name);
}

static void copy_node(int from, int to, const char *name, const struct stat *status)
{
    (void)from;
    mode_t mask = umask(0);
    if (mknodat(to, name, status->st_mode, status->st_rdev) != 0
        || fchownat(to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) != 0)
        fail_copy(name);
    umask(mask);
}

static void copy_entries(int from, int to, int depth);

static void copy_directory(int from, int to, const char *name, int depth)
{
    struct stat status;
    int source = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0 || mkdirat(to, name, 0700) != 0)
        fail_copy(name);
    int copy = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (copy < 0 || fstat(source, &status) != 0)
        fail_copy(name);
    copy_entries(source, copy, depth + 1);
    finish(source, copy, &status, name);
    close(source);
    close(copy);
}

static void copy_entry(int from, int to, const char *name, int depth)
{
    struct stat status;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return;
    if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        fail_copy(name);
    if (S_ISDIR(status.st_mode))
        copy_directory(from, to, name, depth);
    else if (S_ISREG(status.st_mode))
        copy_file(from, to, name);
    else if (S_ISLNK(status.st_mode))
        copy_link(from, to, name, &status);
    else
        copy_node(from, to, name, &status);
}

static void copy_entries(int from, int to, int depth)
{
    _Alignas(struct linux_dirent64) char entries[ENTRIES_SIZE];
    errno = ELOOP;
    if (depth > MAX_DEPTH)
        fail_copy("too many nested directories");
    for (;;) {
        long length = syscall(SYS_getdents64, from, entries, sizeof entries);
        if (length < 0)
            fail_copy(".");
        if (length == 0)
            return;
        for (long at = 0; at < length; at += ((struct linux_dirent64 *)(entries + at))->length)
            copy_entry(from, to, ((struct linux_dirent64 *)(entries + at))->name, depth);
    }
}

void copy_up(int target, int mount, bool root_attributes)
{
    struct stat status;
    int from = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int to = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0 || to < 0 || fstat(from, &status) != 0)
        fail_copy(".");
    copy_entries(from, to, 0);
    if (root_attributes)
        finish(from, to, &status, ".");
    close(from);
    close(to);
}
