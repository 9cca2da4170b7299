/* Mounts, masks, devices, links, and attacks on their targets. */
#include "harness.h"
#include "tests.h"
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define RDONLY 1u
#define NOSUID 2u
#define NODEV 4u
#define NOEXEC 8u

static struct builder b;
static struct run run;

static void begin(void)
{
    plan_begin(&b);
    run = fresh_run;
    plan_root(&b, root_path);
}

static void finish(const char *script)
{
    plan_program(&b, script);
    run_plan(&b, &run);
}

static void expect(const char *script, const char *output)
{
    finish(script);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, output) == 0, "%s", run.output);
}

/* A file containing `text`, or a directory, on the host. */
static const char *host_path(const char *name)
{
    static char path[4][512];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s.host/%s", root_path, name);
    return path[next];
}

static bool host_has(const char *name)
{
    struct stat status;
    return lstat(host_path(name), &status) == 0;
}

static bool root_has(const char *name)
{
    char path[512];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", root_path, name);
    return lstat(path, &status) == 0;
}

static void make_host(void)
{
    shell("rm -rf '%s.host'; mkdir -p '%s.host/volume/sub'; echo inside > '%s.host/volume/file'; echo text > '%s.host/single'", root_path, root_path,
        root_path, root_path);
}

/* Opens and attaches a source. */
#define RECURSIVE 1u
#define NO_FOLLOW 2u
#define IN_PROC 4u

static void bind_mount(const char *source, const char *target, unsigned how, uint64_t attributes)
{
    uint32_t slot = plan_slot(&b, -1);
    OP(&b, open_tree, .recursive = (how & RECURSIVE) != 0, .no_follow = (how & NO_FOLLOW) != 0, .tree = slot, .path = source, .propagation = MS_PRIVATE);
    if (attributes != 0)
        OP(&b, set_tree_attributes, .recursive = (how & RECURSIVE) != 0, .tree = slot, .set = attributes);
    OP(&b, attach, .in_proc = (how & IN_PROC) != 0, .no_follow = (how & NO_FOLLOW) != 0, .tree = slot, .target = target);
}

static void binds(void)
{
    make_host();
    begin();
    bind_mount(host_path("volume"), "/data/deep/er", RECURSIVE, 0);
    bind_mount(host_path("single"), "/etc/new/file", 0, RDONLY);
    bind_mount(host_path("volume"), "relative/./path", RECURSIVE, RDONLY | NOEXEC | NODEV);
    expect("cat /data/deep/er/file /etc/new/file; echo w > /data/deep/er/w; echo w > /etc/new/file; echo w > /relative/path/x; grep -c 'relative/path ro,nodev,noexec' "
           "/proc/self/mountinfo; stat -c %a /data /etc/new",
        "inside\ntext\nsh: can't create /etc/new/file: Read-only file system\nsh: can't create /relative/path/x: Read-only file system\n1\n755\n755\n");
    CHECK(host_has("volume/w"), "written through");
}

static void masks(void)
{
    shell("mkdir -p '%s/secret/dir' '%s/other'; echo s > '%s/secret/file'; echo s > '%s/secret/dir/x'", root_path, root_path, root_path, root_path);
    begin();
    const char *paths[] = { "/secret/file", "/secret/dir", "/other", "/absent/one", "/secret/file/below", "/secret/dir", "/secret/file", "/proc/keys", "/proc/bus" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        OP(&b, mask_path, .path = paths[i]);
    expect("cat /secret/file /proc/keys; ls /secret/dir /other; echo x > /other/x; stat -c %t,%T /secret/file; "
           "[ $(stat -c %d /secret/dir) = $(stat -c %d /other) ] && echo shared; mount | grep -c 'other type tmpfs (ro,nosuid,nodev,noexec'",
        "/other:\n\n/secret/dir:\nsh: can't create /other/x: Read-only file system\n1,3\nshared\n1\n");
}

static void mask_needs_the_null_device(void)
{
    /* Another file mounted over /dev/null in init's namespace, as if the node had been replaced (CVE-2025-31133). */
    make_host();
    begin();
    plan_truncate(&b, 1); /* propagation only */
    uint32_t slot = plan_slot(&b, -1);
    OP(&b, open_tree, .tree = slot, .path = host_path("single"), .propagation = MS_PRIVATE);
    OP(&b, attach, .tree = slot, .target = "/dev/null");
    uint32_t op = OP(&b, open_null);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_DEVICE_NULL, ENODEV), "a file is not the device");
}

