/* FIND_HOME: all sorts of files at /etc/passwd. */
#include "harness.h"
#include "tests.h"
#include <sys/sysmacros.h>

static struct builder b;
static struct run run;

static void begin(void)
{
    plan_begin(&b);
    run = fresh_run;
    b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    plan_root(&b, root_path);
    OP(&b, pivot_root);
}

static void finish(uint32_t uid, const char *home)
{
    OP(&b, find_executable, .file = "sh", .search_path = "/bin", .uid = uid, .gid = uid, .args = VEC(&b, "sh", "-c", "echo \"$A:$HOME:$Z\""),
        .env = VEC(&b, "A=a", "HOME=/", "Z=z"));
    OP(&b, find_home, .uid = uid, .gid = uid, .variable = 1);
    /* The privileges dropped for the lookup are restored: creating a node, and access to root's files. */
    OP(&b, make_device, .path = "/closed/null", .mode = S_IFCHR | 0600, .major = 1, .minor = 3);
    OP(&b, execute);
    run_plan(&b, &run);
    close(b.proc_fd);
    char wanted[512];
    snprintf(wanted, sizeof wanted, "a:%s:z\n", home);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, wanted) == 0, "%s, not %s", run.output, wanted);
}

static void expect(uint32_t uid, const char *home)
{
    begin();
    finish(uid, home);
}

static void fresh(void)
{
    shell("cd '%s' && rm -rf etc closed secret && mkdir etc && mkdir -m 700 closed secret", root_path);
}

static void passwd(const char *text, size_t length)
{
    char path[512];
    fresh();
    snprintf(path, sizeof path, "%s/etc/passwd", root_path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (write(fd, text, length) != (ssize_t)length || fchmod(fd, 0644) != 0)
        abort();
    close(fd);
}

#define PASSWD(text) passwd((text), sizeof(text) - 1)

static void lines(void)
{
    PASSWD("root:x:0:0:root:/root:/bin/sh\n# comment\n\nnobody:x:65534:65534::/:/sbin/nologin\nü:x:1000:1000:Ü,,,:/home/ü:/bin/sh\nroot2:x:0:0::/other:/bin/sh\n"
           "last:x:7:7::/home/last");
    expect(0, "/root");
    expect(65534, "/");
    expect(1000, "/home/ü");
    expect(1, "/");
    expect(7, "/home/last");
}

static void lines_without_a_home(void)
{
    static const char *const texts[] = {
        "", "\n", "a:x:5", "a:x:5:5:gecos", "a:x:5:5:gecos:", "a:x:5:5:gecos::/bin/sh", "a:x:+5:5:gecos:/a:/bin/sh", "a:x: 5:5:gecos:/a:/bin/sh",
        "a:x:05x:5:gecos:/a:/bin/sh", "a:x:4294967301:5:gecos:/a:/bin/sh", "a:x:18446744073709551621:5:gecos:/a:/bin/sh", ":::::::::", "a:x::5:gecos:/a:/bin/sh",
        "a:x:55:5:gecos:/a:/bin/sh", "a:5:6:5:gecos:/a:/bin/sh",
        /* The first line with the ID decides. */
        "a:x:5:5:gecos::/bin/sh\nb:x:5:5:gecos:/b:/bin/sh\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        passwd(texts[i], strlen(texts[i]));
        expect(5, "/");
    }
    PASSWD("a:x:005:5:gecos:/a:/bin/sh\n");
    expect(5, "/a");
}

static void nul_bytes(void)
{
    PASSWD("\0\0\n\0:x:5:5:\0:/before\0after:/bin/sh\n");
    expect(5, "/");
    PASSWD("\0\0\n\0:x:5:5:\0:/home/a:/bin/sh\n");
    expect(5, "/home/a");
    PASSWD("a:x:5\0:5::/home/a:/bin/sh\n");
    expect(5, "/");
}

/* Memory is charged to the container, so there is a size limit: only lines before it are found. */
static void large_files(void)
{
    const size_t size = 2u << 20;
    char *text = malloc(size);
    memset(text, 'x', size);
    passwd(text, size);
    expect(5, "/");

    memcpy(text, "a:x:5:5::/home/a:/bin/sh\n", 25);
    passwd(text, size);
    expect(5, "/home/a");

    memset(text, 'x', size);
    memcpy(text + size - 26, "\na:x:5:5::/home/a:/bin/sh\n", 26);
    passwd(text, size);
    expect(5, "/");

    /* The longest possible home directory: more than a page of the environment. */
    memset(text, 'h', size);
    memcpy(text, "a:x:5:5::/", 10);
    memcpy(text + 20000, ":/bin/sh\n", 9);
    passwd(text, 20009);
    begin();
    OP(&b, find_executable, .file = "sh", .search_path = "/bin", .uid = 5, .gid = 5, .args = VEC(&b, "sh", "-c", "echo ${#HOME}"), .env = VEC(&b, "HOME=/"));
    OP(&b, find_home, .uid = 5, .gid = 5);
    OP(&b, execute);
    run_plan(&b, &run);
    close(b.proc_fd);
    CHECK(succeeded(&run) && strcmp(run.output, "19991\n") == 0, "%s", run.output);
    free(text);
}

#define LINE "a:x:1000:1000::/home/a:/bin/sh"

static void what_else_may_stand_there(void)
{
    fresh();
    expect(1000, "/");
    shell("rmdir '%s/etc'", root_path);
    expect(1000, "/");

    static const char *const others[] = {
        "mkdir etc/passwd",
        "mkfifo etc/passwd",
        "mknod etc/passwd c 1 5",
        "mknod etc/passwd c 1 1",
        "mknod etc/passwd b 7 0",
        "ln -s loop etc/loop; ln -s loop etc/passwd",
        "ln -s /nowhere etc/passwd",
        "ln -s /dev/zero etc/passwd",
        "rmdir etc; echo " LINE " > etc",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        fresh();
        shell("cd '%s' && { %s; }", root_path, others[i]);
        expect(1000, "/");
    }
    fresh();
    shell("cd '%s' && echo " LINE " > secret/inside && echo " LINE " > etc/other && chmod 644 etc/other && ln -s ../../../../etc/other etc/passwd", root_path);
    expect(1000, "/home/a");
}

/* Each of these shows whether it was opened. */
static void a_fifo_is_not_opened(void)
{
    char path[512];
    fresh();
    snprintf(path, sizeof path, "%s/etc/passwd", root_path);
    mkfifo(path, 0666);
    chmod(path, 0666);
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) != 0)
        abort();
    pid_t writer = fork();
    if (writer == 0) {
        /* Returns once there is a reader, however briefly. */
        int fd = open(path, O_WRONLY);
        if (write(pair[1], "", 1) != 1)
            _exit(1);
        close(fd);
        _exit(0);
    }
    close(pair[1]);
    expect(1000, "/");
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    char byte;
    CHECK(read(pair[0], &byte, 1) < 0 && errno == EAGAIN, "there was a reader");
    /* The writer waits for a reader: provide one. */
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    fcntl(pair[0], F_SETFL, 0);
    CHECK(read(pair[0], &byte, 1) == 1, "the writer sees a reader");
    close(reader);
    close(pair[0]);
    waitpid(writer, NULL, 0);
}

