/* OPEN_CONSOLE: a pseudoterminal from the container's own devpts becomes descriptors 0, 1 and 2. CONTROLLING_TERMINAL. */
#include "init.h"
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

/* Nothing in a devpts can be replaced, as only the kernel creates files there. The file itself is still checked, because something may be mounted on it. */
static int open_ptmx(void)
{
    struct statfs fs;
    int directory = must(open_below("/dev/pts", O_PATH | O_DIRECTORY, 0), LADE_STAGE_PTY);
    must(fstatfs(directory, &fs), LADE_STAGE_PTY);
    if (fs.f_type != DEVPTS_SUPER_MAGIC)
        fail_with(LADE_STAGE_PTY, ENODEV);

    int node = must(openat(directory, "ptmx", O_PATH | O_NOFOLLOW | O_CLOEXEC), LADE_STAGE_PTY);
    must(fstatfs(node, &fs), LADE_STAGE_PTY);
    if (fs.f_type != DEVPTS_SUPER_MAGIC)
        fail_with(LADE_STAGE_PTY, ENODEV);
    int ptmx = must(open_device(node, makedev(5, 2), O_RDWR), LADE_STAGE_PTY);
    close(node);
    close(directory);
    return ptmx;
}

/* CVE-2025-52565: whatever is at /dev/console is never followed, and the terminal is identified by its descriptor, not by a path. */
static void bind_console(int slave)
{
    const char *name;
    int parent = open_parent("/dev/console", &name);
    /* Not opened for writing, or /dev could not be made read-only. */
    int target = openat(parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
    if (target < 0 && errno == EEXIST)
        target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;
    must(target, LADE_STAGE_CONSOLE_BIND);
    must(fstat(target, &status), LADE_STAGE_CONSOLE_BIND);
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode))
        fail_with(LADE_STAGE_CONSOLE_BIND, S_ISLNK(status.st_mode) ? ELOOP : EEXIST);

    int mount = clone_mount(slave, LADE_STAGE_CONSOLE_BIND);
    attach(mount, target, LADE_STAGE_CONSOLE_BIND);
}

void op_open_console(const struct op_open_console *op)
{
    int master = open_ptmx();
    int unlocked = 0;
    must(ioctl(master, TIOCSPTLCK, &unlocked), LADE_STAGE_PTY);
    int slave = must(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), LADE_STAGE_PTY);
    must(fchown(slave, (uid_t)op->uid, (gid_t)-1), LADE_STAGE_PTY);
    struct winsize size = { .ws_row = (unsigned short)op->rows, .ws_col = (unsigned short)op->columns };
    if (size.ws_row != 0 || size.ws_col != 0)
        must(ioctl(slave, TIOCSWINSZ, &size), LADE_STAGE_PTY);
    if (op->bind_console)
        bind_console(slave);

    send_fd(master, LADE_FD_CONSOLE);
    close(master);
    for (int fd = 0; fd <= 2; fd++)
        must(dup2(slave, fd), LADE_STAGE_PTY);
    close(slave);
}

void op_controlling_terminal(void)
{
    must(ioctl(0, TIOCSCTTY, 0), LADE_STAGE_PTY);
}