static void readonly_paths(void)
{
    shell("mkdir -p '%s/ro/sub'", root_path);
    begin();
    OP(&b, mount, .type = "tmpfs", .source = "tmpfs", .attributes = NOSUID | NOEXEC, .target = "/ro/sub");
    OP(&b, readonly_path, .path = "/ro");
    OP(&b, readonly_path, .path = "/absent");
    OP(&b, readonly_path, .path = "/proc/sys");
    expect("echo x > /ro/x; echo x > /ro/sub/x; echo 1 > /proc/sys/kernel/domainname; grep -o '/ro/sub ro,nosuid,noexec' /proc/self/mountinfo",
        "sh: can't create /ro/x: Read-only file system\nsh: can't create /ro/sub/x: Read-only file system\n"
        "sh: can't create /proc/sys/kernel/domainname: Read-only file system\n/ro/sub ro,nosuid,noexec\n");
}

static void devices(void)
{
    shell("mkdir '%s/nodes'; mknod -m 600 '%s/nodes/again' c 1 5; mknod '%s/nodes/other' c 1 5", root_path, root_path, root_path);
    begin();
    mode_t before = umask(077);
    OP(&b, make_device, .path = "/dev/sub/full", .mode = S_IFCHR | 0666, .major = 1, .minor = 7, .uid = 3, .gid = 4);
    OP(&b, make_device, .path = "/dev/disk", .mode = S_IFBLK | 01640, .major = 259, .minor = 70000);
    OP(&b, make_device, .path = "/dev/pipe", .mode = S_IFIFO | 0622);
    OP(&b, make_device, .path = "/nodes/again", .mode = S_IFCHR | 0646, .major = 1, .minor = 5, .uid = 7, .gid = 8);
    OP(&b, make_device, .path = "/nodes/again", .mode = S_IFCHR | 0646, .major = 1, .minor = 5, .uid = 7, .gid = 8);
    expect("stat -c '%n %F %a %u:%g %t,%T' /dev/sub/full /dev/disk /dev/pipe /nodes/again; stat -c %a /dev/sub",
        "/dev/sub/full character special file 666 3:4 1,7\n/dev/disk block special file 1640 0:0 103,11170\n/dev/pipe fifo 622 0:0 0,0\n"
        "/nodes/again character special file 646 7:8 1,5\n755\n");
    umask(before);

    begin();
    uint32_t op = OP(&b, make_device, .path = "/nodes/other", .mode = S_IFCHR | 0666, .major = 1, .minor = 3);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_TARGET, EEXIST), "another device in its place");

    shell("rm '%s/nodes/other'; ln -s /dev/null '%s/nodes/other'", root_path, root_path);
    begin();
    op = OP(&b, make_device, .path = "/nodes/other", .mode = S_IFCHR | 0666, .major = 1, .minor = 3);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_TARGET, EEXIST), "a link in its place (CVE-2026-88265)");
}

static void symlinks(void)
{
    shell("mkdir '%s/links'; ln -s old '%s/links/there'; ln -s old '%s/links/replaced'; touch '%s/links/file'", root_path, root_path, root_path, root_path);
    begin();
    OP(&b, make_symlink, .path = "/links/new/one", .target = "/target");
    OP(&b, make_symlink, .path = "/links/there", .target = "new");
    OP(&b, make_symlink, .replace = 1, .path = "/links/replaced", .target = "new");
    OP(&b, make_symlink, .replace = 1, .path = "/links/file", .target = "new");
    OP(&b, make_symlink, .path = "/links/core", .target = "/proc/version", .only_if_exists = "/proc/version");
    OP(&b, make_symlink, .path = "/links/no", .target = "/proc/none", .only_if_exists = "/proc/none");
    expect("cd /links; for l in new/one there replaced file core; do readlink $l; done; ls", "/target\nold\nnew\nnew\n/proc/version\ncore\nfile\nnew\nreplaced\nthere\n");
}

