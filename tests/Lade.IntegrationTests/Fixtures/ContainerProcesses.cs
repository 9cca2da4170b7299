using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit.Sdk;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>A container's cgroup of version 1, and the processes that belong to it.</summary>
public static class ContainerProcesses
{
    /// <summary>The directory of the container in the hierarchy of a controller.</summary>
    public static string Cgroup(this Container container, string controller)
    {
        MountInfo hierarchy = Machine.CgroupHierarchies.FirstOrDefault(m => m.Type == "cgroup" && m.SuperOptions.Contains(controller))
            ?? throw new XunitException("no hierarchy has the controller " + controller);
        return hierarchy.Target + container.Bundle.CgroupsPath;
    }

    /// <summary>The trimmed content of a file there.</summary>
    public static string CgroupValue(this Container container, string controller, string file) => File.ReadAllText(container.Cgroup(controller) + "/" + file).TrimEnd();

    /// <summary>The pids in the container's cgroup.</summary>
    public static int[] Processes(this Container container) => [.. File.ReadAllLines(container.Cgroup("devices") + "/cgroup.procs").Select(int.Parse).Order()];

    /// <summary>
    /// Waits until one process besides the first is left in the container's cgroup, and is as it should be. On the way into a pid namespace `exec` has a
    /// process there that ends at once.
    /// </summary>
    public static int OtherProcess(this Container container, Func<int, bool> isReady, string what)
    {
        int pid = 0;
        Machine.Eventually(() => container.Processes() is { Length: 2 } both && isReady(pid = both[0] == container.Pid ? both[1] : both[0]), what);
        return pid;
    }

    /// <inheritdoc cref="OtherProcess(Container, Func{int, bool}, string)"/>
    public static int OtherProcess(this Container container, string program) =>
        container.OtherProcess(pid => Machine.Proc(pid, "comm") == program + "\n", program);

    /// <summary>
    /// All processes on the machine that have something of the bundle mounted in a mount namespace of their own, whatever state lade has of them.
    /// </summary>
    public static IReadOnlyList<int> Inhabitants(this Bundle bundle)
    {
        string ours = Machine.OwnNamespace("mnt");
        var found = new List<int>();
        foreach (string directory in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out int pid))
                continue;
            try
            {
                if (Machine.NamespaceOf(pid, "mnt") != ours && File.ReadAllText(directory + "/mountinfo").Contains(bundle.Name + "/", StringComparison.Ordinal))
                    found.Add(pid);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended since the list was made.
            }
        }

        return found;
    }
}
