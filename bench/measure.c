/* Runs a command and prints its peak resident memory in KiB: its own or that of a descendant it waited for, whichever is larger.
 * usage: measure COMMAND [ARG...]; the command's output is discarded, its exit status passed on. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int status, out, null = open("/dev/null", O_RDWR);
    if (argc < 2 || null < 0)
        return 125;
    out = dup(1);
    fcntl(out, F_SETFD, FD_CLOEXEC);
    /* vfork, because a copied address space would count towards the child's peak before it executes the command. */
    pid_t child = vfork();
    if (child == 0) {
        dup2(null, 0);
        dup2(null, 1);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        dprintf(2, "measure: %s: %s\n", argv[1], strerror(errno));
        return 125;
    }
    dprintf(out, "%ld\n", usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
