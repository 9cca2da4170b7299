/* The floor: the least that any runtime must do to run /bin/true from the default configuration, without parsing, checking or recording
 * anything. Its time is the lower bound in bench/run's comparison. Omitted, to keep it a lower bound: the cgroup mounts, masked
 * directories, capabilities, limits, and safe path resolution.
 *
 * usage: floor ROOTFS [CGROUP_DIRECTORY...]     (v1 directories, or a v2 one; they are created and removed) */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BIND_READ_ONLY (MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)

static _Noreturn void fail(const char *what)
{
    dprintf(2, "floor: %s: %s\n", what, strerror(errno));
    _exit(125);
}

static int open_in(const char *directory, const char *name, int flags)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return open(path, flags | O_CLOEXEC);
}

/* A new v1 cpuset admits no task before it has CPUs and memory nodes; copy the parent's. */
static void inherit_cpuset(const char *directory, const char *name)
{
    char value[256], parent_name[64];
    snprintf(parent_name, sizeof parent_name, "../%s", name);
    int to = open_in(directory, name, O_WRONLY);
    if (to < 0)
        return;
    int from = open_in(directory, parent_name, O_RDONLY);
    ssize_t length = from < 0 ? -1 : read(from, value, sizeof value);
    if (length <= 0 || write(to, value, (size_t)length) != length)
        fail(name);
    close(from);
    close(to);
}

static void make_cgroup(const char *directory)
{
    if (mkdir(directory, 0755) && errno != EEXIST)
        fail(directory);
    if (strstr(directory, "/cpuset")) {
        inherit_cpuset(directory, "cpuset.cpus");
        inherit_cpuset(directory, "cpuset.mems");
    }
}

/* "0" in tasks moves the single-threaded writer without the kernel's global threadgroup lock, so without an RCU grace period. */
static void join_cgroup(const char *directory)
{
    int tasks = open_in(directory, "tasks", O_WRONLY);
    if (tasks < 0 || write(tasks, "0", 1) != 1)
        fail(directory);
    close(tasks);
}

static void mount_filesystems(void)
{
    static const struct {
        const char *type, *at, *data;
        unsigned long flags;
        mode_t directory; /* 0: the directory is there */
    } table[] = {
        {"proc", "proc", NULL, 0, 0},
        {"tmpfs", "dev", "mode=755,size=65536k", MS_NOSUID | MS_STRICTATIME, 0},
        {"devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC, 0755},
        {"tmpfs", "dev/shm", "mode=1777,size=65536k", MS_NOSUID | MS_NOEXEC | MS_NODEV, 0755},
        {"mqueue", "dev/mqueue", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV, 0755},
        {"sysfs", "sys", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, 0},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        if (table[i].directory && mkdir(table[i].at, table[i].directory))
            fail(table[i].at);
        if (mount(table[i].type, table[i].at, table[i].type, table[i].flags, table[i].data))
            fail(table[i].at);
    }
}

static void make_devices(void)
{
    static const struct { const char *at; int major, minor; } nodes[] = {
        {"dev/null", 1, 3}, {"dev/zero", 1, 5}, {"dev/full", 1, 7}, {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0},
    };
    static const struct { const char *to, *at; } links[] = {
        {"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
        {"/proc/self/fd/2", "dev/stderr"}, {"pts/ptmx", "dev/ptmx"},
    };
    umask(0);
    for (size_t i = 0; i < COUNT(nodes); i++)
        if (mknod(nodes[i].at, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)))
            fail(nodes[i].at);
    for (size_t i = 0; i < COUNT(links); i++)
        if (symlink(links[i].to, links[i].at))
            fail(links[i].at);
    umask(022);
}

static void hide_paths(void)
{
    static const char *const read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
    static const char *const masked[] = {"/proc/kcore", "/proc/keys", "/proc/timer_list"};
    for (size_t i = 0; i < COUNT(read_only); i++) {
        if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) == 0) {
            if (mount(NULL, read_only[i], NULL, BIND_READ_ONLY, NULL))
                fail(read_only[i]);
        } else if (errno != ENOENT)
            fail(read_only[i]);
    }
    for (size_t i = 0; i < COUNT(masked); i++)
        if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) && errno != ENOENT)
            fail(masked[i]);
}

static _Noreturn void become_container(const char *rootfs)
{
    char *arguments[] = {"/bin/true", NULL}, *environment[] = {"PATH=/bin:/usr/bin", NULL};
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) || mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL) || chdir(rootfs))
        fail(rootfs);
    mount_filesystems();
    make_devices();
    if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
        fail("pivot_root");
    hide_paths();
    if (sethostname("floor", 5))
        fail("sethostname");
    execve(arguments[0], arguments, environment);
    fail(arguments[0]);
}

static int open_version2(int count, char **directories)
{
    char path[512];
    if (count != 1)
        return -1;
    snprintf(path, sizeof path, "%s/tasks", directories[0]);
    return access(path, F_OK) == 0 ? -1 : open(directories[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        dprintf(2, "usage: floor ROOTFS [CGROUP_DIRECTORY...]\n");
        return 125;
    }
    int count = argc - 2, status;
    char **directories = argv + 2;
    for (int i = 0; i < count; i++)
        make_cgroup(directories[i]);

    int version2 = open_version2(count, directories);
    struct clone_args clone = {
        .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET,
        .exit_signal = SIGCHLD,
    };
    if (version2 >= 0) {
        clone.flags |= CLONE_INTO_CGROUP | CLONE_NEWCGROUP;
        clone.cgroup = (uint64_t)version2;
    }
    long child = syscall(SYS_clone3, &clone, sizeof clone);
    if (child < 0)
        fail("clone3");
    if (child == 0) {
        if (version2 < 0 && count > 0) {
            for (int i = 0; i < count; i++)
                join_cgroup(directories[i]);
            /* After joining: the cgroup namespace's root is where the process is when it unshares. */
            if (syscall(SYS_unshare, CLONE_NEWCGROUP))
                fail("unshare");
        }
        become_container(argv[1]);
    }
    if (waitpid((pid_t)child, &status, 0) != child)
        fail("waitpid");
    for (int i = 0; i < count; i++)
        while (rmdir(directories[i]))
            if (errno != EBUSY || usleep(100))
                fail(directories[i]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
