using System;
using System.Collections.Generic;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups.V2;

/// <summary>
/// Controllers of v2 work in a cgroup only if every ancestor enables them in <c>cgroup.subtree_control</c>. A write there takes the kernel's threadgroup lock, so what is
/// enabled already is not written again.
/// </summary>
internal static class V2Controllers
{
    /// <summary>
    /// Enables all controllers of the host from the mount point down to the parent of <paramref name="path"/>, as far as permitted: a limit whose file is missing fails
    /// by itself.
    /// </summary>
    public static void EnableFor(string mountPoint, string path)
    {
        string[] available = Read(mountPoint + "/cgroup.controllers");
        for (int end = mountPoint.Length; end > 0; end = path.IndexOf('/', end + 1))
            Enable(path[..end], available);
    }

    /// <summary>Enables all controllers of a cgroup without processes for its children.</summary>
    public static void EnableOwn(string path) => Enable(path, Read(path + "/cgroup.controllers"));

    /// <summary>A threaded cgroup takes threads only, and a "domain invalid" one (below it) nothing.</summary>
    public static void CheckType(string path)
    {
        if (CgroupFile.TryRead(path + "/cgroup.type") is ("threaded" or "domain invalid") and var type)
            throw new LadeException("cgroup " + path + " cannot hold a container: it is in a threaded subtree (cgroup.type is '" + type + "')");
    }

    /// <summary>Why <paramref name="controller"/> has no files in <paramref name="path"/>, for an error; null when it should have them.</summary>
    public static string? WhyMissing(string path, string controller)
    {
        if (TryRead(path + "/cgroup.controllers") is not { } here || Array.IndexOf(here, controller) >= 0)
            return null;
        string ancestor = CgroupPath.Parent(path);
        for (; TryRead(ancestor + "/cgroup.controllers") is { } available; ancestor = CgroupPath.Parent(ancestor))
        {
            if (Array.IndexOf(available, controller) >= 0)
                return "the cgroup " + ancestor + " does not enable the controller " + controller + " for its children"
                    + (HasOwnProcesses(ancestor) ? ", because it has processes" : "");
        }

        return "this kernel has no controller " + controller;
    }

    /// <summary>The words of a list of controllers.</summary>
    public static string[] Read(string file) => Split(Encoding.ASCII.GetString(Files.ReadSmall(file)));

    private static string[]? TryRead(string file) => CgroupFile.TryRead(file) is { } list ? Split(list) : null;

    private static string[] Split(string list) => list.TrimEnd('\n').Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static void Enable(string path, string[] available)
    {
        string file = path + "/cgroup.subtree_control";
        string[] enabled = Read(file);
        var missing = new List<string>();
        foreach (string controller in available)
        {
            if (Array.IndexOf(enabled, controller) < 0)
                missing.Add("+" + controller);
        }

        if (missing.Count == 0 || HasOwnProcesses(path) || Files.TryWriteValue(file, string.Join(' ', missing)).Value == 0)
            return;
        // A write takes effect as a whole or not at all: one that is not available here (delegated subtree, real-time processes for cpu) must not cost the others.
        foreach (string controller in missing)
            _ = Files.TryWriteValue(file, controller);
    }

    /// <summary>
    /// Whether a cgroup other than the root, the only one without a type, has processes. It is not asked to enable anything: the kernel would enable cpu and pids by
    /// making it a threaded domain, where no container can live.
    /// </summary>
    private static bool HasOwnProcesses(string path) =>
        Files.Exists(path + "/cgroup.type") && !string.IsNullOrEmpty(CgroupFile.TryRead(path + "/cgroup.procs"));
}
