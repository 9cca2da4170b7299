using Lade.Cgroups;
using Lade.Configuration;
using Lade.Rootfs;

namespace Lade.Lifecycle;

/// <summary>
/// Whose the container's cgroup is to be (config-linux.md "Cgroup ownership"): the program's, when it can see its cgroup as a root of its own and may write
/// there, so that it can make cgroups below.
/// </summary>
internal static class CgroupOwner
{
    /// <summary>The uid on the host; null when the cgroup stays root's.</summary>
    public static uint? Of(Spec spec)
    {
        if (spec.Process is not { } process || spec.Linux is not { } linux || !linux.Makes(NamespaceType.Cgroup) || !MountsWritable(spec))
            return null;
        return HostId(linux, process.User.Uid) is { } uid and not 0 ? uid : null;
    }

    /// <summary>Whose the part is that the container manages itself, whatever it has mounted: the program's.</summary>
    /// <returns>As <see cref="Of"/>.</returns>
    public static uint? OfPart(Spec spec) =>
        spec.Process is { } process && HostId(spec.Linux ?? new LinuxSpec(), process.User.Uid) is { } uid and not 0 ? uid : null;

    /// <summary>The last mount on a place is the one that is seen.</summary>
    private static bool MountsWritable(Spec spec)
    {
        for (int i = spec.Mounts.Count - 1; i >= 0; i--)
        {
            MountSpec mount = spec.Mounts[i];
            if (CgroupPath.Clean(mount.Destination) == CgroupHost.DefaultRoot)
                return mount.Type is "cgroup" or "cgroup2" && !MountOptions.Parse(mount.Options).IsReadonly;
        }

        return false;
    }

    /// <summary>Null when no mapping has it, or when the user namespace is somebody else's and its mappings are not in the config.</summary>
    private static uint? HostId(LinuxSpec linux, uint uid) =>
        LinuxSpec.ToHost(linux.UidMappings, uid) ?? (linux.Has(NamespaceType.User) ? null : uid);
}