/* As in CVE-2024-21626, and files that have side effects or return the host's data when read. */
static void links_into_procfs(void)
{
    char file[64];
    int outside = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
    snprintf(file, sizeof file, "/tmp/lade-native-passwd.%d", getpid());
    fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    dprintf(fd, LINE "\n");
    fchmod(fd, 0644);
    const char *const targets[] = { "/proc/self/environ", "/proc/kmsg", "/proc/1/mem", "/proc/self/root/etc/other", "/proc/self/status", "/proc/sys/kernel/hostname" };
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        fresh();
        shell("cd '%s' && echo " LINE " > etc/other && ln -s %s etc/passwd", root_path, targets[i]);
        expect(1000, "/");
    }
    /* Descriptors that are open in init: a file on the host, and a directory. */
    fresh();
    shell("ln -s /proc/self/fd/%d '%s/etc/passwd'", fd, root_path);
    begin();
    plan_slot(&b, fd);
    finish(1000, "/");
    fresh();
    shell("ln -s /proc/self/fd/%d/passwd '%s/etc/passwd'", outside, root_path);
    begin();
    plan_slot(&b, outside);
    finish(0, "/");
    /* One that the container can write to, and thereby forge. */
    fresh();
    shell("ln -s /proc/sys/kernel/hostname '%s/etc/passwd'", root_path);
    begin();
    OP(&b, set_hostname, .name = "a:x:1000:1000::/host");
    finish(1000, "/");
    /* The same file, mounted over it. */
    PASSWD("");
    begin();
    uint32_t tree = plan_slot(&b, -1);
    plan_truncate(&b, b.op_count - 1);
    OP(&b, set_hostname, .name = "a:x:1000:1000::/host");
    OP(&b, open_tree, .tree = tree, .path = "/proc/sys/kernel/hostname", .propagation = MS_PRIVATE);
    OP(&b, attach, .tree = tree, .target = "/etc/passwd");
    OP(&b, pivot_root);
    finish(1000, "/");
    close(fd);
    close(outside);
    unlink(file);
}

/* Our own privileges are not used: the user must have access to the file and to every directory on the way. */
static void what_the_user_may_not_read(void)
{
    PASSWD(LINE);
    shell("chmod 600 '%s/etc/passwd'", root_path);
    expect(1000, "/");
    expect(0, "/");
    shell("cd '%s' && printf 'r:x:0:0::/root:/bin/sh\\n' >> etc/passwd && chmod 644 etc/passwd && chmod 700 etc", root_path);
    expect(1000, "/");
    shell("cd '%s' && printf '" LINE "\\nr:x:0:0::/root:/bin/sh\\n' > etc/passwd", root_path);
    expect(0, "/root");
    shell("cd '%s' && chmod 755 etc && mv etc/passwd secret/ && ln -s ../secret/passwd etc/passwd", root_path);
    expect(1000, "/");
    expect(0, "/root");
    shell("cd '%s' && chmod 755 secret && chmod 640 secret/passwd && chgrp 1000 secret/passwd", root_path);
    expect(1000, "/home/a");
    shell("cd '%s' && chgrp 1001 secret/passwd", root_path);
    expect(1000, "/");
}

void test_home(void)
{
    test("home: the first line with the ID", lines);
    test("home: lines without a home directory", lines_without_a_home);
    test("home: NUL bytes", nul_bytes);
    test("home: large files", large_files);
    test("home: special files at /etc/passwd", what_else_may_stand_there);
    test("home: a FIFO is not opened", a_fifo_is_not_opened);
    test("home: symbolic links into a procfs", links_into_procfs);
    test("home: files that the user may not read", what_the_user_may_not_read);
}
