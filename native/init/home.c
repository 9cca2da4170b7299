/* FIND_HOME: looks up the user's home directory in the container's /etc/passwd. The container controls that file, so it is opened inside the root and with
 * the user's permissions. */
#include "init.h"
#include <string.h>

#define LARGEST_PASSWD (1 << 20)

/* -1 if there is none that can be read. */
static int open_passwd(struct stat *found)
{
    int node = open_below("/etc/passwd", O_PATH, 0);
    return node < 0 ? -1 : open_data(node, found);
}

/* Field `index` of the line from `line` to `end`; NULL if there are fewer fields. */
static const char *field(const char *line, const char *end, int index, size_t *length)
{
    for (; index > 0; index--) {
        line = memchr(line, ':', (size_t)(end - line));
        if (line == NULL)
            return NULL;
        line++;
    }
    const char *colon = memchr(line, ':', (size_t)(end - line));
    *length = (size_t)((colon == NULL ? end : colon) - line);
    return line;
}

static bool is_number(const char *text, size_t length, uint64_t number)
{
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || value > UINT32_MAX)
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    return length > 0 && value == number;
}

static const char *find_home(const char *text, size_t size, uint64_t uid, size_t *length)
{
    const char *end = text + size;
    for (const char *line = text; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *line_end = newline == NULL ? end : newline;
        const char *id = field(line, line_end, 2, length);
        if (id != NULL && is_number(id, *length, uid)) {
            const char *home = field(line, line_end, 5, length);
            return home != NULL && *length > 0 && memchr(home, '\0', *length) == NULL ? home : NULL;
        }
        line = line_end + 1;
    }
    return NULL;
}

/* Up to its initial size, and no more than is reasonable. */
static size_t read_all(int fd, char *text, size_t limit)
{
    size_t size = 0;
    ssize_t length;
    while (size < limit && (length = read(fd, text + size, limit - size)) > 0)
        size += (size_t)length;
    return size;
}

void op_find_home(const struct op_find_home *op)
{
    static const char name[] = "HOME=";
    struct stat status;
    set_fsids((uid_t)op->uid, (gid_t)op->gid);
    int fd = open_passwd(&status);
    restore_fsids();
    if (fd < 0)
        return;
    size_t limit = status.st_size < LARGEST_PASSWD ? (size_t)status.st_size : LARGEST_PASSWD;
    char *variable = map_memory(sizeof name + 2 * limit);
    char *text = variable + sizeof name + limit;
    size_t length;
    const char *home = find_home(text, read_all(fd, text, limit), op->uid, &length);
    if (home == NULL)
        return;
    memcpy(stpcpy(variable, name), home, length);
    init.envp[op->variable] = variable;
}