static void copy_up(void)
{
    shell("cd '%s'; mkdir -p full/a/b/c; echo one > full/a/one; echo two > full/a/b/two; chown 11:12 full/a/one; chmod 4750 full/a/one; ln -s ../one full/a/b/link; "
          "mknod -m 666 full/a/node c 1 3; mkfifo full/pipe; chmod 1777 full; chown 5:6 full; touch -d '2001-02-03 04:05:06Z' full/a; : > full/empty; "
          "dd if=/dev/zero of=full/big bs=1M count=3 2>/dev/null",
        root_path);
    char path[512];
    snprintf(path, sizeof path, "%s/full/a/one", root_path);
    /* cap_net_raw+ep */
    const unsigned char capability[20] = { 1, 0, 0, 2, 0, 0x20 };
    if (setxattr(path, "security.capability", capability, sizeof capability, 0) != 0)
        abort();
    begin();
    b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    OP(&b, mount, .copy_up = 1, .inherit_mode = 1, .type = "tmpfs", .source = "tmpfs", .attributes = RDONLY | NOSUID, .target = "/full");
    OP(&b, mount, .copy_up = 1, .inherit_mode = 1, .type = "tmpfs", .source = "tmpfs", .options = VEC(&b, "size", "64k"), .target = "/fresh");
    int saved = dup(0);
    expect("cd /full; stat -c '%n %a %u:%g %F' . a/one a/b/link a/node pipe empty a/b/c; cat a/b/link a/b/two; stat -c %s big; stat -c %Y a; stat -fc %T .; echo x > y; ls /fresh",
        ". 1777 5:6 directory\na/one 4750 11:12 regular file\na/b/link 777 0:0 symbolic link\na/node 666 0:0 character special file\npipe 644 0:0 fifo\n"
        "empty 644 0:0 regular empty file\na/b/c 755 0:0 directory\none\ntwo\n3145728\n981173106\ntmpfs\nsh: can't create y: Read-only file system\n");
    close(saved);

    begin();
    b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    uint32_t op = OP(&b, mount, .copy_up = 1, .type = "tmpfs", .options = VEC(&b, "size", "1m"), .target = "/full");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_COPY_UP, ENOSPC), "no room");
    CHECK(strcmp(run.text, "big") == 0, "%s", run.text);
}

static bool kept_capability;

static void look_at_copy(struct run *r, uint64_t what)
{
    (void)what;
    char path[512], value[64];
    snprintf(path, sizeof path, "/proc/%d/root/full/one", r->pid);
    kept_capability = getxattr(path, "security.capability", value, sizeof value) == 20;
}

static void copy_up_keeps_file_capabilities(void)
{
    char path[512];
    shell("mkdir '%s/full'; : > '%s/full/one'", root_path, root_path);
    snprintf(path, sizeof path, "%s/full/one", root_path);
    const unsigned char capability[20] = { 1, 0, 0, 2, 0, 0x20 };
    if (setxattr(path, "security.capability", capability, sizeof capability, 0) != 0)
        abort();
    begin();
    b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    OP(&b, mount, .copy_up = 1, .type = "tmpfs", .target = "/full");
    OP(&b, pivot_root);
    OP(&b, sync, .point = LADE_SYNC_READY);
    plan_shell(&b, "true");
    run.on_sync = look_at_copy;
    run_plan(&b, &run);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(kept_capability, "security.capability");
}

static void inherits_the_mode(void)
{
    shell("mkdir -m 1757 '%s/sticky'", root_path);
    begin();
    OP(&b, mount, .inherit_mode = 1, .type = "tmpfs", .target = "/sticky");
    OP(&b, mount, .inherit_mode = 1, .type = "tmpfs", .target = "/made");
    expect("stat -c %a /sticky /made", "1757\n1777\n");
}

