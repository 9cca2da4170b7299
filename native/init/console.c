/* OPEN_CONSOLE: a pseudo terminal of the container's own devpts becomes 0, 1 and 2. CONTROLLING_TERMINAL. */
#include "init.h"
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

/* A devpts holds nothing but what its kernel code makes, so nothing in it can be swapped; still the file itself is checked, because something may have
 * been mounted on it. */
static int open_ptmx(void)
{
    struct statfs fs;
    int directory = need(open_below("/dev/pts", O_PATH | O_DIRECTORY, 0), LADE_STAGE_PTY);
    need(fstatfs(directory, &fs), LADE_STAGE_PTY);
    if (fs.f_type != DEVPTS_SUPER_MAGIC)
        fail_with(LADE_STAGE_PTY, ENODEV);

    int node = need(openat(directory, "ptmx", O_PATH | O_NOFOLLOW | O_CLOEXEC), LADE_STAGE_PTY);
    need(fstatfs(node, &fs), LADE_STAGE_PTY);
    if (fs.f_type != DEVPTS_SUPER_MAGIC)
        fail_with(LADE_STAGE_PTY, ENODEV);
    int ptmx = need(open_device(node, makedev(5, 2), O_RDWR), LADE_STAGE_PTY);
    close(node);
    close(directory);
    return ptmx;
}

/* CVE-2025-52565: what lies at /dev/console is never followed, and the terminal is taken from its descriptor, not from a path. */
static void bind_console(int slave)
{
    const char *name;
    int parent = open_parent("/dev/console", &name);
    /* Not for writing, or /dev could not become read-only. */
    int target = openat(parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
    if (target < 0 && errno == EEXIST)
        target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;
    need(target, LADE_STAGE_CONSOLE_BIND);
    need(fstat(target, &status), LADE_STAGE_CONSOLE_BIND);
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode))
        fail_with(LADE_STAGE_CONSOLE_BIND, S_ISLNK(status.st_mode) ? ELOOP : EEXIST);

    int mount = clone_mount(slave, LADE_STAGE_CONSOLE_BIND);
    attach(mount, target, LADE_STAGE_CONSOLE_BIND);
}

void op_open_console(const struct op_open_console *op)
{
    int master = open_ptmx();
    int unlocked = 0;
    need(ioctl(master, TIOCSPTLCK, &unlocked), LADE_STAGE_PTY);
    int slave = need(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), LADE_STAGE_PTY);
    need(fchown(slave, (uid_t)op->uid, (gid_t)-1), LADE_STAGE_PTY);
    struct winsize size = { .ws_row = (unsigned short)op->rows, .ws_col = (unsigned short)op->columns };
    if (size.ws_row != 0 || size.ws_col != 0)
        need(ioctl(slave, TIOCSWINSZ, &size), LADE_STAGE_PTY);
    if (op->bind_console)
        bind_console(slave);

    hand_over(master, LADE_FD_CONSOLE);
    close(master);
    for (int fd = 0; fd <= 2; fd++)
        need(dup2(slave, fd), LADE_STAGE_PTY);
    close(slave);
}

void op_controlling_terminal(void)
{
    need(ioctl(0, TIOCSCTTY, 0), LADE_STAGE_PTY);
}
