using System.Collections.Generic;
using Lade.Cgroups.V1;
using Lade.Cgroups.V2;
using Lade.Configuration;

namespace Lade.Cgroups;

/// <summary>The cgroupfs driver: chooses between v1 and v2 for a container whose cgroup is managed through files, without systemd.</summary>
internal static class Cgroupfs
{
    private static JsonPointer DelegateAnnotation => RunOciAnnotations.PointerTo(RunOciAnnotations.DelegateCgroup);

    /// <summary>The cgroup of a new container. Nothing is created yet.</summary>
    /// <param name="delegatedPath">See <see cref="IDelegatable.DelegatedPath"/>.</param>
    public static ICgroup Locate(CgroupHost host, string? cgroupsPath, string id, string delegatedPath = "")
    {
        if (host.Mode == CgroupMode.None)
            throw new LadeException("no cgroup file system is mounted");
        CheckDelegation(host, delegatedPath);
        var directories = new List<CgroupDirectory>(host.Hierarchies.Count);
        foreach (CgroupHierarchy hierarchy in host.Hierarchies)
        {
            string path = CgroupPath.Resolve(hierarchy, host.Mode, cgroupsPath, id);
            directories.Add(CgroupDirectory.Probe(hierarchy.Controllers, path, hierarchy.MountPoint));
        }

        return host.Mode == CgroupMode.V2 ? new V2Cgroup(directories[0], host.Hierarchies[0].MountPoint, delegatedPath) : new V1Cgroup(directories);
    }

    /// <summary>The cgroup of an existing container, from the recorded <see cref="IHasDirectories.Directories"/>.</summary>
    public static ICgroup Open(IReadOnlyList<string> recorded, string delegatedPath = "")
    {
        var directories = new List<CgroupDirectory>(recorded.Count);
        foreach (string text in recorded)
            directories.Add(CgroupDirectory.Parse(text));
        return directories is [{ IsUnified: true } only] ? new V2Cgroup(only, CgroupHost.DefaultRoot, delegatedPath) : new V1Cgroup(directories);
    }

    /// <summary>The sub-cgroup that the annotation <c>run.oci.delegate-cgroup</c> asks for, as <see cref="IDelegatable.DelegatedPath"/>.</summary>
    public static string DelegatedPath(Spec spec)
    {
        if (RunOciAnnotations.DelegatedCgroup(spec) is not { } name)
            return "";
        string path = CgroupPath.Clean(name);
        return path.Length > 0 ? path : throw new LadeException(DelegateAnnotation, "'" + name + "' does not name a cgroup below the container's");
    }

    /// <summary>Delegation needs v2: on v1 the owner of a cgroup can change its limits.</summary>
    public static void CheckDelegation(CgroupHost host, string delegatedPath)
    {
        if (delegatedPath.Length > 0 && host.Mode != CgroupMode.V2)
            throw new LadeException(DelegateAnnotation, "needs cgroup v2, which this host does not have");
    }
}