static void mount_errors_speak(void)
{
    begin();
    uint32_t op = OP(&b, mount, .type = "tmpfs", .options = VEC(&b, "size", "many"), .target = "/tmp");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_FSCONFIG, EINVAL), "bad value");
    CHECK(strcmp(run.text, "size=many: tmpfs: Bad value for 'size'") == 0, "%s", run.text);

    begin();
    op = OP(&b, mount, .type = "tmpfs", .options = VEC(&b, "bogus", ""), .target = "/tmp");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_FSCONFIG, EINVAL), "unknown flag");
    CHECK(strcmp(run.text, "bogus: tmpfs: Unknown parameter 'bogus'") == 0, "%s", run.text);

    begin();
    OP(&b, mount, .optional_flags = 1, .type = "tmpfs", .options = VEC(&b, "bogus", "", "size", "1m"), .target = "/tmp");
    expect("echo fine", "fine\n");

    begin();
    op = OP(&b, mount, .optional_flags = 1, .type = "tmpfs", .options = VEC(&b, "bogus", "", "nonsense", "1"), .target = "/tmp");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_FSCONFIG, EINVAL), "key with a value is not optional");
    CHECK(strcmp(run.text, "nonsense=1: tmpfs: Unknown parameter 'nonsense'") == 0, "%s", run.text);

    char longest[301];
    memset(longest, 'x', 300);
    longest[300] = '\0';
    begin();
    op = OP(&b, mount, .type = "overlay", .options = VEC(&b, "lowerdir", longest), .target = "/tmp");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_FSCONFIG, EINVAL), "value too long");
    CHECK(strstr(run.text, "longer than the 255 bytes") != NULL, "%s", run.text);

    begin();
    op = OP(&b, mount, .type = "nofs", .target = "/tmp");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_FSOPEN, ENODEV), "unknown file system");

    begin();
    op = OP(&b, mount, .type = "overlay", .options = VEC(&b, "lowerdir", "/absent"), .target = "/tmp");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_FSCONFIG, ENOENT) || run.error.stage == LADE_STAGE_FSCONFIG, "kernel's text: %s", run.text);

    begin();
    uint32_t slot = plan_slot(&b, -1);
    op = OP(&b, open_tree, .tree = slot, .path = "/absent");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_SOURCE, ENOENT), "absent source");

    shell(": > '%s/plain'", root_path);
    begin();
    op = OP(&b, mount, .type = "tmpfs", .target = "/plain");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_TARGET, ENOTDIR), "directory on file");

    begin();
    op = OP(&b, mount, .type = "tmpfs", .target = "/plain/below");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_TARGET, ENOTDIR), "below a file");

    begin();
    op = OP(&b, mount, .type = "tmpfs", .target = "/nothing/../tmp");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_TARGET, ENOENT), "\"..\" of what is missing");
    CHECK(!root_has("nothing"), "nothing is made");
}

static void propagation(void)
{
    const char *line = "for m in shared slave private unbindable rshared; do echo $m $(grep \" /p/$m \" /proc/self/mountinfo | tr ' ' '\\n' | grep -oE '^(shared|master|unbindable)'); done";
    struct {
        const char *name;
        uint64_t flag;
    } kinds[] = { { "shared", MS_SHARED }, { "slave", MS_SLAVE }, { "private", MS_PRIVATE }, { "unbindable", MS_UNBINDABLE }, { "rshared", MS_SHARED | MS_REC } };
    begin();
    for (size_t i = 0; i < 5; i++) {
        char path[64];
        snprintf(path, sizeof path, "/p/%s", kinds[i].name);
        OP(&b, mount, .type = "tmpfs", .target = path, .propagation = kinds[i].flag);
    }
    expect(line, "shared shared\nslave\nprivate\nunbindable unbindable\nrshared shared\n");

    /* Clones of a mount that is shared with the host side of this test. */
    make_host();
    const char *source = host_path("volume");
    if (mount("tmpfs", source, "tmpfs", 0, NULL) != 0 || mount(NULL, source, NULL, MS_SHARED, NULL) != 0)
        abort();
    uint64_t wanted[] = { MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE };
    begin();
    for (size_t i = 0; i < 4; i++) {
        char path[64];
        snprintf(path, sizeof path, "/p/%s", kinds[i].name);
        uint32_t slot = plan_slot(&b, -1);
        OP(&b, open_tree, .recursive = 1, .tree = slot, .path = source, .propagation = wanted[i]);
        OP(&b, attach, .tree = slot, .target = path);
    }
    /* "/" was made a slave first: a slave can be made shared again, and remains a slave of the host. */
    uint32_t slot = plan_slot(&b, -1);
    OP(&b, open_tree, .recursive = 1, .tree = slot, .path = source, .propagation = MS_SLAVE);
    OP(&b, set_tree_attributes, .recursive = 1, .tree = slot, .propagation = MS_SHARED);
    OP(&b, attach, .tree = slot, .target = "/p/rshared");
    expect(line, "shared shared master\nslave master\nprivate\nunbindable unbindable\nrshared shared master\n");
    umount2(source, MNT_DETACH);
}

