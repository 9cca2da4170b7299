/* The plan as mapped memory: its structure is checked once, strings and vectors when they are used. */
#include "init.h"
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Fewer fit into any limit that lade itself can start with. */
#define MANY_SLOTS 128
/* Descriptors opened by operations between two calls of release(). */
#define OPERATION_DESCRIPTORS 128

#define LADE_LAYOUT(number, NAME, name, layout, size) [number] = layout,
#define LADE_NO_LAYOUT(number, ...) [number] = "\0",
static const char *const layouts[] = { LADE_OPERATIONS(LADE_LAYOUT, LADE_NO_LAYOUT) };

#define LADE_SIZE(number, NAME, name, layout, size) _Static_assert(sizeof(struct op_##name) == size, "decode() assumes the compiler's layout");
#define LADE_NO_SIZE(...)
LADE_OPERATIONS(LADE_SIZE, LADE_NO_SIZE)
_Static_assert(sizeof(struct lade_vector) == sizeof(struct lade_blob), "decoded alike");

static bool inside(uint64_t offset, uint64_t length)
{
    return offset != 0 && offset <= init.plan_size && length <= init.plan_size - offset;
}

void keep_descriptor(int fd)
{
    if (fd >= init.first_temporary_fd)
        init.first_temporary_fd = fd + 1;
}

/* Each bind source is an open descriptor until the root is changed: more than the usual limit of 1024. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    uint64_t wanted = init.first_temporary_fd + init.slot_count + OPERATION_DESCRIPTORS;
    if (init.slot_count < MANY_SLOTS)
        return;
    must(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit), LADE_STAGE_NONE);
    if (limit.rlim_cur >= wanted)
        return;
    init.descriptor_limit = limit.rlim_cur;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    must(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL), LADE_STAGE_NONE);
}

void restore_descriptor_limit(void)
{
    struct rlimit limit;
    if (init.descriptor_limit == 0)
        return;
    must(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit), LADE_STAGE_NONE);
    limit.rlim_cur = init.descriptor_limit;
    must(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL), LADE_STAGE_NONE);
    init.descriptor_limit = 0;
}

/* Checks that all operations are complete and known. Failures name the operation. */
static void check_operations(const struct lade_plan *plan)
{
    uint64_t offset = plan->ops;
    init.op = (const struct lade_op *)(init.plan + plan->ops);
    init.op_count = plan->op_count;
    for (; init.op_index < init.op_count; init.op_index++) {
        const struct lade_op *op = (const struct lade_op *)(init.plan + offset);
        if (offset % _Alignof(struct lade_op) != 0 || !inside(offset, sizeof *op) || op->size < sizeof *op || !inside(offset, op->size))
            fail_with(LADE_STAGE_PLAN, EINVAL);
        if (op->code >= sizeof layouts / sizeof *layouts || layouts[op->code] == NULL)
            fail_with(LADE_STAGE_PLAN, ENOSYS);
        offset += op->size;
    }
    init.op_index = 0;
}

void load_plan(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || status.st_size < (off_t)sizeof(struct lade_plan) || status.st_size > INT32_MAX)
        terminate(1);

    const struct lade_plan *plan = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (plan == MAP_FAILED)
        terminate(1);
    close(fd);

    init.plan = (const unsigned char *)plan;
    init.plan_size = (uint32_t)status.st_size;
    init.sync_fd = plan->sync_fd;
    init.proc_fd = plan->proc_fd;
    init.preserve_fds = plan->preserve_fds;

    if (plan->magic != LADE_PLAN_MAGIC || plan->version != LADE_PLAN_VERSION || plan->total_size != init.plan_size
        || plan->slot_count < LADE_FIRST_SLOT || plan->slot_count > LADE_MAX_SLOTS || plan->preserve_fds > 1u << 20
        || plan->slots % _Alignof(int32_t) != 0 || !inside(plan->slots, (uint64_t)plan->slot_count * sizeof(int32_t)))
        fail_with(LADE_STAGE_PLAN, EINVAL);

    init.slot_count = plan->slot_count;
    memcpy(init.slots, init.plan + plan->slots, plan->slot_count * sizeof(int32_t));
    keep_descriptor(init.sync_fd);
    keep_descriptor(init.proc_fd);
    for (uint32_t slot = 0; slot < init.slot_count; slot++)
        keep_descriptor(init.slots[slot]);
    check_operations(plan);
    raise_descriptor_limit();
}

