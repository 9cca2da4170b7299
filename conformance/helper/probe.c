/* Prints what a process can find out about itself and a shell cannot, one fact a line: a key, a space, the value.
 * It ends like done.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t util_min, util_max;
};

static void limits(void)
{
    static const char *const names[] = { "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING",
        "MSGQUEUE", "NICE", "RTPRIO", "RTTIME" };
    for (int i = 0; i < 16; i++) {
        struct rlimit limit;
        if (getrlimit(i, &limit) != 0)
            printf("RLIMIT_%s error %d\n", names[i], errno);
        else
            printf("RLIMIT_%s %llu %llu\n", names[i], (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
    }
}

static void capabilities(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2];
    uint64_t bounding = 0, ambient = 0;
    if (syscall(SYS_capget, &header, data) != 0)
        exit(1);
    for (int i = 0; i < 64; i++) {
        if (prctl(PR_CAPBSET_READ, i) == 1)
            bounding |= 1ULL << i;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
            ambient |= 1ULL << i;
    }
    printf("effective %llx\n", (unsigned long long)data[1].effective << 32 | data[0].effective);
    printf("permitted %llx\n", (unsigned long long)data[1].permitted << 32 | data[0].permitted);
    printf("inheritable %llx\n", (unsigned long long)data[1].inheritable << 32 | data[0].inheritable);
    printf("bounding %llx\n", (unsigned long long)bounding);
    printf("ambient %llx\n", (unsigned long long)ambient);
    printf("securebits %x\n", (unsigned)prctl(PR_GET_SECUREBITS));
}

static void scheduling(void)
{
    struct attributes attributes = { 0 };
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0)
        exit(1);
    printf("policy %u\nsched_priority %u\nsched_flags %llu\n", attributes.policy, attributes.priority, (unsigned long long)attributes.flags);
    printf("deadline %llu %llu %llu\n", (unsigned long long)attributes.runtime, (unsigned long long)attributes.deadline, (unsigned long long)attributes.period);
    errno = 0;
    printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
    long priority = syscall(SYS_ioprio_get, 1, 0);
    printf("ioprio %ld %ld\n", priority >> 13, priority & 0x1fff);
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        printf("affinity");
        for (int i = 0; i < CPU_SETSIZE; i++)
            if (CPU_ISSET(i, &set))
                printf(" %d", i);
        printf("\n");
    }
}

static void memory_policy(void)
{
    int mode = -1;
    unsigned long nodes[16] = { 0 };
    if (syscall(SYS_get_mempolicy, &mode, nodes, 8 * sizeof nodes, 0, 0) != 0)
        printf("mempolicy error %d\n", errno);
    else
        printf("mempolicy %d %lx %lx\n", mode & 0xff, (unsigned long)mode & ~0xffUL, nodes[0]);
}

static void identity(void)
{
    uid_t uid[3];
    gid_t gid[3], groups[64];
    if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || getresgid(&gid[0], &gid[1], &gid[2]) != 0)
        exit(1);
    printf("uid %u %u %u\ngid %u %u %u\ngroups", uid[0], uid[1], uid[2], gid[0], gid[1], gid[2]);
    int count = getgroups(64, groups);
    for (int i = 0; i < count; i++)
        printf(" %u", groups[i]);
    mode_t mask = umask(0);
    char directory[4096];
    printf("\numask %04o\ncwd %s\n", (unsigned)mask, getcwd(directory, sizeof directory) ? directory : "?");
}

static void descriptors(void)
{
    printf("descriptors");
    /* Without opening /proc: that would be a descriptor itself. */
    for (int fd = 0; fd < 1024; fd++) {
        struct stat status;
        if (fstat(fd, &status) == 0)
            printf(" %d", fd);
    }
    printf("\n");
}

static void session_keyring(void)
{
    char description[256];
    long serial = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
    if (serial > 0 && syscall(SYS_keyctl, KEYCTL_DESCRIBE, serial, description, sizeof description) > 0)
        printf("keyring %s\n", strrchr(description, ';') + 1);
    else
        printf("keyring none\n");
}

int main(int argc, char **argv)
{
    descriptors();
    identity();
    limits();
    capabilities();
    scheduling();
    memory_policy();
    session_keyring();
    printf("no_new_privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
    printf("personality %lx\n", syscall(SYS_personality, 0xffffffffUL));
    printf("arguments %d", argc);
    for (int i = 0; i < argc; i++)
        printf(" %s", argv[i]);
    printf("\n");
    return 42;
}
