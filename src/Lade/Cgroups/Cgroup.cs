using System.Collections.Generic;
using Lade.Cgroups.V1;
using Lade.Cgroups.V2;
using Lade.Configuration;

namespace Lade.Cgroups;

/// <summary>The container's cgroup, from its configuration or from its state.</summary>
internal static class Cgroup
{
    private static JsonPointer Delegated => RunOciAnnotations.PointerTo(RunOciAnnotations.DelegateCgroup);

    /// <summary>The cgroup of a container that is about to be made. Only looks; nothing is made or changed.</summary>
    /// <param name="part"><see cref="IDelegatable.Part"/>.</param>
    public static ICgroup For(CgroupHost host, string? cgroupsPath, string id, string part = "")
    {
        if (host.Mode == CgroupMode.None)
            throw new LadeException("no cgroup file system is mounted");
        CheckPart(host, part);
        var directories = new List<CgroupDirectory>(host.Hierarchies.Count);
        foreach (CgroupHierarchy hierarchy in host.Hierarchies)
        {
            string path = CgroupPath.Resolve(hierarchy, host.Mode, cgroupsPath, id);
            directories.Add(CgroupDirectory.Probe(hierarchy.Controllers, path, hierarchy.MountPoint));
        }

        return host.Mode == CgroupMode.V2 ? new V2Cgroup(directories[0], host.Hierarchies[0].MountPoint, part) : new V1Cgroup(directories);
    }

    /// <summary>The cgroup of a container that exists, from what its state recorded of <see cref="IHasDirectories.Directories"/>.</summary>
    public static ICgroup OpenExisting(IReadOnlyList<string> recorded, string part = "")
    {
        var directories = new List<CgroupDirectory>(recorded.Count);
        foreach (string text in recorded)
            directories.Add(CgroupDirectory.Parse(text));
        return directories is [{ IsUnified: true } only] ? new V2Cgroup(only, CgroupHost.DefaultRoot, part) : new V1Cgroup(directories);
    }

    /// <summary>The part that an annotation asks for, in the form of <see cref="IDelegatable.Part"/>; <c>..</c> does not lead out.</summary>
    public static string PartOf(Spec spec)
    {
        if (RunOciAnnotations.DelegatedCgroup(spec) is not { } name)
            return "";
        string part = CgroupPath.Clean(name);
        return part.Length > 0 ? part : throw new LadeException(Delegated, "'" + name + "' names no cgroup below the container's");
    }

    /// <summary>On v1 whoever owns a cgroup can change its limits.</summary>
    public static void CheckPart(CgroupHost host, string part)
    {
        if (part.Length > 0 && host.Mode != CgroupMode.V2)
            throw new LadeException(Delegated, "needs cgroup v2, which this host does not have");
    }
}
