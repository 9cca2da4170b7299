/* Signals of a foreground command: handed on to the container, or told to the loop that relays its terminal.
 *
 * A handler must be C: the .NET runtime's threads may be anywhere when it runs, and no managed code may. write(2) and a raw system call are
 * async-signal-safe. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawn.h"

static volatile sig_atomic_t target = -1;
static volatile sig_atomic_t watcher = -1;
static volatile sig_atomic_t interruptions = -1;
static volatile sig_atomic_t interruption;

static void put(int fd, int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    /* A full pipe has woken its reader already. */
    if (fd >= 0 && write(fd, &byte, 1) < 0) {
    }
    errno = saved;
}

static void tell(int number) {
    put(watcher, number);
}

static void interrupt(int number) {
    interruption = number;
    put(interruptions, number);
}

static void forward(int number) {
    int saved = errno;
    int pidfd = target;
    if (pidfd >= 0)
        syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
    errno = saved;
    if (number == SIGCONT)
        tell(number);
}

/* Gives the handler that was there before. */
static struct sigaction handle(int number, void (*handler)(int)) {
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    memset(&before, 0, sizeof before);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    sigaction(number, &action, &before);
    return before;
}

static int concerns_us(int number) {
    switch (number) {
    case SIGKILL: case SIGSTOP:                                        /* cannot be caught */
    case SIGCHLD: case SIGURG: case SIGWINCH: case SIGPIPE:            /* about our own children, sockets and terminal */
    case SIGXFSZ:                                                      /* about our own files */
    case SIGSEGV: case SIGBUS: case SIGFPE: case SIGILL: case SIGTRAP: /* our own faults: the runtime's handlers stay */
    case 32: case 33: case 34:                                         /* the C library's and the .NET runtime's own */
        return 1;
    default:
        return 0;
    }
}

void lade_forward_signals(int pidfd) {
    target = pidfd;
    if (pidfd < 0)
        return;
    for (int number = 1; number <= SIGRTMAX; number++)
        if (!concerns_us(number))
            handle(number, forward);
    /* What our caller had blocked is meant for the container no less. */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Before main: writes beyond RLIMIT_FSIZE are to fail, so that what was made is undone; SIGXFSZ would end us there and then. */
__attribute__((constructor)) static void ignore_file_limit(void) {
    handle(SIGXFSZ, SIG_IGN);
}

void lade_watch_interruptions(int fd) {
    static const int numbers[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
    interruptions = fd;
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction before = handle(numbers[i], fd >= 0 ? interrupt : SIG_DFL);
        /* What the caller has ignored (nohup, a shell's background job) stays so. */
        if (before.sa_handler != (fd >= 0 ? SIG_DFL : interrupt))
            sigaction(numbers[i], &before, NULL);
    }
}

int lade_interruption(void) {
    int number = interruption;
    interruption = 0;
    return number;
}

void lade_watch_terminal(int fd) {
    watcher = fd;
    if (fd < 0)
        return;
    handle(SIGWINCH, tell);
    handle(SIGCHLD, tell);
    /* Sent to a background job that uses its terminal. Caught and restarted, the read or ioctl would only raise it again, for ever; the default stops
     * lade until the shell brings it to the foreground. */
    handle(SIGTTIN, SIG_DFL);
    handle(SIGTTOU, SIG_DFL);
}
