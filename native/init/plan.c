/* The plan as mapped memory: checked once as a whole, each string and vector when it is used. */
#include "init.h"
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Fewer fit into every limit that lade itself could start with. */
#define MANY_SLOTS 128
/* What operations open for themselves between two calls of release(). */
#define OPERATION_DESCRIPTORS 128

static bool inside(uint64_t offset, uint64_t length)
{
    return offset != 0 && offset <= init.plan_size && length <= init.plan_size - offset;
}

void keep_descriptor(int fd)
{
    if (fd >= init.floor)
        init.floor = fd + 1;
}

/* Operations do not close what they open for themselves: a call in a few dozen closes it all, everything above the last slot. What is below
 * goes before the program runs, and before a long wait. */
void release(void)
{
    forget_parent();
    need(sys_close_range((unsigned)init.floor, ~0u, 0), LADE_STAGE_NONE);
}

/* Each source of a bind mount is an open descriptor from the first of them until the root is changed: more than the 1024 that callers usually allow. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    uint64_t wanted = init.floor + init.slot_count + OPERATION_DESCRIPTORS;
    if (init.slot_count < MANY_SLOTS)
        return;
    need(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit), LADE_STAGE_NONE);
    if (limit.rlim_cur >= wanted)
        return;
    init.descriptor_limit = limit.rlim_cur;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    need(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL), LADE_STAGE_NONE);
}

void restore_descriptor_limit(void)
{
    struct rlimit limit;
    if (init.descriptor_limit == 0)
        return;
    need(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit), LADE_STAGE_NONE);
    limit.rlim_cur = init.descriptor_limit;
    need(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL), LADE_STAGE_NONE);
    init.descriptor_limit = 0;
}

void load_plan(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || status.st_size < (off_t)sizeof(struct lade_plan) || status.st_size > INT32_MAX)
        leave(1);

    const struct lade_plan *plan = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (plan == MAP_FAILED)
        leave(1);
    close(fd);

    init.plan = (const unsigned char *)plan;
    init.plan_size = (uint32_t)status.st_size;
    init.sync_fd = plan->sync_fd;
    init.proc_fd = plan->proc_fd;
    init.preserve_fds = plan->preserve_fds;

    if (plan->magic != LADE_PLAN_MAGIC || plan->version != LADE_PLAN_VERSION || plan->total_size != init.plan_size
        || plan->slot_count < LADE_FIRST_SLOT || plan->slot_count > LADE_MAX_SLOTS || plan->preserve_fds > 1u << 20
        || plan->ops % _Alignof(struct lade_op) != 0 || !inside(plan->ops, (uint64_t)plan->op_count * sizeof(struct lade_op))
        || plan->slots % _Alignof(int32_t) != 0 || !inside(plan->slots, (uint64_t)plan->slot_count * sizeof(int32_t)))
        fail_with(LADE_STAGE_PLAN, EINVAL);

    init.ops = (const struct lade_op *)(init.plan + plan->ops);
    init.op_count = plan->op_count;
    init.slot_count = plan->slot_count;
    memcpy(init.slots, init.plan + plan->slots, plan->slot_count * sizeof(int32_t));
    keep_descriptor(init.sync_fd);
    keep_descriptor(init.proc_fd);
    for (uint32_t slot = 0; slot < init.slot_count; slot++)
        keep_descriptor(init.slots[slot]);
    raise_descriptor_limit();
}

const char *plan_string(uint64_t offset)
{
    if (!inside(offset, 1) || memchr(init.plan + offset, 0, init.plan_size - offset) == NULL)
        fail_with(LADE_STAGE_PLAN, EINVAL);
    return (const char *)init.plan + offset;
}

const char *plan_optional_string(uint64_t offset)
{
    return offset == 0 ? NULL : plan_string(offset);
}

/* A u32 count and that many items. */
static const void *counted(uint64_t offset, uint32_t *count, uint32_t item_size)
{
    if (offset % 4 != 0 || !inside(offset, 4))
        fail_with(LADE_STAGE_PLAN, EINVAL);
    memcpy(count, init.plan + offset, 4);
    if (!inside(offset, 4 + (uint64_t)*count * item_size))
        fail_with(LADE_STAGE_PLAN, EINVAL);
    return init.plan + offset + 4;
}

const void *plan_blob(uint64_t offset, uint32_t *length)
{
    return counted(offset, length, 1);
}

const uint32_t *plan_vector(uint64_t offset, uint32_t *count)
{
    return counted(offset, count, sizeof(uint32_t));
}

int slot_fd(uint64_t slot)
{
    if (slot >= init.slot_count || init.slots[slot] < 0)
        fail_with(LADE_STAGE_PLAN, EBADF);
    return init.slots[slot];
}

void set_slot(uint64_t slot, int fd)
{
    if (slot >= init.slot_count)
        fail_with(LADE_STAGE_PLAN, EBADF);
    if (init.slots[slot] >= 0 && init.slots[slot] != fd)
        close(init.slots[slot]);
    init.slots[slot] = fd;
    keep_descriptor(fd);
}

void forget_slot(uint64_t slot)
{
    init.slots[slot] = -1;
}

char **fill_pointers(char **pointers, uint64_t vector)
{
    uint32_t count;
    const uint32_t *strings = plan_vector(vector, &count);
    for (uint32_t i = 0; i < count; i++)
        *pointers++ = (char *)plan_string(strings[i]);
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

struct iovec text_of(const char *string)
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