static void root_propagation(void)
{
    begin();
    OP(&b, pivot_root, .propagation = MS_SHARED | MS_REC);
    OP(&b, set_target_attributes, .target = "/proc", .propagation = MS_PRIVATE);
    plan_shell(&b, "grep -cE '^([^ ]+ ){4}(/|/dev/pts|/proc) .*shared' /proc/self/mountinfo");
    run_plan(&b, &run);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, "2\n") == 0, "%s", run.output);

    /* The host's whole tree is shared with init's namespace: attaching the root and pivoting must not propagate. */
    static char before[65536], after[65536];
    make_host();
    const char *shared = host_path("volume");
    if (mount("tmpfs", shared, "tmpfs", 0, NULL) != 0 || mount(NULL, shared, NULL, MS_SHARED, NULL) != 0)
        abort();
    shell("cp -a '%s/.' '%s/'", root_path, shared);
    /* An unmount propagates through the shared parent: the inner mount would disappear from the host with the old root. */
    const char *outer = host_path("outer"), *inner = host_path("outer/inner");
    shell("mkdir '%s'", outer);
    if (mount("tmpfs", outer, "tmpfs", 0, NULL) != 0 || mount(NULL, outer, NULL, MS_SHARED, NULL) != 0 || mkdir(inner, 0755) != 0
        || mount("tmpfs", inner, "tmpfs", 0, NULL) != 0)
        abort();
    plan_begin(&b);
    run = fresh_run;
    plan_root(&b, shared);
    /* SET_PROPAGATION is the first. */
    *(uint32_t *)(b.ops + sizeof(struct lade_op)) = MS_SHARED | MS_REC;
    read_file("/proc/self/mountinfo", before, sizeof before);
    finish("cat /proc/self/mountinfo");
    read_file("/proc/self/mountinfo", after, sizeof after);
    umount2(shared, MNT_DETACH);
    umount2(outer, MNT_DETACH);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(before, after) == 0, "%s", after);
}

static void without_pivot(void)
{
    begin();
    OP(&b, pivot_root, .no_pivot = 1);
    bind_mount("/", "/nothing", 0, 0);
    plan_truncate(&b, b.op_count - 2);
    OP(&b, mount, .type = "tmpfs", .target = "/tmp");
    OP(&b, change_directory, .path = "/tmp");
    plan_shell(&b, "ls /; ls /..; pwd; stat -fc %T .");
    run_plan(&b, &run);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, "bin\ndev\nproc\ntmp\nbin\ndev\nproc\ntmp\n/tmp\ntmpfs\n") == 0, "%s", run.output);
}

static void chroot_without_a_mount_namespace(void)
{
    static char before[65536], after[65536];
    plan_begin(&b);
    run = fresh_run;
    run.clone_flags = CLONE_NEWPID;
    OP(&b, change_root, .path = root_path);
    OP(&b, change_directory, .path = "/made/here");
    plan_shell(&b, "pwd; ls /; echo $$");
    read_file("/proc/self/mountinfo", before, sizeof before);
    run_plan(&b, &run);
    read_file("/proc/self/mountinfo", after, sizeof after);
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, "/made/here\nbin\nmade\nproc\ntmp\n1\n") == 0, "%s", run.output);
    CHECK(strcmp(before, after) == 0, "%s", after);
}

static void remounts(void)
{
    begin();
    OP(&b, mount, .type = "tmpfs", .options = VEC(&b, "size", "1m"), .target = "/tmp");
    OP(&b, remount, .superblock = 1, .target = "/tmp", .options = VEC(&b, "size", "2m"), .set = NOSUID | NOEXEC);
    OP(&b, set_target_attributes, .target = "/tmp", .set = NODEV, .clear = NOSUID);
    OP(&b, set_target_attributes, .recursive = 1, .target = "/", .set = RDONLY);
    expect("mount | grep -E 'on /(tmp|dev) '; echo x > /x; true", "tmpfs on /dev type tmpfs (ro,nosuid,relatime,size=65536k,mode=755)\n"
        "none on /tmp type tmpfs (ro,nodev,noexec,relatime,size=2048k)\nsh: can't create /x: Read-only file system\n");

    begin();
    uint32_t op = OP(&b, set_target_attributes, .target = "/bin", .set = RDONLY);
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_ATTRIBUTES, EINVAL), "not a mount");
}