const char *plan_string(uint32_t offset)
{
    if (!inside(offset, 1) || memchr(init.plan + offset, 0, init.plan_size - offset) == NULL)
        fail_with(LADE_STAGE_PLAN, EINVAL);
    return (const char *)init.plan + offset;
}

const char *plan_optional_string(uint32_t offset)
{
    return offset == 0 ? NULL : plan_string(offset);
}

/* A u32 count and that many items, decoded into a struct lade_vector or a struct lade_blob. */
static void decode_counted(uint32_t offset, uint32_t item_size, struct lade_vector *items)
{
    if (offset % 4 != 0 || !inside(offset, 4))
        fail_with(LADE_STAGE_PLAN, EINVAL);
    memcpy(&items->count, init.plan + offset, 4);
    if (!inside(offset, 4 + (uint64_t)items->count * item_size))
        fail_with(LADE_STAGE_PLAN, EINVAL);
    items->strings = (const uint32_t *)(init.plan + offset + 4);
}

static void check_slot(lade_slot slot)
{
    if (slot == LADE_NO_SLOT || slot >= init.slot_count)
        fail_with(LADE_STAGE_PLAN, EBADF);
}

const struct lade_op *next_operation(const struct lade_op *op)
{
    return (const struct lade_op *)((const unsigned char *)op + op->size);
}

/* Size in the plan. */
static size_t width_of(char form)
{
    return form == '8' ? sizeof(uint64_t) : sizeof(uint32_t);
}

/* Size in the structure, where more than 4 bytes are aligned to 8. */
static size_t size_of(char form)
{
    switch (form) {
    case '4': case 'i': case 'o':
        return sizeof(uint32_t);
    case 'v': case 'w': case 'b':
        return sizeof(struct lade_vector);
    default:
        return sizeof(uint64_t);
    }
}

static void decode_argument(char form, uint64_t value, unsigned char *to)
{
    struct lade_vector items = { NULL, 0 };
    const char *text = NULL;
    switch (form) {
    case 's': case 'p':
        text = plan_string((uint32_t)value);
        break;
    case 'z':
        text = plan_optional_string((uint32_t)value);
        break;
    case 'w':
        if (value == 0)
            break;
        /* fall through */
    case 'v':
        decode_counted((uint32_t)value, sizeof(uint32_t), &items);
        break;
    case 'b':
        decode_counted((uint32_t)value, 1, &items);
        break;
    case 'o':
        if (value == LADE_NO_SLOT)
            break;
        /* fall through */
    case 'i':
        check_slot((lade_slot)value);
        break;
    }
    if (form == 's' || form == 'p' || form == 'z')
        memcpy(to, &text, sizeof text);
    else if (size_of(form) == sizeof items)
        memcpy(to, &items, sizeof items);
    else
        memcpy(to, &value, size_of(form));
}

void decode(const struct lade_op *op, void *arguments)
{
    const char *layout = layouts[op->code];
    const unsigned char *from = (const unsigned char *)(op + 1);
    size_t left = op->size - sizeof *op;
    size_t at = 0;
    unsigned flags = (unsigned char)*layout++;
    if (flags < 32 && op->flags >> flags != 0)
        fail_with(LADE_STAGE_PLAN, EINVAL);
    if (flags != 0) {
        memcpy(arguments, &op->flags, sizeof op->flags);
        at = sizeof op->flags;
    }
    for (; *layout != '\0'; layout++) {
        uint64_t value = 0;
        size_t width = width_of(*layout), size = size_of(*layout);
        if (left < width)
            fail_with(LADE_STAGE_PLAN, EINVAL);
        memcpy(&value, from, width);
        from += width;
        left -= width;
        if (size > sizeof(uint32_t))
            at = (at + 7) & ~(size_t)7;
        decode_argument(*layout, value, (unsigned char *)arguments + at);
        at += size;
    }
    if (left != 0)
        fail_with(LADE_STAGE_PLAN, EINVAL);
}

