/* Container paths, resolved by the kernel below the ROOT slot and created where missing. */
#include "init.h"
#include <limits.h>
#include <string.h>
#include <sys/vfs.h>

#define MAX_LINKS 40
#define MAX_TRIES 128

/* The root of a process that joined a container is already "/". */
int root_fd(void)
{
    if (init.slots[LADE_SLOT_ROOT] < 0)
        set_slot(LADE_SLOT_ROOT, must(openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC), LADE_STAGE_TARGET));
    return init.slots[LADE_SLOT_ROOT];
}

/* --- parent cache ---
 * Device nodes, links and cgroup hierarchies are created in sequence below one directory. It is cached until something is mounted on an existing target (which
 * might be, or cover, the directory) or temporary descriptors are closed. `path` points into the plan. */

static struct {
    const char *path;
    size_t length;
    int fd;
} parent = { .fd = -1 };

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

void drop_cached_parent(void)
{
    parent.fd = -1;
}

/* Operations do not close the descriptors they open: those above the last slot are closed together every few dozen operations. Those below are closed before
 * the program runs, and before a long wait. */
void release(void)
{
    drop_cached_parent();
    must(sys_close_range((unsigned)init.first_temporary_fd, ~0u, 0), LADE_STAGE_NONE);
}

static void cache_parent(const char *path, int fd)
{
    parent.path = path;
    parent.length = (size_t)(name_of(path) - path);
    parent.fd = fd;
}