static void make_directories(void)
{
    begin();
    OP(&b, make_directory, .path = "/x/y/z/", .mode = 01777);
    OP(&b, make_directory, .path = "/x", .mode = 0700);
    expect("stat -c %a /x /x/y /x/y/z", "1777\n1777\n1777\n");
}

static void idmapped_mount(void)
{
    make_host();
    int pipes[2];
    if (pipe(pipes) != 0)
        abort();
    pid_t helper = fork();
    if (helper == 0) {
        char c;
        close(pipes[1]);
        unshare(CLONE_NEWUSER);
        kill(getpid(), SIGSTOP);
        _exit(read(pipes[0], &c, 1) != 0);
    }
    close(pipes[0]);
    waitpid(helper, NULL, WUNTRACED);
    shell("echo '0 5000 1000' > /proc/%d/uid_map; echo '0 5000 1000' > /proc/%d/gid_map", helper, helper);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/user", helper);
    int ns = open(path, O_RDONLY | O_CLOEXEC);
    kill(helper, SIGCONT);
    close(pipes[1]);
    waitpid(helper, NULL, 0);

    begin();
    uint32_t slot = plan_slot(&b, -1);
    uint32_t user = plan_slot(&b, ns);
    OP(&b, open_tree, .recursive = 1, .tree = slot, .path = host_path("volume"), .propagation = MS_PRIVATE);
    OP(&b, map_tree_ids, .recursive = 1, .tree = slot, .namespace = user);
    OP(&b, attach, .tree = slot, .target = "/data");
    expect("stat -c %u:%g /data/file", "5000:5000\n");
    close(ns);
}

/* --- attacks --- */

static void proc_must_be_ordinary(void)
{
    const char *what[] = { "ln -s /tmp proc", "ln -s ../../../../../../tmp proc", ": > proc", "ln -s absent proc", "ln -s /proc/self/root proc" };
    for (size_t i = 0; i < sizeof what / sizeof *what; i++) {
        shell("cd '%s'; rm -rf proc; %s", root_path, what[i]);
        begin();
        finish("true");
        CHECK(run.failed && run.error.op == 4 && run.error.stage == LADE_STAGE_NOT_DIRECTORY, "%s: stage %u error %d", what[i], run.error.stage, run.error.error);
        CHECK(!root_has("absent"), "nothing is made");
    }
    shell("cd '%s'; rm -rf proc; mkdir -p elsewhere; ln -s elsewhere sys", root_path);
    begin();
    uint32_t op = OP(&b, mount, .no_symlinks = 1, .type = "sysfs", .source = "sysfs", .attributes = RDONLY, .target = "/sys");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_NOT_DIRECTORY, ELOOP), "/sys");
    begin();
    op = OP(&b, mount, .no_symlinks = 1, .type = "sysfs", .source = "sysfs", .attributes = RDONLY, .target = "/sys/below");
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_NOT_DIRECTORY, ELOOP), "/sys/below");
    CHECK(!root_has("elsewhere/below"), "nothing is made");
    shell("rm '%s/sys'", root_path);
    begin();
    OP(&b, mount, .no_symlinks = 1, .type = "sysfs", .source = "sysfs", .attributes = RDONLY | NOSUID, .target = "/sys");
    expect("stat -fc %T /sys /proc", "sysfs\nproc\n");
}

static void nothing_inside_proc(void)
{
    make_host();
    const char *targets[] = { "/proc/sys/kernel", "/proc/self/attr", "/proc/version", "/alias", "/proc/1" };
    shell("ln -s /proc/sys/kernel '%s/alias'", root_path);
    for (size_t i = 0; i < 5; i++) {
        bool file = strcmp(targets[i], "/proc/version") == 0;
        begin();
        bind_mount(host_path(file ? "single" : "volume"), targets[i], 0, 0);
        uint32_t op = b.op_count - 1;
        finish("true");
        CHECK(failed_with(&run, op, LADE_STAGE_INSIDE_PROC, EPERM), "%s", targets[i]);
    }
    begin();
    uint32_t op = OP(&b, mount, .type = "tmpfs", .target = "/proc/scsi");
    finish("true");
    CHECK(run.failed && run.error.op == op && (run.error.stage == LADE_STAGE_INSIDE_PROC || run.error.stage == LADE_STAGE_TARGET), "tmpfs");
    begin();
    bind_mount(host_path("single"), "/proc/version", IN_PROC, 0);
    expect("cat /proc/version", "text\n");
    begin();
    OP(&b, mount, .no_symlinks = 1, .type = "proc", .source = "second", .attributes = RDONLY, .target = "/proc");
    expect("mount | grep -c '^second on /proc type proc (ro'", "1\n");
}