const char *resolved_path(const struct lade_op *op)
{
    uint32_t offset;
    const unsigned char *at = (const unsigned char *)(op + 1);
    for (const char *layout = layouts[op->code] + 1; *layout != '\0'; at += width_of(*layout++))
        if (*layout == 'p') {
            if (at + sizeof offset > (const unsigned char *)next_operation(op))
                fail_with(LADE_STAGE_PLAN, EINVAL);
            memcpy(&offset, at, sizeof offset);
            return plan_string(offset);
        }
    return NULL;
}

int slot_fd(lade_slot slot)
{
    if (slot >= init.slot_count || init.slots[slot] < 0)
        fail_with(LADE_STAGE_PLAN, EBADF);
    return init.slots[slot];
}

void set_slot(lade_slot slot, int fd)
{
    if (slot >= init.slot_count)
        fail_with(LADE_STAGE_PLAN, EBADF);
    if (init.slots[slot] >= 0 && init.slots[slot] != fd)
        close(init.slots[slot]);
    init.slots[slot] = fd;
    keep_descriptor(fd);
}

void clear_slot(lade_slot slot)
{
    init.slots[slot] = -1;
}

char **fill_pointers(char **pointers, struct lade_vector strings)
{
    for (uint32_t i = 0; i < strings.count; i++)
        *pointers++ = (char *)plan_string(strings.strings[i]);
    *pointers++ = NULL;
    return pointers;
}

void *map_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail(LADE_STAGE_NONE);
    return memory;
}

struct iovec to_iovec(const char *string)
{
    return (struct iovec) { .iov_base = (char *)string, .iov_len = strlen(string) };
}

char *format_number(char *end, uint64_t number, unsigned base)
{
    *end = '\0';
    do
        *--end = (char)('0' + number % base);
    while ((number /= base) != 0);
    return end;
}

void fd_path(char path[FD_PATH_SIZE], int fd)
{
    char digits[12];
    strcpy(stpcpy(path, "self/fd/"), format_number(digits + sizeof digits - 1, (uint64_t)fd, 10));
}

void close_preserving_errno(int fd)
{
    int error = errno;
    close(fd);
    errno = error;
}

/* --- scrubbing --- */

static void keep(unsigned char *copy, uint32_t offset, size_t length)
{
    memcpy(copy + offset, init.plan + offset, length);
}

static void keep_string(unsigned char *copy, uint32_t offset)
{
    if (offset != 0)
        keep(copy, offset, strlen(plan_string(offset)) + 1);
}

static void keep_argument(unsigned char *copy, char form, uint32_t value)
{
    struct lade_vector items;
    if (form == 's' || form == 'p' || form == 'z')
        keep_string(copy, value);
    if ((form != 'v' && form != 'w' && form != 'b') || value == 0)
        return;
    size_t item_size = form == 'b' ? 1 : sizeof(uint32_t);
    decode_counted(value, (uint32_t)item_size, &items);
    keep(copy, value, sizeof(uint32_t) + items.count * item_size);
    for (uint32_t i = 0; form != 'b' && i < items.count; i++)
        keep_string(copy, items.strings[i]);
}

static void keep_operation(unsigned char *copy, const struct lade_op *op)
{
    const unsigned char *argument = (const unsigned char *)(op + 1);
    keep(copy, (uint32_t)((const unsigned char *)op - init.plan), op->size);
    for (const char *form = layouts[op->code] + 1; *form != '\0'; form++) {
        uint32_t value;
        memcpy(&value, argument, sizeof value);
        keep_argument(copy, *form, value);
        argument += width_of(*form);
    }
}

/* A process that may trace us can read our memory, including paths on the host and arguments of the operator's hooks. Everything that is kept stays at its
 * address, because of pointers to it. The program's arguments and environment have been looked up already. */
void scrub_plan(void)
{
    const struct lade_plan *plan = (const struct lade_plan *)init.plan;
    unsigned char *copy = map_memory(init.plan_size);
    const struct lade_op *op = (const struct lade_op *)(init.plan + plan->ops);
    for (uint32_t i = 0; i < init.op_count; i++, op = next_operation(op))
        if (i >= init.op_index || i == init.lookup_index)
            keep_operation(copy, op);
    if (mremap(copy, init.plan_size, init.plan_size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)init.plan) == MAP_FAILED)
        fail(LADE_STAGE_NONE);
}
