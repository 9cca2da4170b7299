/* Signals of a foreground command: forwarded to the container, or reported to the loop that relays its terminal.
 *
 * Handlers must be written in C: they interrupt threads of the .NET runtime at any point, where managed code cannot run. write(2) and raw system calls are
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

static void write_signal(int fd, int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    /* A full pipe has already woken up its reader. */
    if (fd >= 0 && write(fd, &byte, 1) < 0) {
    }
    errno = saved;
}

static void notify_watcher(int number) {
    write_signal(watcher, number);
}

static void interrupt(int number) {
    interruption = number;
    write_signal(interruptions, number);
}

static void forward(int number) {
    int saved = errno;
    int pidfd = target;
    if (pidfd >= 0)
        syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
    errno = saved;
    if (number == SIGCONT)
        notify_watcher(number);
}

/* Returns the previous handler. */
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

static int is_ours(int number) {
    switch (number) {
    case SIGKILL: case SIGSTOP:                                        /* cannot be caught */
    case SIGCHLD: case SIGURG: case SIGWINCH: case SIGPIPE:            /* about our own children, sockets and terminal */
    case SIGXFSZ:                                                      /* about our own files */
    case SIGSEGV: case SIGBUS: case SIGFPE: case SIGILL: case SIGTRAP: /* our own faults: the runtime's handlers stay */
    case 32: case 33: case 34:                                         /* internal to libc and the .NET runtime */
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
        if (!is_ours(number))
            handle(number, forward);
    /* Signals blocked by our caller are meant for the container as well. */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Before main: writes beyond RLIMIT_FSIZE should fail, so that lade can roll back; SIGXFSZ would kill it. */
__attribute__((constructor)) static void ignore_file_limit(void) {
    handle(SIGXFSZ, SIG_IGN);
}

void lade_watch_interruptions(int fd) {
    static const int numbers[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
    interruptions = fd;
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction before = handle(numbers[i], fd >= 0 ? interrupt : SIG_DFL);
        /* Signals ignored by the caller (nohup, a shell's background job) stay ignored. */
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
    handle(SIGWINCH, notify_watcher);
    handle(SIGCHLD, notify_watcher);
    /* Sent to a background job that uses its terminal. With a handler the restarted read or ioctl would raise the signal again and again; the default action stops
     * lade until the shell brings it to the foreground. */
    handle(SIGTTIN, SIG_DFL);
    handle(SIGTTOU, SIG_DFL);
}