static bool is_cached(const char *path, size_t length)
{
    return parent.fd >= 0 && parent.length == length && memcmp(parent.path, path, length) == 0;
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

/* --- held mounts ---
 * The name of a mount may lead elsewhere a moment later: whoever shares the root or a volume with us can rename the directory it is on. So later operations on
 * it, or below it, start from its descriptor. */

static struct held {
    const char *path;
    size_t length;
    int fd;
    bool is_kernel_fs; /* procfs, sysfs: their symbolic links do not lead out */
} *held; /* up to one per operation */
static unsigned held_count;

static const struct held *find_held(const char *path);

static size_t trimmed_length(const char *path)
{
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/')
        length--;
    return length;
}

static bool is_at_or_below(const char *path, const char *above, size_t length)
{
    return strncmp(path, above, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool is_used_later(const char *path, size_t length)
{
    const struct lade_op *op = init.op;
    for (uint32_t i = init.op_index + 1; i < init.op_count; i++) {
        op = next_operation(op);
        const char *later = op->code == LADE_OP_OPEN_CONSOLE ? "/dev/pts" : resolved_path(op);
        if (later != NULL && is_at_or_below(later, path, length))
            return true;
    }
    return false;
}

/* Only where needed later, as each takes a descriptor. A later mount on the same path covers an earlier one. */
void hold_mount(const char *path, int mount, bool is_kernel_fs)
{
    size_t length = trimmed_length(path);
    unsigned i = 0;
    if (init.reports_mounts)
        send_message(&(struct lade_message) { .kind = LADE_MSG_MOUNT, .value = mount_identity(mount) }, NULL, 0, -1);
    if (length == 0)
        return;
    for (unsigned j = 0; j < held_count;) {
        bool is_covered = held[j].length > length && is_at_or_below(held[j].path, path, length);
        if (is_covered)
            held[j] = held[--held_count];
        else
            j++;
    }
    while (i < held_count && (held[i].length != length || memcmp(held[i].path, path, length) != 0))
        i++;
    if (i == held_count && !is_used_later(path, length))
        return;
    if (held == NULL)
        held = map_memory(init.op_count * sizeof *held);
    held[i] = (struct held) { path, length, mount, is_kernel_fs };
    if (i == held_count)
        held_count++;
    keep_descriptor(mount);
}

bool is_on_kernel_fs(const char *path)
{
    const struct held *mount = find_held(path);
    return mount != NULL && mount->is_kernel_fs;
}

void drop_held_mounts(void)
{
    held_count = 0;
}

/* The innermost held mount that a path starts with; NULL if the path depends on the root. */
static const struct held *find_held(const char *path)
{
    const struct held *best = NULL;
    if (held_count == 0 || has_dot_dot(path))
        return NULL;
    for (unsigned i = 0; i < held_count; i++)
        if (is_at_or_below(path, held[i].path, held[i].length) && (best == NULL || held[i].length > best->length))
            best = &held[i];
    return best;
}

static int open_from(int directory, const char *path, uint64_t flags, uint64_t resolve)
{
    struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS | resolve };
    int fd;
    int tries = 0;
    /* EAGAIN: a rename or mount anywhere on the host while ".." was resolved. */
    do
        fd = sys_openat2(directory, path, &how);
    while (fd < 0 && errno == EAGAIN && ++tries < MAX_TRIES);
    return fd;
}

int open_below(const char *path, uint64_t flags, uint64_t resolve)
{
    const struct held *mount = find_held(path);
    if (mount == NULL)
        return open_from(root_fd(), path, flags, RESOLVE_IN_ROOT | resolve);
    const char *rest = path + mount->length + strspn(path + mount->length, "/");
    if (*rest == '\0' && (flags & O_PATH))
        return sys_dup(mount->fd);
    int fd = open_from(mount->fd, *rest == '\0' ? "." : rest, flags, RESOLVE_BENEATH | resolve);
    /* A symbolic link in the volume that points out of it, through the root. */
    if (fd < 0 && errno == EXDEV && !mount->is_kernel_fs && !(resolve & RESOLVE_NO_SYMLINKS))
        fd = open_from(root_fd(), path, flags, RESOLVE_IN_ROOT | resolve);
    return fd;
}

/* Where a path leads by name alone, to compare with a mount just made on it. */
int open_by_name(const char *path, uint64_t resolve)
{
    return open_from(root_fd(), path, O_PATH, RESOLVE_IN_ROOT | resolve);
}

/* Opens the longest existing prefix of `path`; `*rest` is the missing remainder. `path` is modified temporarily. */
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

/* A mount point file is never opened for writing: it may stay open for a while, during which its file system could not become read-only (EBUSY). */
#define MAKE_FILE (O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)

/* Creates and enters each component of `rest` below `directory`, never following a symbolic link: any file that appears there concurrently was created by
 * another process (CVE-2024-45310). EEXIST: something is in the way. `rest` starts with a missing name. */
static int make_components(int directory, const char *rest, enum target_kind kind, mode_t mode)
{
    char name[NAME_MAX + 1];
    int at = directory;
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
                made = sys_dup(at);
            else if (*next == '\0' && kind == TARGET_FILE)
                made = openat(at, name, MAKE_FILE, 0644);
            else if (mkdirat(at, name, mode) == 0)
                made = openat(at, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
        }
        if (at != directory)
            close_preserving_errno(at);
        if (made < 0 || *next == '\0')
            return made;
        at = made;
        rest = next;
    }
}

/* If `rest` starts with a dangling symbolic link (the image's /var/run -> /run without /run), replaces it with the link's target: after the prefix, or at
 * the root for an absolute link. Does nothing if there is no link (any more). */
static bool follow_link(char *path, char *rest, int directory)
{
    char next[PATH_MAX];
    size_t prefix = (size_t)(rest - path);
    size_t name = strcspn(rest, "/");
    char kept = rest[name];
    memcpy(next, path, prefix);
    rest[name] = '\0';
    ssize_t length = readlinkat(directory, rest, next + prefix, sizeof next - prefix);
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
        int fd = -1;
        /* At first the caller knows that the path is missing. */
        if (links > 0) {
            fd = open_below(work, O_PATH, resolve);
            if (fd >= 0 || errno != ENOENT)
                return fd;
        }
        char *rest;
        int directory = open_prefix(work, &rest, resolve);
        if (directory < 0)
            return -1;
        /* ".." of a directory that does not exist yet has no meaning; and nothing can be created in a procfs, but its magic links look like ordinary ones. */
        struct statfs fs;
        if (has_dot_dot(rest) || fstatfs(directory, &fs) != 0 || fs.f_type == PROC_SUPER_MAGIC) {
            close(directory);
            errno = ENOENT;
            return -1;
        }

        fd = make_components(directory, rest, kind, mode);
        bool again = fd < 0 && errno == EEXIST && !(resolve & RESOLVE_NO_SYMLINKS) && follow_link(work, rest, directory);
        if (fd >= 0 && links == 0 && resolve == 0 && strchr(rest, '/') == NULL)
            cache_parent(path, directory);
        else
            close_preserving_errno(directory);
        if (!again)
            return fd;
    }
    errno = ELOOP;
    return -1;
}

