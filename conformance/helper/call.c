/* call [-t] NAME [ARGUMENT...]: one system call with these arguments, as a filter sees it. Prints "errno N" or "done"; "signal" when SIGSYS was caught.
 * With -t a second thread does it, and the first prints "survived" when it is still there afterwards. The name "int80" is personality by the
 * entry for programs of 32 bits. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    long number;
} calls[] = {
    { "copy_file_range", SYS_copy_file_range }, /* six arguments, and no effect on bad descriptors */
    { "personality", SYS_personality },
    { "sethostname", SYS_sethostname },
    { "getpriority", SYS_getpriority },
};

static long number;
static _Atomic long thread_id;
static unsigned long long arguments[6];

static void caught(int signal)
{
    (void)signal;
    static const char text[] = "signal\n";
    _exit(write(1, text, sizeof text - 1) < 0);
}

static void *act(void *unused)
{
    (void)unused;
    long result;
    thread_id = syscall(SYS_gettid);
    if (number < 0) {
#ifdef __x86_64__
        /* 136 is personality there. */
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(136L), "b"(0xffffffffL) : "memory");
        errno = result < 0 ? (int)-result : 0;
        result = result < 0 ? -1 : 0;
#else
        return NULL;
#endif
    } else {
        result = syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
    }
    if (result == -1)
        printf("errno %d\n", errno);
    else
        printf("done\n");
    fflush(stdout);
    return NULL;
}

int main(int argc, char **argv)
{
    int first = 1, threaded = argc > 1 && strcmp(argv[1], "-t") == 0;
    first += threaded;
    if (argc <= first || argc > first + 7)
        return 2;
    number = strcmp(argv[first], "int80") == 0 ? -1 : 0;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(argv[first], calls[i].name) == 0)
            number = calls[i].number;
    if (number == 0)
        return 2;
    for (int i = first + 1; i < argc; i++)
        arguments[i - first - 1] = strtoull(argv[i], NULL, 0);
    signal(SIGSYS, caught);
    if (!threaded) {
        act(NULL);
        return 0;
    }
    pthread_t thread;
    if (pthread_create(&thread, NULL, act, NULL) != 0)
        return 3;
    /* Not joined: a thread that the kernel has killed never says so. */
    char task[64];
    for (int i = 0; i < 1000; i++) {
        snprintf(task, sizeof task, "/proc/self/task/%ld", thread_id);
        if (thread_id != 0 && access(task, F_OK) != 0) {
            printf("survived\n");
            return 0;
        }
        usleep(10000);
    }
    return 4;
}
