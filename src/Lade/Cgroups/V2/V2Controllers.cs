using System;
using System.Collections.Generic;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups.V2;

/// <summary>
/// A controller works in a v2 cgroup only if all cgroups above pass it on in <c>cgroup.subtree_control</c>. A change there makes the kernel take its
/// threadgroup lock, so what is enabled already is not written again.
/// </summary>
internal static class V2Controllers
{
    /// <summary>Enables all the host has, from the mount point down to the leaf's parent, as far as permitted; a limit whose file is missing then fails by itself.</summary>
    public static void Enable(string mountPoint, CgroupDirectory leaf)
    {
        byte[] available = Files.ReadAll(mountPoint + "/cgroup.controllers");
        string path = mountPoint;
        int end = mountPoint.Length;
        string parent = CgroupDirectory.Parent(leaf.Path);
        while (true)
        {
            EnableIn(path, available);
            if (path.Length >= parent.Length)
                return;
            int slash = leaf.Path.IndexOf('/', end + 1);
            end = slash < 0 ? parent.Length : slash;
            path = leaf.Path[..end];
        }
    }

    /// <summary>Gives the cgroups below <paramref name="path"/> all that it has itself. It must have no processes of its own.</summary>
    public static void EnableBelow(string path) => EnableIn(path, Files.ReadAll(path + "/cgroup.controllers"));

    /// <summary>A threaded cgroup takes threads and no processes, and one of the type "domain invalid" (below a threaded one) takes nothing.</summary>
    public static void CheckType(string path)
    {
        string? type = Files.TryReadText(path + "/cgroup.type")?.TrimEnd('\n');
        if (type is "threaded" or "domain invalid")
            throw new LadeException("cgroup " + path + " cannot hold a container: it is in a threaded subtree (cgroup.type is '" + type + "')");
    }

    /// <summary>Why <paramref name="controller"/> has no files in <paramref name="path"/>, for an error; null when it should have them.</summary>
    public static string? WhyMissing(string path, string controller)
    {
        byte[] name = Encoding.UTF8.GetBytes(controller);
        if (Files.TryReadText(path + "/cgroup.controllers") is not { } here || Has(Encoding.UTF8.GetBytes(here), name))
            return null;
        string parent = path;
        while (Files.TryReadText((parent = CgroupDirectory.Parent(parent)) + "/cgroup.controllers") is { } given)
        {
            if (!Has(Encoding.UTF8.GetBytes(given), name))
                continue;
            // Only the root may have processes and hand controllers on; it alone has no type.
            return "the cgroup " + parent + " does not hand the controller " + controller + " on" + (HoldsProcesses(parent) ? ", because processes live in it" : "");
        }

        return "this kernel has no controller " + controller;
    }

    private static void EnableIn(string path, ReadOnlySpan<byte> available)
    {
        string file = path + "/cgroup.subtree_control";
        byte[] enabled = Files.ReadAll(file);
        var missing = new List<string>();
        foreach (Range range in available.Split((byte)' '))
        {
            ReadOnlySpan<byte> controller = available[range].Trim((byte)'\n');
            if (!controller.IsEmpty && !Has(enabled, controller))
                missing.Add("+" + Encoding.UTF8.GetString(controller));
        }

        if (missing.Count == 0 || HoldsProcesses(path) || Files.TryWriteValue(file, string.Join(' ', missing)).Value == 0)
            return;
        // All or nothing: one that cannot be had here (delegated subtree, real-time processes for cpu) must not cost the others.
        foreach (string controller in missing)
            _ = Files.TryWriteValue(file, controller);
    }

    /// <summary>
    /// Whether processes live in a cgroup other than the root, which alone may have them and hand controllers on; it alone has no type. Asked before anything
    /// is handed on: cpu and pids the kernel would hand on from such a cgroup too, by making a threaded domain of it, where no container can live.
    /// </summary>
    private static bool HoldsProcesses(string path) =>
        Files.Exists(path + "/cgroup.type") && !string.IsNullOrEmpty(Files.TryReadText(path + "/cgroup.procs"));

    private static bool Has(ReadOnlySpan<byte> list, ReadOnlySpan<byte> controller)
    {
        foreach (Range range in list.Split((byte)' '))
        {
            if (list[range].Trim((byte)'\n').SequenceEqual(controller))
                return true;
        }

        return false;
    }
}
