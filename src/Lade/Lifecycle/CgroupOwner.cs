using Lade.Cgroups;
using Lade.Configuration;
using Lade.Rootfs;

namespace Lade.Lifecycle;

/// <summary>
/// Determines the owner of the container's cgroup (config-linux.md "Cgroup ownership"): the program's user, when the container has its own cgroup namespace and mounts its
/// cgroup writable, so that it can create sub-cgroups.
/// </summary>
internal static class CgroupOwner
{
    /// <summary>The host uid; null when the cgroup stays owned by root.</summary>
    public static uint? Find(Spec spec)
    {
        if (spec.Process is not { } process || spec.Linux is not { } linux || !linux.Makes(NamespaceType.Cgroup) || !MountsWritable(spec))
            return null;
        return HostId(linux, process.User.Uid) is { } uid and not 0 ? uid : null;
    }

    /// <summary>The owner of a delegated sub-cgroup, regardless of the container's mounts: the program's user.</summary>
    /// <returns>As <see cref="Find"/>.</returns>
    public static uint? FindForSubCgroup(Spec spec) =>
        spec.Process is { } process && HostId(spec.Linux ?? new LinuxSpec(), process.User.Uid) is { } uid and not 0 ? uid : null;

    /// <summary>Of several mounts on one path the last is on top.</summary>
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

    /// <summary>null when the uid is not mapped, or the container joins a user namespace, whose mappings are not in the config.</summary>
    private static uint? HostId(LinuxSpec linux, uint uid) =>
        LinuxSpec.ToHost(linux.UidMappings, uid) ?? (linux.Has(NamespaceType.User) ? null : uid);
}