static void links_stay_inside(void)
{
    make_host();
    char outside[512];
    snprintf(outside, sizeof outside, "%s.host/evil", root_path);
    shell("cd '%s'; ln -s '%s' absolute; ln -s ../../../../../../../../../../../../..%s relative; ln -s /run/deep var; ln -s loop2 loop1; ln -s loop1 loop2; "
          "mkdir -p a/b; ln -s ../../c a/b/up; ln -s one chain; ln -s two one; ln -s three/four two; ln -s /a/none/../x bad",
        root_path, outside, outside);
    begin();
    bind_mount(host_path("volume"), "/absolute/x", 0, 0);
    bind_mount(host_path("single"), "/relative/file", 0, 0);
    bind_mount(host_path("volume"), "/var/lib", 0, 0);
    bind_mount(host_path("volume"), "/a/b/up/d", 0, 0);
    bind_mount(host_path("single"), "/chain", 0, 0);
    bind_mount(host_path("volume"), "/a/b/../../dotdot", 0, 0);
    bind_mount(host_path("volume"), "/../../../dotted", 0, 0);
    OP(&b, make_symlink, .path = "/absolute/link", .target = "x");
    OP(&b, make_device, .path = "/relative/null", .mode = S_IFCHR | 0666, .major = 1, .minor = 3);
    OP(&b, make_directory, .path = "/relative/directory", .mode = 0755);
    finish("cat /run/deep/lib/file /c/d/file /three/four /dotdot/file /dotted/file; test -d /absolute/directory && cat /absolute/file");
    CHECK(succeeded(&run), "%s", run.output);
    CHECK(strcmp(run.output, "inside\ninside\ntext\ninside\ninside\ntext\n") == 0, "%s", run.output);
    CHECK(!host_has("evil"), "the host has got %s", outside);

    begin();
    bind_mount(host_path("volume"), "/loop1/x", 0, 0);
    uint32_t op = b.op_count - 1;
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_TARGET, ELOOP), "loop");

    begin();
    bind_mount(host_path("volume"), "/bad", 0, 0);
    op = b.op_count - 1;
    finish("true");
    CHECK(failed_with(&run, op, LADE_STAGE_TARGET, ENOENT), "link through nothing");

    const char *magic[] = { "/proc/self/root/tmp", "/proc/self/cwd", "/proc/self/fd/0", "/proc/self/exe" };
    for (size_t i = 0; i < 4; i++) {
        begin();
        bind_mount(host_path("volume"), magic[i], IN_PROC, 0);
        op = b.op_count - 1;
        finish("true");
        CHECK(failed_with(&run, op, LADE_STAGE_TARGET, ELOOP), "%s", magic[i]);
    }
}

static void nofollow_target(void)
{
    make_host();
    shell("ln -s bin '%s/link'; ln -s single '%s.host/source'", root_path, root_path);
    begin();
    bind_mount(host_path("source"), "/link", NO_FOLLOW, 0);
    expect("readlink /link; ls /bin | head -n1", "single\nbusybox\n");
}

/* CVE-2026-41579, CVE-2026-47766: everything in /dev would be created on the host. */
static void dev_is_a_link(void)
{
    make_host();
    char outside[512];
    snprintf(outside, sizeof outside, "%s.host/evil", root_path);
    shell("mkdir '%s'; ln -s '%s' '%s/dev'", outside, outside, root_path);
    begin();
    OP(&b, make_symlink, .replace = 1, .path = "/dev/ptmx", .target = "pts/ptmx");
    finish("ls -d /dev/null /dev/ptmx");
    CHECK(succeeded(&run), "%s", run.output);
    shell("test -z \"$(ls -A '%s')\"", outside);
}

