/* Signals of a foreground command, handed on to the container.
 *
 * A handler must be C: the .NET runtime's threads may be anywhere when it runs, and no managed code may. kill(2) is async-signal-safe. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>

#include "spawn.h"

static volatile sig_atomic_t target;

static void forward(int number) {
    int saved = errno;
    pid_t pid = target;
    if (pid > 0)
        kill(pid, number);
    errno = saved;
}

static int concerns_us(int number) {
    switch (number) {
    case SIGKILL: case SIGSTOP:                                        /* cannot be caught */
    case SIGCHLD: case SIGURG: case SIGWINCH: case SIGPIPE:            /* about our own children, sockets and terminal */
    case SIGSEGV: case SIGBUS: case SIGFPE: case SIGILL: case SIGTRAP: /* our own faults: the runtime's handlers stay */
    case 32: case 33: case 34:                                         /* the C library's and the .NET runtime's own */
        return 1;
    default:
        return 0;
    }
}

void lade_forward_signals(int pid) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = forward;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    target = pid;
    if (pid == 0)
        return;
    for (int number = 1; number <= SIGRTMAX; number++)
        if (!concerns_us(number))
            sigaction(number, &action, NULL);
}
