/* What the program may do: users, groups, capabilities, filter; limits and scheduling. */
#include "init.h"
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void op_setgroups(const struct lade_op *op)
{
    uint32_t length;
    const void *groups = plan_blob(op->arg[0], &length);
    if (syscall(SYS_setgroups, (size_t)length / sizeof(gid_t), groups) != 0
        && !((op->flags & LADE_F_OPTIONAL) && length == 0 && errno == EPERM))
        fail(LADE_STAGE_NONE);
    stay_undumpable();
}

void op_bounding(const struct lade_op *op)
{
    for (unsigned capability = 0; capability <= op->arg[1] && capability < 64; capability++)
        if (!(op->arg[0] >> capability & 1))
            need(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), LADE_STAGE_NONE);
}

/* Leaving uid 0 empties the effective set, and without KEEPCAPS the permitted one; what follows until CAPABILITIES needs them. */
static void change_user_keeping_capabilities(uid_t uid)
{
    struct cap_header header = { .version = CAPABILITY_VERSION_3 };
    struct cap_data data[2];
    need(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), LADE_STAGE_NONE);
    need(syscall(SYS_setresuid, uid, uid, uid), LADE_STAGE_NONE);
    need(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0), LADE_STAGE_NONE);
    need(syscall(SYS_capget, &header, data), LADE_STAGE_NONE);
    data[0].effective = data[0].permitted;
    data[1].effective = data[1].permitted;
    need(syscall(SYS_capset, &header, data), LADE_STAGE_NONE);
}

void op_setuser(const struct lade_op *op)
{
    need(syscall(SYS_setresgid, op->arg[1], op->arg[1], op->arg[1]), LADE_STAGE_NONE);
    if (op->arg[0] == 0)
        need(syscall(SYS_setresuid, 0, 0, 0), LADE_STAGE_NONE);
    else
        change_user_keeping_capabilities((uid_t)op->arg[0]);
    stay_undumpable();
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

void op_capabilities(const struct lade_op *op)
{
    need(set_capabilities(op->arg[0], op->arg[1], op->arg[2]), LADE_STAGE_NONE);
    need(set_ambient(op->arg[3]), LADE_STAGE_AMBIENT);
    stay_undumpable();
}

static struct sock_fprog program_of(const void *filter, uint32_t length)
{
    if (length % BPF_INSTRUCTION_SIZE != 0 || length / BPF_INSTRUCTION_SIZE > UINT16_MAX)
        fail_with(LADE_STAGE_PLAN, E2BIG);
    return (struct sock_fprog) { .length = (unsigned short)(length / BPF_INSTRUCTION_SIZE), .filter = filter };
}

/* In a child that shares our memory: -1 and errno, nothing is reported. */
int confine(const struct lade_confinement *confinement, const struct sock_fprog *program)
{
    if (program->length != 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, confinement->flags, program) != 0)
        return -1;
    if (confinement->capabilities == 0)
        return 0;
    if (set_capabilities(confinement->effective, confinement->permitted, confinement->inheritable) != 0)
        return -1;
    return set_ambient(confinement->ambient);
}

const struct lade_confinement *plan_confinement(uint64_t offset, struct sock_fprog *program)
{
    uint32_t length;
    const unsigned char *blob = plan_blob(offset, &length);
    if (length < sizeof(struct lade_confinement))
        fail_with(LADE_STAGE_PLAN, EINVAL);
    *program = program_of(blob + sizeof(struct lade_confinement), length - (uint32_t)sizeof(struct lade_confinement));
    return (const struct lade_confinement *)blob;
}

void op_no_new_privs(const struct lade_op *op)
{
    (void)op;
    need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), LADE_STAGE_NONE);
}

/* The filter may forbid what EXECUTE does besides execve, so descriptors are closed before it is loaded. Where it may also forbid or notify sendmsg, whose
 * answer could come only from who does not have the listener yet, the listener is handed over by its number. Ours is closed at once: with it open, an
 * agent that dies would leave us waiting for ever in the next call that is notified. */
void op_seccomp(const struct lade_op *op)
{
    uint32_t length;
    const void *filter = plan_blob(op->arg[0], &length);
    struct sock_fprog program = program_of(filter, length);
    if (op->arg[3] == 0)
        close_descriptors(&init.sync_fd, 1);

    int listener = need(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (unsigned)op->arg[1], &program), LADE_STAGE_NONE);
    if (op->arg[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER) {
        (op->arg[2] != 0 ? hand_over_number : hand_over)(listener, LADE_FD_SECCOMP);
        close(listener);
    }
}

void op_rlimit(const struct lade_op *op)
{
    struct rlimit limit = { .rlim_cur = op->arg[1], .rlim_max = op->arg[2] };
    if (op->flags & LADE_F_RAISE_ONLY) {
        struct rlimit now;
        need(syscall(SYS_prlimit64, 0, (int)op->arg[0], NULL, &now), LADE_STAGE_NONE);
        if (now.rlim_max >= op->arg[2])
            return;
        limit.rlim_cur = now.rlim_cur;
    }
    need(syscall(SYS_prlimit64, 0, (int)op->arg[0], &limit, NULL), LADE_STAGE_NONE);
}

void op_umask(const struct lade_op *op)
{
    umask((mode_t)op->arg[0]);
}

void op_personality(const struct lade_op *op)
{
    need(personality((unsigned long)op->arg[0]), LADE_STAGE_NONE);
}

void op_scheduler(const struct lade_op *op)
{
    uint32_t length;
    const void *attributes = plan_blob(op->arg[0], &length);
    need(syscall(SYS_sched_setattr, 0, attributes, 0), LADE_STAGE_NONE);
}

void op_io_priority(const struct lade_op *op)
{
    need(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, (int)op->arg[0]), LADE_STAGE_NONE);
}

void op_memory_policy(const struct lade_op *op)
{
    uint32_t length;
    const void *nodes = plan_blob(op->arg[1], &length);
    need(syscall(SYS_set_mempolicy, (int)op->arg[0], length == 0 ? NULL : nodes, op->arg[2]), LADE_STAGE_NONE);
}

void op_affinity(const struct lade_op *op)
{
    uint32_t length;
    const void *cpus = plan_blob(op->arg[0], &length);
    need(syscall(SYS_sched_setaffinity, 0, (size_t)length, cpus), LADE_STAGE_NONE);
}