static enum target_kind kind_of(int source)
{
    struct stat status;
    if (source < 0)
        return TARGET_DIRECTORY;
    must(fstat(source, &status), LADE_STAGE_SOURCE);
    return S_ISDIR(status.st_mode) ? TARGET_DIRECTORY : TARGET_FILE;
}

static const char *new_name;

/* A sibling of the target created last is usually missing too: create it without looking it up. -1 if that is not possible. */
static int make_in_cached_parent(const char *path, int source)
{
    const char *name = name_of(path);
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !is_cached(path, (size_t)(name - path)))
        return -1;
    if (kind_of(source) == TARGET_FILE)
        return openat(parent.fd, name, MAKE_FILE, 0644);
    if (mkdirat(parent.fd, name, 0755) != 0)
        return -1;
    new_name = name;
    return parent.fd;
}

/* A directory just created need not be opened: the mount is attached by name below the parent's descriptor. Whatever has that name now is the intended
 * place; a symbolic link is not followed. */
void attach_to_target(int mount, int target)
{
    if (new_name == NULL)
        attach(mount, target, LADE_STAGE_MOVE);
    else
        must(sys_move_mount(mount, "", target, new_name, MOVE_MOUNT_F_EMPTY_PATH), LADE_STAGE_MOVE);
}

int open_target(const char *path, int source, unsigned flags, struct stat *found)
{
    new_name = NULL;
    bool ordinary = flags & TARGET_NO_SYMLINKS;
    uint64_t resolve = flags & (TARGET_NO_SYMLINKS | TARGET_REAL_PATH) ? RESOLVE_NO_SYMLINKS : 0;
    *found = (struct stat) { 0 };
    int fd = resolve != 0 ? -1 : make_in_cached_parent(path, source);
    if (fd >= 0)
        return fd;
    fd = open_below(path, O_PATH | (flags & TARGET_NO_FOLLOW ? O_NOFOLLOW : 0), resolve);
    bool made = fd < 0 && errno == ENOENT;
    if (made)
        fd = make_below(path, kind_of(source), 0755, resolve);

    /* CVE-2019-19921, CVE-2023-27561: if /proc is a symbolic link in the image, procfs and the masks of its paths would end up elsewhere. */
    if (ordinary && fd < 0 && (errno == ELOOP || errno == EEXIST || errno == ENOTDIR))
        fail(LADE_STAGE_NOT_DIRECTORY);
    if (fd < 0)
        fail(LADE_STAGE_TARGET);
    if (made)
        return fd;

    must(fstat(fd, found), LADE_STAGE_TARGET);
    /* move_mount(2) would only return EINVAL. */
    if (S_ISDIR(found->st_mode) != (kind_of(source) == TARGET_DIRECTORY))
        fail_with(ordinary ? LADE_STAGE_NOT_DIRECTORY : LADE_STAGE_TARGET, S_ISDIR(found->st_mode) ? EISDIR : ENOTDIR);
    return fd;
}

int open_parent(const char *path, const char **name)
{
    char directory[PATH_MAX];
    *name = name_of(path);
    size_t length = (size_t)(*name - path);
    if (**name == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
        fail_with(LADE_STAGE_TARGET, EINVAL);
    if (length >= sizeof directory)
        fail_with(LADE_STAGE_TARGET, ENAMETOOLONG);
    if (is_cached(path, length))
        return parent.fd;
    memcpy(directory, path, length);
    directory[length] = '\0';

    struct stat found;
    int fd = open_target(length == 0 ? "/" : directory, -1, 0, &found);
    if (new_name != NULL)
        fd = must(openat(fd, new_name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC), LADE_STAGE_TARGET);
    cache_parent(path, fd);
    return fd;
}

void op_make_directory(const struct op_make_directory *op)
{
    if (open_below(op->path, O_PATH, 0) < 0) {
        if (errno != ENOENT)
            fail(LADE_STAGE_TARGET);
        must(make_below(op->path, TARGET_DIRECTORY, (mode_t)op->mode, 0), LADE_STAGE_TARGET);
    }
}
