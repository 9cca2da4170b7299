/* What the program may do: users, groups, capabilities, filter; limits and scheduling. */
#include "init.h"
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
    struct cap_header header = { .version = CAPABILITY_VERSION_3 };
    struct cap_data data[2] = {
        { (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
        { (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32) },
    };
    return (int)syscall(SYS_capset, &header, data);
}

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
        if (!(op->arg[0] >> capability & 1) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
            fail(LADE_STAGE_NONE);
}

void op_setuser(const struct lade_op *op)
{
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || syscall(SYS_setresgid, op->arg[1], op->arg[1], op->arg[1]) != 0
        || syscall(SYS_setresuid, op->arg[0], op->arg[0], op->arg[0]) != 0 || prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
        fail(LADE_STAGE_NONE);

    /* Leaving uid 0 kept the permitted set but emptied the effective one; what follows until CAPABILITIES needs it. */
    struct cap_header header = { .version = CAPABILITY_VERSION_3 };
    struct cap_data data[2];
    if (syscall(SYS_capget, &header, data) != 0)
        fail(LADE_STAGE_NONE);
    data[0].effective = data[0].permitted;
    data[1].effective = data[1].permitted;
    if (syscall(SYS_capset, &header, data) != 0)
        fail(LADE_STAGE_NONE);
    stay_undumpable();
}

void op_capabilities(const struct lade_op *op)
{
    if (set_capabilities(op->arg[0], op->arg[1], op->arg[2]) != 0)
        fail(LADE_STAGE_NONE);
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        fail(LADE_STAGE_AMBIENT);
    for (unsigned capability = 0; capability < 64; capability++)
        if ((op->arg[3] >> capability & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0)
            fail(LADE_STAGE_AMBIENT);
    stay_undumpable();
}

void op_no_new_privs(const struct lade_op *op)
{
    (void)op;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        fail(LADE_STAGE_NONE);
}

/* The filter may forbid what EXECUTE does besides execve, so descriptors are closed before it is loaded. */
void op_seccomp(const struct lade_op *op)
{
    uint32_t length;
    const void *filter = plan_blob(op->arg[0], &length);
    struct sock_fprog program = { .length = (unsigned short)(length / BPF_INSTRUCTION_SIZE), .filter = filter };
    if (length % BPF_INSTRUCTION_SIZE != 0 || length / BPF_INSTRUCTION_SIZE > UINT16_MAX)
        fail_with(LADE_STAGE_PLAN, E2BIG);
    close_descriptors();

    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (unsigned)op->arg[1], &program);
    if (result < 0)
        fail(LADE_STAGE_NONE);
    if (op->arg[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER) {
        hand_over((int)result, LADE_FD_SECCOMP);
        close((int)result);
    }
}

void op_rlimit(const struct lade_op *op)
{
    struct rlimit limit = { .rlim_cur = op->arg[1], .rlim_max = op->arg[2] };
    if (op->flags & LADE_F_RAISE_ONLY) {
        struct rlimit now;
        if (syscall(SYS_prlimit64, 0, (int)op->arg[0], NULL, &now) != 0)
            fail(LADE_STAGE_NONE);
        if (now.rlim_max >= op->arg[2])
            return;
        limit.rlim_cur = now.rlim_cur;
    }
    if (syscall(SYS_prlimit64, 0, (int)op->arg[0], &limit, NULL) != 0)
        fail(LADE_STAGE_NONE);
}

void op_umask(const struct lade_op *op)
{
    umask((mode_t)op->arg[0]);
}

void op_personality(const struct lade_op *op)
{
    if (personality((unsigned long)op->arg[0]) < 0)
        fail(LADE_STAGE_NONE);
}

void op_scheduler(const struct lade_op *op)
{
    uint32_t length;
    const void *attributes = plan_blob(op->arg[0], &length);
    if (syscall(SYS_sched_setattr, 0, attributes, 0) != 0)
        fail(LADE_STAGE_NONE);
}

void op_io_priority(const struct lade_op *op)
{
    if (syscall(SYS_ioprio_set, IOPRIO_WHO_PGRP, 0, (int)op->arg[0]) != 0)
        fail(LADE_STAGE_NONE);
}

void op_memory_policy(const struct lade_op *op)
{
    uint32_t length;
    const void *nodes = plan_blob(op->arg[1], &length);
    if (syscall(SYS_set_mempolicy, (int)op->arg[0], length == 0 ? NULL : nodes, op->arg[2]) != 0)
        fail(LADE_STAGE_NONE);
}

void op_affinity(const struct lade_op *op)
{
    uint32_t length;
    const void *cpus = plan_blob(op->arg[0], &length);
    if (syscall(SYS_sched_setaffinity, 0, (size_t)length, cpus) != 0)
        fail(LADE_STAGE_NONE);
}
