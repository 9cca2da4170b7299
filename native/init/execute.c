/* The last steps: working directory, executable, closing descriptors, waiting for `start`, execve(2). */
#include "init.h"
#include <limits.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>

/* --- the user's file permissions ---
 * A nonzero fsuid removes the file capabilities from the effective set, fsuid 0 restores them. */

static bool fsids_changed;

void set_fsids(uid_t uid, gid_t gid)
{
    /* Root, the most common user, has all permissions anyway. */
    if (uid == 0 && gid == 0)
        return;
    fsids_changed = true;
    setfsgid(gid);
    setfsuid(uid);
    /* Neither call reports failure; an invalid ID only returns the current one. */
    if (setfsuid((uid_t)-1) != (int)uid || setfsgid((gid_t)-1) != (int)gid)
        fail_with(LADE_STAGE_USER, EINVAL);
}

void restore_fsids(void)
{
    if (!fsids_changed)
        return;
    fsids_changed = false;
    int error = errno;
    setfsgid(getegid());
    setfsuid(geteuid());
    clear_dumpable();
    errno = error;
}

/* --- working directory --- */

static int change_to(const char *path, bool existing)
{
    int fd = open_below(path, O_PATH | O_DIRECTORY, 0);
    if (fd < 0 && errno == ENOENT && !existing)
        fd = make_below(path, TARGET_DIRECTORY, 0755, 0);
    if (fd < 0)
        return -1;
    int result = fchdir(fd);
    close_preserving_errno(fd);
    return result;
}

void op_change_directory(const struct op_change_directory *op)
{
    int result = change_to(op->path, op->must_exist);
    if (result != 0 && (errno == EACCES || errno == EPERM)) {
        set_fsids((uid_t)op->uid, (gid_t)op->gid);
        result = change_to(op->path, op->must_exist);
        restore_fsids();
    }
    must(result, LADE_STAGE_TARGET);

    /* CVE-2024-21626: getcwd(2) returns "(unreachable)/..." for a directory outside our root, and fails with ENOENT for a removed one. */
    char cwd[PATH_MAX];
    must(syscall(SYS_getcwd, cwd, sizeof cwd), LADE_STAGE_CWD_ESCAPED);
    if (cwd[0] != '/')
        fail_with(LADE_STAGE_CWD_ESCAPED, ENOENT);
}

/* --- executable --- */

/* 0, or the errno that execve(2) would return. In addition to the mode this checks for noexec mounts. */
static int executable_error(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    return syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* As execvp(3): an empty element is the working directory; files without execute permission are skipped, but determine the error. `buffer` has room for the
 * longest element, a slash and the file name. Returns an errno. */
static int search(const char *file, const char *path, char *buffer)
{
    int worst = ENOENT;
    for (;;) {
        size_t length = strcspn(path, ":");
        char *end = buffer;
        memcpy(end, path, length);
        end += length;
        if (length > 0)
            *end++ = '/';
        strcpy(end, file);
        int error = executable_error(buffer);
        if (error == 0)
            return 0;
        if (error == EACCES || error == EISDIR)
            worst = EACCES;
        if (path[length] == '\0')
            return worst;
        path += length + 1;
    }
}

void op_find_executable(const struct op_find_executable *op)
{
    const char *file = op->file;
    size_t pointers = ((size_t)op->args.count + op->env.count + 2) * sizeof(char *);
    init.argv = map_memory(pointers + strlen(op->search_path) + strlen(file) + 2);
    init.envp = fill_pointers(init.argv, op->args);
    char *buffer = (char *)fill_pointers(init.envp, op->env);

    set_fsids((uid_t)op->uid, (gid_t)op->gid);
    bool has_slash = strchr(file, '/') != NULL;
    int error;
    if (*file == '\0')
        error = ENOENT;
    else
            error = has_slash ? executable_error(file) : search(file, op->search_path, buffer);
        restore_fsids();
    if (error != 0)
        fail_with(has_slash ? LADE_STAGE_STAT : LADE_STAGE_LOOKUP, error);
    init.lookup_index = init.op_index;
    init.program = has_slash ? file : buffer;
}

/* --- descriptors --- */

void op_close_descriptors(const struct op_close_descriptors *op)
{
    int kept[LADE_NAMESPACE_TYPES + 4];
    int count = 0;
    bool listens = op->kept != LADE_NO_SLOT;
    int listener = listens ? slot_fd(op->kept) : -1;
    restore_descriptor_limit();
    if (op->offer_namespaces)
        open_namespaces();
    for (int i = 0; i < LADE_NAMESPACE_TYPES; i++)
        if (init.namespaces[i] > 0)
            kept[count++] = init.namespaces[i];
    kept[count++] = init.sync_fd;
    kept[count++] = listener;
    close_descriptors(kept, count);
    scrub_plan();
    if (listens)
        set_slot(op->kept, listener);
}

/* --- start --- */

/* A connection that is closed without a command starts nothing. */
static bool is_start(int connection)
{
    int command = receive_command(connection);
    if (command == LADE_COMMAND_NAMESPACES)
        send_namespaces(connection);
    return command == LADE_COMMAND_GO;
}

void op_wait_for_start(const struct op_wait_for_start *op)
{
    if (op->listener == LADE_NO_SLOT) {
        wait_for_go();
        return;
    }
    /* Closing the sync socket tells `create` that no more messages will come. */
    int listener = slot_fd(op->listener);
    close(init.sync_fd);
    /* Nobody is left to report a failure to. */
    while ((init.sync_fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0 && !is_start(init.sync_fd))
        close(init.sync_fd);
    if (init.sync_fd < 0)
        terminate(1);
    close(listener);
    for (int i = 0; i < LADE_NAMESPACE_TYPES; i++)
        if (init.namespaces[i] > 0)
            close(init.namespaces[i]);
}

/* --- execve --- */

/* Closes all descriptors but 0-2, those preserved for the program and the sync socket, which execve(2) closes: that tells lade that the program runs. An
 * executable of the form /proc/self/fd/N could otherwise access our descriptors (CVE-2024-21626). */
void close_descriptors(const int *kept, int count)
{
    int first = 3 + (int)init.preserve_fds;
    for (;;) {
        int next = INT_MAX;
        for (int i = 0; i < count; i++)
            if (kept[i] >= first && kept[i] < next)
                next = kept[i];
        if (next == INT_MAX)
            break;
        if (next > first)
            must(sys_close_range((unsigned)first, (unsigned)next - 1, 0), LADE_STAGE_NONE);
        first = next + 1;
    }
    must(sys_close_range((unsigned)first, ~0u, 0), LADE_STAGE_NONE);
    /* Later hooks come from the image: they must not be able to truncate a file on the host. */
    init.hook_output[0] = init.hook_output[1] = 0;
    memset(init.slots, 0xff, init.slot_count * sizeof *init.slots);
    init.proc_fd = -1;
    init.closed = true;
    drop_held_mounts();
    drop_cached_parent();
}

void op_execute(void)
{
    if (init.program == NULL)
        fail_with(LADE_STAGE_PLAN, EINVAL);
    /* After CLOSE_DESCRIPTORS nothing has been opened, and after LOAD_SECCOMP the filter may not permit the call. */
    if (!init.closed)
        close_descriptors(&init.sync_fd, 1);
    execve(init.program, init.argv, init.envp);
    fail(LADE_STAGE_EXEC);
}