/* CVE-2021-30465, CVE-2024-45310: a container that shares the volume swaps a directory and a link while targets are created below it. */
static void targets_are_swapped(void)
{
    make_host();
    char outside[512], directory[512], other[512];
    snprintf(outside, sizeof outside, "%s.host/evil", root_path);
    snprintf(directory, sizeof directory, "%s/swap", root_path);
    snprintf(other, sizeof other, "%s/link", root_path);
    shell("mkdir -p '%s' '%s'; ln -s '%s' '%s'", outside, directory, outside, other);
    pid_t attacker = fork();
    if (attacker == 0)
        for (;;)
            renameat2(AT_FDCWD, directory, AT_FDCWD, other, RENAME_EXCHANGE);
    int good = 0;
    for (int i = 0; i < 100; i++) {
        char path[64];
        begin();
        snprintf(path, sizeof path, "/swap/%d/deep/er", i);
        bind_mount(host_path("volume"), path, 0, 0);
        snprintf(path, sizeof path, "/swap/%d/file", i);
        bind_mount(host_path("single"), path, 0, 0);
        snprintf(path, sizeof path, "/swap/null%d", i);
        OP(&b, make_device, .path = path, .mode = S_IFCHR | 0666, .major = 1, .minor = 3);
        finish("true");
        good += !run.failed;
    }
    kill(attacker, SIGKILL);
    waitpid(attacker, NULL, 0);
    shell("test -z \"$(ls -A '%s')\"", outside);
    CHECK(good > 0, "the attack stops everything");
}

static void write_proc(void)
{
    char text[256];
    begin();
    b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    OP(&b, write_proc, .path = "self/oom_score_adj", .value = "123");
    OP(&b, write_proc, .path = "sys/kernel/domainname", .value = "written");
    expect("cat /proc/self/oom_score_adj /proc/sys/kernel/domainname", "123\nwritten\n");
    read_file("/proc/sys/kernel/domainname", text, sizeof text);
    CHECK(strcmp(text, "written\n") != 0, "%s", text);

    const struct {
        const char *path;
        int error;
    } bad[] = { { "../tmp/x", EXDEV }, { "/etc/passwd", EXDEV }, { "self/root/tmp", ELOOP }, { "self/fd/1", ELOOP }, { "sys/kernel/none", ENOENT } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int proc = b.proc_fd;
        begin();
        b.proc_fd = proc;
        uint32_t op = OP(&b, write_proc, .path = bad[i].path, .value = "1");
        finish("true");
        CHECK(failed_with(&run, op, LADE_STAGE_NONE, bad[i].error), "%s", bad[i].path);
    }
    close(b.proc_fd);

    /* Another file mounted over the one to be written (CVE-2025-52881). */
    make_host();
    int child = fork();
    if (child == 0) {
        unshare(CLONE_NEWNS);
        mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL);
        if (mount(host_path("single"), "/proc/sys/kernel/domainname", NULL, MS_BIND, NULL) != 0)
            _exit(1);
        begin();
        b.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        uint32_t op = OP(&b, write_proc, .path = "sys/kernel/domainname", .value = "1");
        finish("true");
        _exit(failed_with(&run, op, LADE_STAGE_NONE, EXDEV) ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    CHECK(status == 0, "fake file under /proc");
}

void test_filesystem(void)
{
    test("bind mounts create their targets", binds);
    test("masks", masks);
    test("masks use the real null device only", mask_needs_the_null_device);
    test("read-only paths", readonly_paths);
    test("devices", devices);
    test("symbolic links", symlinks);
    test("copy up", copy_up);
    test("copy up keeps file capabilities", copy_up_keeps_file_capabilities);
    test("mount inherits the mode", inherits_the_mode);
    test("mount errors include the kernel's message", mount_errors_speak);
    test("propagation of mounts", propagation);
    test("propagation of the root", root_propagation);
    test("no pivot", without_pivot);
    test("chroot without a mount namespace", chroot_without_a_mount_namespace);
    test("remounts", remounts);
    test("directories", make_directories);
    test("id-mapped mount", idmapped_mount);
    test("/proc and /sys must be ordinary directories", proc_must_be_ordinary);
    test("mounts inside /proc are refused", nothing_inside_proc);
    test("symbolic links stay inside the root", links_stay_inside);
    test("target is a symbolic link", nofollow_target);
    test("/dev is a symbolic link", dev_is_a_link);
    test("targets are swapped while being created", targets_are_swapped);
    test("writes to /proc", write_proc);
}
