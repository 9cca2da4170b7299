/* The way without pivot_root(2), for a host that runs from its initramfs: the root is moved over "/". The mounts of the host would stay below, out of sight and
 * of use: the kernel lets a user namespace mount a procfs or sysfs of its own when it finds one in the mount namespace that nothing hides. So all of them are
 * detached first; what is left is the initramfs itself, which nobody can unmount. */
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

static uint64_t number(char **at)
{
    uint64_t value = 0;
    for (; **at >= '0' && **at <= '9'; ++*at)
        value = value * 10 + (uint64_t)(**at - '0');
    while (**at == ' ')
        ++*at;
    return value;
}

/* Space, tab, newline and backslash stand as \040 and the like. */
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
    row->id = number(&line);
    row->parent = number(&line);
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
    int fd = need(openat(init.proc_fd, "self/mountinfo", O_RDONLY | O_NOCTTY | O_CLOEXEC), LADE_STAGE_MOVE);
    while (size < TABLE_SIZE - 1 && (length = need(read(fd, table->text + size, TABLE_SIZE - 1 - size), LADE_STAGE_MOVE)) > 0)
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

/* The container's are the root and what hangs on it, directly or not. */
static void mark(struct table *table, uint64_t root)
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

void move_over_top(int old, int root, bool shared)
{
    struct table *table = map_memory(sizeof *table);
    /* On a shared "/" the container's root would come to lie on the host's too. */
    if (shared)
        make_parent_private(old);
    uint64_t id = mount_id(root);
    if (!init.root_over_top)
        need(sys_move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH), LADE_STAGE_MOVE);

    /* From the old root's own directory, where the new one does not lie in between. A slave tells nobody of it. Each takes all with it that is mounted below,
     * so that of most the name leads to nothing any more. */
    set_attributes(old, 0, 0, MS_SLAVE, true);
    read_table(table);
    mark(table, id);
    need(fchdir(old), LADE_STAGE_NONE);
    for (size_t i = 0; i < table->count; i++)
        if (is_host_mount(&table->rows[i]) && umount2(table->rows[i].point + 1, MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL && errno != ENOENT)
            fail(LADE_STAGE_MOVE);

    read_table(table);
    mark(table, id);
    for (size_t i = 0; i < table->count; i++)
        if (is_host_mount(&table->rows[i])) {
            struct iovec text = text_of(table->rows[i].point);
            fail_text(LADE_STAGE_MOVE, EBUSY, &text, 1);
        }
    need(fchdir(root), LADE_STAGE_NONE);
    need(chroot("."), LADE_STAGE_NONE);
}
