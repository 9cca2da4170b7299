/* The program's privileges (user, groups, capabilities, filter), its limits and scheduling. */
#include "init.h"
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void op_set_groups(const struct op_set_groups *op)
{
    if (syscall(SYS_setgroups, (size_t)op->gids.length / sizeof(gid_t), op->gids.bytes) != 0 && !(op->gids.length == 0 && errno == EPERM))
        fail(LADE_STAGE_NONE);
    clear_dumpable();
}

void op_drop_bounding(const struct op_drop_bounding *op)
{
    for (unsigned capability = 0; capability <= (unsigned)op->last && capability < 64; capability++)
        if (!(op->keep >> capability & 1))
            must(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), LADE_STAGE_NONE);
}

/* Leaving uid 0 clears the effective set, and without PR_SET_KEEPCAPS the permitted set; the steps up to SET_CAPABILITIES need both. */
static void change_user_keeping_capabilities(uid_t uid)
{
    must(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), LADE_STAGE_NONE);
    must(syscall(SYS_setresuid, uid, uid, uid), LADE_STAGE_NONE);
    must(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0), LADE_STAGE_NONE);
    raise_permitted();
}

void op_set_user(const struct op_set_user *op)
{
    must(syscall(SYS_setresgid, op->gid, op->gid, op->gid), LADE_STAGE_NONE);
    if (op->uid == 0)
        must(syscall(SYS_setresuid, 0, 0, 0), LADE_STAGE_NONE);
    else
        change_user_keeping_capabilities((uid_t)op->uid);
    clear_dumpable();
}

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
    struct cap_header header = { .version = CAPABILITY_VERSION_3 };
    struct cap_data data[2] = {
        { (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
        { (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32) },
    };
    return (int)syscall(SYS_capset, &header, data);
}

static int set_ambient(uint64_t ambient)
{
    int result = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (unsigned capability = 0; result == 0 && capability < 64; capability++)
        if (ambient >> capability & 1)
            result = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
    return result;
}

void op_set_capabilities(const struct op_set_capabilities *op)
{
    must(set_capabilities(op->effective, op->permitted, op->inheritable), LADE_STAGE_NONE);
    must(set_ambient(op->ambient), LADE_STAGE_AMBIENT);
    clear_dumpable();
}

struct sock_fprog to_fprog(struct lade_blob filter)
{
    if (filter.length % BPF_INSTRUCTION_SIZE != 0 || filter.length / BPF_INSTRUCTION_SIZE > UINT16_MAX)
        fail_with(LADE_STAGE_PLAN, E2BIG);
    return (struct sock_fprog) { .length = (unsigned short)(filter.length / BPF_INSTRUCTION_SIZE), .filter = filter.bytes };
}

/* Runs in a child that shares our memory: returns -1 with errno and reports nothing. */
int restrict_hook(const struct op_run_hook *op, const struct sock_fprog *program)
{
    struct {
        uint64_t resource;
        struct rlimit value;
    } limit;
    for (size_t at = 0; at + sizeof limit <= op->limits.length; at += sizeof limit) {
        memcpy(&limit, op->limits.bytes + at, sizeof limit);
        if (syscall(SYS_prlimit64, 0, (int)limit.resource, &limit.value, NULL) != 0)
            return -1;
    }
    if (program->length != 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, op->filter_flags, program) != 0)
        return -1;
    if (!op->limits_capabilities)
        return 0;
    if (set_capabilities(op->effective, op->permitted, op->inheritable) != 0)
        return -1;
    return set_ambient(op->ambient);
}

void op_no_new_privileges(void)
{
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), LADE_STAGE_NONE);
}

/* Descriptors are closed first, because the filter may forbid what EXECUTE needs besides execve(2). It may also deny sendmsg(2), or notify it to an agent
 * that does not have the listener yet; then only the listener's number is sent. Our copy is closed at once: if it stayed open and the agent died, our next
 * notified call would block forever. */
void op_load_seccomp(const struct op_load_seccomp *op)
{
    struct sock_fprog program = to_fprog(op->program);
    if (!op->is_early)
        close_descriptors(&init.sync_fd, 1);

    int listener = must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, op->flags, &program), LADE_STAGE_NONE);
    if (op->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) {
        (op->listener_by_number ? send_fd_number : send_fd)(listener, LADE_FD_SECCOMP);
        close(listener);
    }
}

void op_set_rlimit(const struct op_set_rlimit *op)
{
    struct rlimit limit = { .rlim_cur = op->soft, .rlim_max = op->hard };
    if (op->raise_only) {
        struct rlimit now;
        must(syscall(SYS_prlimit64, 0, (int)op->resource, NULL, &now), LADE_STAGE_NONE);
        if (now.rlim_max >= op->hard)
            return;
        limit.rlim_cur = now.rlim_cur;
    }
    must(syscall(SYS_prlimit64, 0, (int)op->resource, &limit, NULL), LADE_STAGE_NONE);
}

void op_set_umask(const struct op_set_umask *op)
{
    umask((mode_t)op->mask);
}

void op_set_personality(const struct op_set_personality *op)
{
    must(personality((unsigned long)op->persona), LADE_STAGE_NONE);
}

void op_set_scheduler(const struct op_set_scheduler *op)
{
    struct sched_attr attributes = {
        .size = sizeof attributes,
        .sched_policy = op->number,
        .sched_flags = op->flags,
        .sched_nice = op->nice,
        .sched_priority = op->priority,
        .sched_runtime = op->runtime,
        .sched_deadline = op->deadline,
        .sched_period = op->period,
    };
    must(syscall(SYS_sched_setattr, 0, &attributes, 0), LADE_STAGE_NONE);
}

void op_set_io_priority(const struct op_set_io_priority *op)
{
    must(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, (int)op->value), LADE_STAGE_NONE);
}

/* The kernel uses N - 1 of N bits (get_nodes() in mm/mempolicy.c). */
void op_set_memory_policy(const struct op_set_memory_policy *op)
{
    bool has_nodes = op->node_mask.length != 0;
    unsigned long bits = has_nodes ? (unsigned long)op->node_mask.length * 8 + 1 : 0;
    must(syscall(SYS_set_mempolicy, (int)op->number, has_nodes ? op->node_mask.bytes : NULL, bits), LADE_STAGE_NONE);
}

void op_set_affinity(const struct op_set_affinity *op)
{
    must(syscall(SYS_sched_setaffinity, 0, (size_t)op->cpu_mask.length, op->cpu_mask.bytes), LADE_STAGE_NONE);
}
