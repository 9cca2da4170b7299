/* The last steps: working directory, executable, home, closing descriptors, waiting for `start`, execve. */
#include "init.h"
#include <limits.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>

/* --- acting with the permissions of the program's user ---
 * Leaving fsuid 0 drops the capabilities over files from the effective set, coming back to it restores them. */

static bool assumed;

void assume(uid_t uid, gid_t gid)
{
    /* Root, who is asked for most of the time, may do whatever the user may. */
    if (uid == 0 && gid == 0)
        return;
    assumed = true;
    setfsgid(gid);
    setfsuid(uid);
    /* Neither call reports failure; asking for an impossible id returns the present one. */
    if (setfsuid((uid_t)-1) != (int)uid || setfsgid((gid_t)-1) != (int)gid)
        fail_with(LADE_STAGE_USER, EINVAL);
}

void return_to_self(void)
{
    if (!assumed)
        return;
    assumed = false;
    int error = errno;
    setfsgid(getegid());
    setfsuid(geteuid());
    stay_undumpable();
    errno = error;
}

/* --- working directory --- */

static int enter(const char *path, bool existing)
{
    int fd = open_below(path, O_PATH | O_DIRECTORY, 0);
    if (fd < 0 && errno == ENOENT && !existing)
        fd = make_below(path, TARGET_DIRECTORY, 0755, 0);
    if (fd < 0)
        return -1;
    int result = fchdir(fd);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

void op_change_directory(const struct op_change_directory *op)
{
    int result = enter(op->path, op->must_exist);
    if (result != 0 && (errno == EACCES || errno == EPERM)) {
        assume((uid_t)op->uid, (gid_t)op->gid);
        result = enter(op->path, op->must_exist);
        return_to_self();
    }
    need(result, LADE_STAGE_TARGET);

    /* CVE-2024-21626: of a directory outside our root the kernel says "(unreachable)/...", of a removed one ENOENT. */
    char cwd[PATH_MAX];
    need(syscall(SYS_getcwd, cwd, sizeof cwd), LADE_STAGE_CWD_ESCAPED);
    if (cwd[0] != '/')
        fail_with(LADE_STAGE_CWD_ESCAPED, ENOENT);
}

/* --- executable --- */

/* 0, or the errno that execve would give for a plain reason. Besides the mode the kernel minds noexec mounts here. */
static int executable_error(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    return syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* As execvp(3): an empty element is the working directory, what may not be executed is passed over but remembered. `buffer` has room for the longest
 * element, a slash and the file. Returns an errno. */
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

    assume((uid_t)op->uid, (gid_t)op->gid);
    bool given = strchr(file, '/') != NULL;
    int error;
    if (*file == '\0')
        error = ENOENT;
    else
        error = given ? executable_error(file) : search(file, op->search_path, buffer);
    return_to_self();
    if (error != 0)
        fail_with(given ? LADE_STAGE_STAT : LADE_STAGE_LOOKUP, error);
    init.lookup_index = init.op_index;
    init.program = given ? file : buffer;
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
    forget_plan();
    if (listens)
        set_slot(op->kept, listener);
}

/* --- start --- */

/* Who connects and goes away without a word did not start anything. */
static bool is_start(int connection)
{
    int word = receive_word(connection);
    if (word == LADE_COMMAND_NAMESPACES)
        give_namespaces(connection);
    return word == LADE_COMMAND_GO;
}

void op_wait_for_start(const struct op_wait_for_start *op)
{
    if (op->listener == LADE_NO_SLOT) {
        await_go();
        return;
    }
    /* `create` sees its end of the sync socket closed and knows that nothing more will come. */
    int listener = slot_fd(op->listener);
    close(init.sync_fd);
    /* Nobody is left to hear of a failure. */
    while ((init.sync_fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0 && !is_start(init.sync_fd))
        close(init.sync_fd);
    if (init.sync_fd < 0)
        leave(1);
    close(listener);
    for (int i = 0; i < LADE_NAMESPACE_TYPES; i++)
        if (init.namespaces[i] > 0)
            close(init.namespaces[i]);
}

/* --- execve --- */

/* All but 0-2, the program's own and the sync socket, which execve closes: that is how lade learns that the program runs. An executable given as
 * /proc/self/fd/N would otherwise find what we have open (CVE-2024-21626). */
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
            need(sys_close_range((unsigned)first, (unsigned)next - 1, 0), LADE_STAGE_NONE);
        first = next + 1;
    }
    need(sys_close_range((unsigned)first, ~0u, 0), LADE_STAGE_NONE);
    /* Hooks from here on are the image's: a file of the host's is not for them to truncate. */
    init.hook_output[0] = init.hook_output[1] = 0;
    memset(init.slots, 0xff, init.slot_count * sizeof *init.slots);
    init.proc_fd = -1;
    init.closed = true;
    forget_held();
    forget_parent();
}

void op_execute(void)
{
    if (init.program == NULL)
        fail_with(LADE_STAGE_PLAN, EINVAL);
    /* Once they are closed nothing was opened again; and after LOAD_SECCOMP the filter may not let us. */
    if (!init.closed)
        close_descriptors(&init.sync_fd, 1);
    execve(init.program, init.argv, init.envp);
    fail(LADE_STAGE_EXEC);
}
