/* Paths of the container, resolved below the ROOT slot by the kernel, and made there where they are missing. */
#include "init.h"
#include <limits.h>
#include <string.h>
#include <sys/vfs.h>

#define MAX_LINKS 40
#define MAX_TRIES 128

/* A process that joined a container has its root at "/" already. */
int root_fd(void)
{
    if (init.slots[LADE_SLOT_ROOT] < 0)
        init.slots[LADE_SLOT_ROOT] = need(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), LADE_STAGE_TARGET);
    return init.slots[LADE_SLOT_ROOT];
}

int open_below(const char *path, uint64_t flags, uint64_t resolve)
{
    struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve };
    int root = root_fd();
    int fd;
    int tries = 0;
    /* EAGAIN: a rename or a mount anywhere on the machine while ".." was resolved. */
    do
        fd = sys_openat2(root, path, &how);
    while (fd < 0 && errno == EAGAIN && ++tries < MAX_TRIES);
    return fd;
}

/* The longest prefix of `path` that exists; `*rest` is what is missing behind it. `path` is changed for a moment only. */
static int open_prefix(char *path, char **rest, uint64_t resolve)
{
    char *end = path + strlen(path);
    for (;;) {
        while (end > path && end[-1] == '/')
            end--;
        while (end > path && end[-1] != '/')
            end--;
        char kept = *end;
        *end = '\0';
        int fd = open_below(end == path ? "/" : path, O_PATH, resolve);
        *end = kept;
        if (fd >= 0 || errno != ENOENT || end == path) {
            *rest = end;
            return fd;
        }
    }
}

static bool has_dot_dot(const char *path)
{
    for (; *path != '\0'; path += strspn(path, "/")) {
        size_t length = strcspn(path, "/");
        if (length == 2 && memcmp(path, "..", 2) == 0)
            return true;
        path += length;
    }
    return false;
}

/* Makes each component of `rest` below `parent` and enters it, never through a link: what appears there meanwhile was put there by
 * somebody else (CVE-2024-45310). EEXIST: something is in the way. `rest` begins with a name that is missing. */
static int make_components(int parent, const char *rest, enum target_kind kind, mode_t mode)
{
    char name[NAME_MAX + 1];
    int at = parent;
    for (;;) {
        size_t length = strcspn(rest, "/");
        const char *next = rest + length + strspn(rest + length, "/");
        int made = -1;
        if (length > NAME_MAX) {
            errno = ENAMETOOLONG;
        } else {
            memcpy(name, rest, length);
            name[length] = '\0';
            if (strcmp(name, ".") == 0)
                made = fcntl(at, F_DUPFD_CLOEXEC, 0);
            else if (*next == '\0' && kind == TARGET_FILE)
                made = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
            else if (mkdirat(at, name, mode) == 0)
                made = openat(at, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
        }
        int error = errno;
        if (at != parent)
            close(at);
        errno = error;
        if (made < 0 || *next == '\0')
            return made;
        at = made;
        rest = next;
    }
}

/* If `rest` begins with a symbolic link to nowhere (the image's /var/run -> /run with no /run), puts the link's target in its place: behind the prefix,
 * or at the root for an absolute link. Nothing changes if there is no link (any more). */
static bool follow_link(char *path, char *rest, int parent)
{
    char next[PATH_MAX];
    size_t prefix = (size_t)(rest - path);
    size_t name = strcspn(rest, "/");
    char kept = rest[name];
    memcpy(next, path, prefix);
    rest[name] = '\0';
    ssize_t length = readlinkat(parent, rest, next + prefix, sizeof next - prefix);
    rest[name] = kept;
    if (length <= 0)
        return length < 0 && (errno == EINVAL || errno == ENOENT);

    if (next[prefix] == '/') {
        memmove(next, next + prefix, (size_t)length);
        prefix = 0;
    }
    size_t tail = strlen(rest + name) + 1;
    if (prefix + (size_t)length + tail > sizeof next) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(next + prefix + length, rest + name, tail);
    memcpy(path, next, prefix + (size_t)length + tail);
    return true;
}

int make_below(const char *path, enum target_kind kind, mode_t mode, uint64_t resolve)
{
    char work[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof work) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(work, path, length + 1);

    for (int links = 0; links < MAX_LINKS; links++) {
        int fd = open_below(work, O_PATH, resolve);
        if (fd >= 0 || errno != ENOENT)
            return fd;
        char *rest;
        int parent = open_prefix(work, &rest, resolve);
        if (parent < 0)
            return -1;
        /* Of a directory that does not exist yet nobody can say where ".." leads; and in a procfs nothing can be made, but its magic links read
         * like ordinary ones. */
        struct statfs fs;
        if (has_dot_dot(rest) || fstatfs(parent, &fs) != 0 || fs.f_type == PROC_SUPER_MAGIC) {
            close(parent);
            errno = ENOENT;
            return -1;
        }

        fd = make_components(parent, rest, kind, mode);
        bool again = fd < 0 && errno == EEXIST && !(resolve & RESOLVE_NO_SYMLINKS) && follow_link(work, rest, parent);
        int error = errno;
        close(parent);
        errno = error;
        if (!again)
            return fd;
    }
    errno = ELOOP;
    return -1;
}

int open_target(const char *path, enum target_kind kind, unsigned flags, bool *made)
{
    bool ordinary = flags & LADE_F_NO_SYMLINKS;
    uint64_t resolve = ordinary ? RESOLVE_NO_SYMLINKS : 0;
    int fd = open_below(path, O_PATH | (flags & LADE_F_NOFOLLOW ? O_NOFOLLOW : 0), resolve);
    *made = fd < 0 && errno == ENOENT;
    if (*made)
        fd = make_below(path, kind, 0755, resolve);

    /* CVE-2019-19921, CVE-2023-27561: an image whose /proc is a link gets its procfs elsewhere, and all that hides parts of /proc with it. */
    if (ordinary && fd < 0 && (errno == ELOOP || errno == EEXIST || errno == ENOTDIR))
        fail(LADE_STAGE_NOT_DIRECTORY);
    if (fd < 0)
        fail(LADE_STAGE_TARGET);
    struct stat status;
    need(fstat(fd, &status), LADE_STAGE_TARGET);
    /* move_mount(2) would say no more than EINVAL. */
    if (kind == TARGET_DIRECTORY && !S_ISDIR(status.st_mode))
        fail_with(ordinary ? LADE_STAGE_NOT_DIRECTORY : LADE_STAGE_TARGET, ENOTDIR);
    if (kind == TARGET_FILE && S_ISDIR(status.st_mode))
        fail_with(LADE_STAGE_TARGET, EISDIR);
    return fd;
}

int open_parent(const char *path, const char **name)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    *name = slash == NULL ? path : slash + 1;
    size_t length = (size_t)(*name - path);
    if (**name == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
        fail_with(LADE_STAGE_TARGET, EINVAL);
    if (length >= sizeof directory)
        fail_with(LADE_STAGE_TARGET, ENAMETOOLONG);
    memcpy(directory, path, length);
    directory[length] = '\0';

    bool made;
    return open_target(length == 0 ? "/" : directory, TARGET_DIRECTORY, 0, &made);
}

void op_make_directory(const struct lade_op *op)
{
    /* The mode is meant as it stands. */
    mode_t mask = umask(0);
    int fd = need(make_below(plan_string(op->arg[0]), TARGET_DIRECTORY, (mode_t)op->arg[1], 0), LADE_STAGE_TARGET);
    umask(mask);
    close(fd);
}
