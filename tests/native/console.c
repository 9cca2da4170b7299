/* OPEN_CONSOLE. */
#include "harness.h"
#include "tests.h"

static struct builder b;
static struct run run;
static char screen[4096];

static void begin(void)
{
    plan_begin(&b);
    run = fresh_run;
    plan_root(&b, root_path);
    memset(screen, 0, sizeof screen);
}

/* Another process holds the terminal; its output is returned through a pipe once the program has closed its side. */
static int reader;

static void keep_console(struct run *r)
{
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC) != 0)
        abort();
    if (fork() == 0) {
        char text[4096];
        ssize_t length;
        close(r->sync);
        while ((length = read(r->console, text, sizeof text)) > 0)
            if (write(pipes[1], text, (size_t)length) != length)
                _exit(1);
        _exit(0);
    }
    close(r->console);
    close(pipes[1]);
    reader = pipes[0];
}

static void finish(const char *script)
{
    reader = -1;
    OP(&b, change_directory, .path = "/");
    plan_shell(&b, script);
    run.on_console = keep_console;
    run_plan(&b, &run);
    size_t used = 0;
    ssize_t length;
    while (reader >= 0 && used < sizeof screen - 1 && (length = read(reader, screen + used, sizeof screen - 1 - used)) > 0)
        used += (size_t)length;
    if (reader >= 0) {
        close(reader);
        wait(NULL);
    }
}

static void becomes_the_terminal(void)
{
    begin();
    OP(&b, pivot_root);
    OP(&b, new_session);
    OP(&b, open_console, .bind_console = 1, .rows = 33, .columns = 77, .uid = 1000);
    OP(&b, controlling_terminal);
    finish("tty; stty size; stat -c '%u %t,%T' /dev/pts/0 /dev/console; echo controlling > /dev/pts/0; cat /proc/self/stat | cut -d' ' -f7; ls /proc/self/fd | tr '\\n' ' '");
    CHECK(succeeded(&run), "%s", screen);
    CHECK(strcmp(screen, "/dev/pts/0\r\n33 77\r\n1000 88,0\r\n1000 88,0\r\ncontrolling\r\n34816\r\n0 1 2 3 ") == 0, "%s", screen);
}

/* It becomes the controlling terminal of the process cloned later. */
static void controls_only_when_told(void)
{
    begin();
    OP(&b, pivot_root);
    OP(&b, new_session);
    OP(&b, open_console);
    finish("tty; cut -d' ' -f7 /proc/self/stat");
    CHECK(succeeded(&run), "%s", screen);
    CHECK(strcmp(screen, "/dev/pts/0\r\n0\r\n") == 0, "%s", screen);

    begin();
    run.clone_flags = CLONE_NEWNS;
    OP(&b, pivot_root);
    OP(&b, open_console);
    OP(&b, clone);
    OP(&b, new_session);
    OP(&b, controlling_terminal);
    finish("tty; cut -d' ' -f7 /proc/self/stat");
    CHECK(succeeded(&run), "%s", screen);
    CHECK(strcmp(screen, "/dev/pts/0\r\n34816\r\n") == 0, "%s", screen);

    begin();
    OP(&b, pivot_root);
    OP(&b, new_session);
    uint32_t op = OP(&b, controlling_terminal);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC), saved = fcntl(0, F_DUPFD_CLOEXEC, 10);
    dup2(null, 0);
    finish("true");
    dup2(saved, 0);
    close(saved);
    close(null);
    CHECK(failed_with(&run, op, LADE_STAGE_PTY, ENOTTY), "no terminal");
}

static void before_pivot(void)
{
    begin();
    OP(&b, new_session);
    OP(&b, open_console, .bind_console = 1);
    OP(&b, pivot_root);
    finish("tty; echo here > /dev/console");
    CHECK(succeeded(&run), "%s", screen);
    CHECK(strcmp(screen, "/dev/pts/0\r\nhere\r\n") == 0, "%s", screen);
}

/* CVE-2025-52565, CVE-2026-88264 */
static void console_is_not_followed(void)
{
    shell("rm -rf '%s.host'; mkdir '%s.host'", root_path, root_path);
    char outside[512];
    snprintf(outside, sizeof outside, "%s.host/evil", root_path);
    const char *links[] = { outside, "/proc/sysrq-trigger", "pts/ptmx" };
    for (size_t i = 0; i < 3; i++) {
        begin();
        OP(&b, make_symlink, .path = "/dev/console", .target = links[i]);
        OP(&b, new_session);
        uint32_t op = OP(&b, open_console, .bind_console = 1);
        OP(&b, pivot_root);
        finish("true");
        CHECK(failed_with(&run, op, LADE_STAGE_CONSOLE_BIND, ELOOP), "%s", links[i]);
        CHECK(access(outside, F_OK) != 0, "made on the host");
    }
    begin();
    OP(&b, make_directory, .path = "/dev/console", .mode = 0755);
    OP(&b, new_session);
    uint32_t op = OP(&b, open_console, .bind_console = 1);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_CONSOLE_BIND, EEXIST), "directory");
}

static void only_a_devpts(void)
{
    begin();
    OP(&b, mount, .type = "tmpfs", .target = "/dev/pts");
    OP(&b, make_device, .path = "/dev/pts/ptmx", .mode = S_IFCHR | 0666, .major = 5, .minor = 2);
    uint32_t op = OP(&b, open_console);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_PTY, ENODEV), "ptmx outside a devpts");

    begin();
    uint32_t slot = plan_slot(&b, -1);
    OP(&b, open_tree, .tree = slot, .path = "/dev/zero", .propagation = MS_PRIVATE);
    OP(&b, attach, .tree = slot, .target = "/dev/pts/ptmx");
    op = OP(&b, open_console);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_PTY, ENODEV), "something mounted on ptmx");
}

void test_console(void)
{
    test("console becomes the terminal", becomes_the_terminal);
    test("console becomes the controlling terminal only where requested", controls_only_when_told);
    test("console before pivot", before_pivot);
    test("/dev/console is not followed", console_is_not_followed);
    test("terminals come from a devpts only", only_a_devpts);
}
