/* The alternative to pivot_root(2) for a host that runs from its initramfs: the root is moved over "/". The host's mounts would remain below it, hidden but
 * not without effect: the kernel lets a user namespace mount procfs or sysfs if it finds an instance without overmounts in the mount namespace. So all of
 * them are detached first; only the initramfs itself, which cannot be unmounted, remains. */
#include "init.h"
#include <string.h>
#include <sys/mount.h>

#define TABLE_SIZE (4u << 20)
#define MOST_MOUNTS 16384

struct row {
    uint64_t id;
    uint64_t parent;
    char *point;
    bool of_container;
};

struct table {
    struct row rows[MOST_MOUNTS];
    size_t count;
    char text[TABLE_SIZE];
};

static uint64_t read_number(char **at)
{
    uint64_t value = 0;
    for (; **at >= '0' && **at <= '9'; ++*at)
        value = value * 10 + (uint64_t)(**at - '0');
    while (**at == ' ')
        ++*at;
    return value;
}

/* Space, tab, newline and backslash are escaped as \040 and so on (proc_pid_mountinfo(5)). */
static void unescape(char *text)
{
    char *to = text;
    for (; *text != '\0'; text++) {
        if (text[0] == '\\' && text[1] != '\0' && text[2] != '\0' && text[3] != '\0') {
            *to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
            text += 3;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

/* "id parent major:minor root point ..." */
static void add_row(struct table *table, char *line)
{
    if (table->count == MOST_MOUNTS)
        fail_with(LADE_STAGE_MOVE, E2BIG);
    struct row *row = &table->rows[table->count++];
    row->id = read_number(&line);
    row->parent = read_number(&line);
    for (int field = 0; field < 2; field++)
        line = strchr(line, ' ') == NULL ? line + strlen(line) : strchr(line, ' ') + 1;
    row->point = line;
    line[strcspn(line, " ")] = '\0';
    unescape(row->point);
}

static void read_table(struct table *table)
{
    size_t size = 0;
    ssize_t length;
    int fd = must(openat(init.proc_fd, "self/mountinfo", O_RDONLY | O_NOCTTY | O_CLOEXEC), LADE_STAGE_MOVE);
    while (size < TABLE_SIZE - 1 && (length = must(read(fd, table->text + size, TABLE_SIZE - 1 - size), LADE_STAGE_MOVE)) > 0)
        size += (size_t)length;
    if (size == TABLE_SIZE - 1)
        fail_with(LADE_STAGE_MOVE, E2BIG);
    table->text[size] = '\0';
    table->count = 0;
    for (char *line = table->text, *next; *line != '\0'; line = next) {
        next = strchr(line, '\n');
        next = next == NULL ? line + strlen(line) : next + 1;
        if (next[-1] == '\n')
            next[-1] = '\0';
        add_row(table, line);
    }
}

static struct row *find(struct table *table, uint64_t id)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].id == id)
            return &table->rows[i];
    return NULL;
}

/* The container's mounts are the root and everything below it. */
static void mark_container_mounts(struct table *table, uint64_t root)
{
    for (size_t i = 0; i < table->count; i++)
        table->rows[i].of_container = table->rows[i].id == root;
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < table->count; i++) {
            const struct row *parent = find(table, table->rows[i].parent);
            if (!table->rows[i].of_container && parent != NULL && parent->of_container)
                table->rows[i].of_container = again = true;
        }
    }
}

static bool is_host_mount(const struct row *row)
{
    return !row->of_container && strcmp(row->point, "/") != 0;
}

void move_root(int old, int root, bool shared)
{
    struct table *table = map_memory(sizeof *table);
    /* If "/" is shared, the move would propagate to the host. */
    if (shared)
        make_parent_private(old);
    uint64_t id = mount_id(root);
    if (!init.root_over_slash)
        must(sys_move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH), LADE_STAGE_MOVE);

    /* Paths relative to the old root, where the new one is not in the way. A slave does not propagate unmounts. Each unmount includes submounts, so most of
     * the later paths no longer exist. */
    set_attributes(old, 0, 0, MS_SLAVE, true);
    read_table(table);
    mark_container_mounts(table, id);
    must(fchdir(old), LADE_STAGE_NONE);
    for (size_t i = 0; i < table->count; i++)
        if (is_host_mount(&table->rows[i]) && umount2(table->rows[i].point + 1, MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL && errno != ENOENT)
            fail(LADE_STAGE_MOVE);

    read_table(table);
    mark_container_mounts(table, id);
    for (size_t i = 0; i < table->count; i++)
        if (is_host_mount(&table->rows[i])) {
            struct iovec text = to_iovec(table->rows[i].point);
            fail_text(LADE_STAGE_MOVE, EBUSY, &text, 1);
        }
    must(fchdir(root), LADE_STAGE_NONE);
    must(chroot("."), LADE_STAGE_NONE);
}
