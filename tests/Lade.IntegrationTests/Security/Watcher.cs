using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lade.IntegrationTests.Fixtures;

namespace Lade.IntegrationTests.Security;

/// <summary>
/// An attacker in a container that looks at every process of lade's that its procfs shows, again and again, for what it could gain: rights that it lacks, the
/// host's root or procfs, the environment, the memory. It runs until the test says so and then reports.
/// </summary>
internal static class Watcher
{
    private const string Source = """
        #define _GNU_SOURCE
        #include <dirent.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <sys/vfs.h>
        #include <unistd.h>
        static unsigned long long host_dev, host_ino, seen;
        static char reported[256][160];
        static int reports;
        static char pending[16][160];
        static int waiting;
        static void keep(const char *what, const char *detail)
        {
            if (waiting < 16)
                snprintf(pending[waiting++], sizeof pending[0], "%s %s", what, detail);
        }
        static void report(const char *line)
        {
            for (int i = 0; i < reports; i++)
                if (strcmp(reported[i], line) == 0)
                    return;
            if (reports < 256) {
                strcpy(reported[reports++], line);
                printf("%s\n", line);
                fflush(stdout);
            }
        }
        static int slurp(const char *path, char *text, int size)
        {
            int fd = open(path, O_RDONLY);
            int length = fd < 0 ? -1 : read(fd, text, size - 1);
            if (fd >= 0)
                close(fd);
            text[length < 0 ? 0 : length] = 0;
            return length;
        }
        static void directory(const char *what, const char *path)
        {
            struct stat status;
            struct statfs fs;
            int fd = open(path, O_PATH);
            if (fd < 0)
                return;
            if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
                if (status.st_dev == host_dev && status.st_ino == host_ino)
                    keep(what, "is the root of the host");
                if (fstatfs(fd, &fs) == 0 && fs.f_type == 0x9fa0)
                    keep(what, "is a procfs");
            }
            keep("opened", what);
            close(fd);
        }
        static void look(const char *pid)
        {
            char path[512], text[8192];
            snprintf(path, sizeof path, "/proc/%s/comm", pid);
            if (slurp(path, text, sizeof text) < 0 || strncmp(text, "lade", 4) != 0)
                return;
            waiting = 0;
            snprintf(path, sizeof path, "/proc/%s/status", pid);
            if (slurp(path, text, sizeof text) > 0) {
                char *caps = strstr(text, "CapPrm:\t");
                if (caps != NULL) {
                    caps[8 + 16] = 0;
                    keep("caps", caps + 8);
                }
            }
            snprintf(path, sizeof path, "/proc/%s/root", pid);
            directory("root", path);
            snprintf(path, sizeof path, "/proc/%s/cwd", pid);
            directory("cwd", path);
            snprintf(path, sizeof path, "/proc/%s/environ", pid);
            if (slurp(path, text, sizeof text) > 0)
                keep("read environ", text);
            snprintf(path, sizeof path, "/proc/%s/mem", pid);
            int fd = open(path, O_RDWR);
            if (fd >= 0) {
                keep("opened", "mem");
                close(fd);
            }
            snprintf(path, sizeof path, "/proc/%s/fd", pid);
            DIR *list = opendir(path);
            for (struct dirent *e; list != NULL && (e = readdir(list)) != NULL;) {
                if (e->d_name[0] == '.' || atoi(e->d_name) < 3)
                    continue;
                snprintf(path, sizeof path, "/proc/%s/fd/%s", pid, e->d_name);
                directory("descriptor", path);
            }
            if (list != NULL)
                closedir(list);
            /* What the program has, once it is executed, is not lade's. */
            snprintf(path, sizeof path, "/proc/%s/comm", pid);
            if (slurp(path, text, sizeof text) < 0 || strncmp(text, "lade", 4) != 0)
                return;
            seen++;
            for (int i = 0; i < waiting; i++)
                report(pending[i]);
        }
        int main(int argc, char **argv)
        {
            host_dev = strtoull(argv[1], NULL, 10);
            host_ino = strtoull(argv[2], NULL, 10);
            int first = getpid() == 1 ? 1 : getpid();
            printf("ready\n");
            fflush(stdout);
            while (access("/stop", F_OK) != 0) {
                DIR *all = opendir("/proc");
                for (struct dirent *e; all != NULL && (e = readdir(all)) != NULL;)
                    if (e->d_name[0] >= '0' && e->d_name[0] <= '9' && atoi(e->d_name) > first)
                        look(e->d_name);
                if (all != NULL)
                    closedir(all);
            }
            printf("seen %llu\nend\n", seen);
            return 0;
        }
        """;

    /// <summary>Makes a bundle's program the watcher; the bundle's rights are the attacker's.</summary>
    public static Bundle Watches(this Bundle bundle)
    {
        string[] root = Machine.Sh("stat -c '%d %i' /").Split(' ');
        return bundle.Program("watcher", Source).Args("watcher", root[0], root[1]);
    }

    /// <summary>Starts it and returns when it looks.</summary>
    public static Container StartWatching(this Container attacker) => attacker.RunDetached().WaitForOutput("ready");

    /// <summary>Ends it.</summary>
    /// <param name="seen">How often it found a process of lade's.</param>
    /// <returns>What it found out, each once.</returns>
    public static IReadOnlyList<string> StopWatching(this Container attacker, out long seen)
    {
        File.WriteAllText(attacker.Bundle.Rootfs + "/stop", "");
        attacker.WaitForOutput("end");
        string[] lines = attacker.Stdout.TrimEnd('\n').Split('\n');
        seen = long.Parse(lines.Single(l => l.StartsWith("seen ", StringComparison.Ordinal))["seen ".Length..]);
        return [.. lines.Where(l => l is not ("ready" or "end") && !l.StartsWith("seen ", StringComparison.Ordinal)).Distinct()];
    }

    /// <summary>The capability masks among what it found out.</summary>
    public static IEnumerable<ulong> Capabilities(IReadOnlyList<string> found) =>
        from line in found where line.StartsWith("caps ", StringComparison.Ordinal) select Convert.ToUInt64(line["caps ".Length..], 16);
}
