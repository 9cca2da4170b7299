using System.Collections.Generic;
using Lade.Configuration;
using Lade.Init;
using Lade.Linux;
using Lade.Plan;
using Lade.Rootfs;

namespace Lade.Lifecycle;

/// <summary>Creates user namespaces that exist only for their id maps, which an id-mapped mount takes over (mount_setattr(2)).</summary>
internal static class IdMapNamespaces
{
    /// <summary>Adds an open descriptor for each map that the mounts of <paramref name="spec"/> need.</summary>
    public static void Open(Spec spec, bool canDisown, Dictionary<Slot, Fd> slots)
    {
        foreach (MountIdMap map in new IdMappedMounts(spec).NewNamespaces())
            slots.Add(map.Namespace, Make(map, canDisown));
    }

    private static Fd Make(MountIdMap map, bool canDisown)
    {
        // A managed process cannot fork, so an `init` holds the namespace: it waits for a reply that never comes, and ends when its socket is closed. Any process with uid 0
        // in the parent namespace has full control over it, so it offers nothing to take: it is not dumpable, and has an empty root, no capabilities and no descriptors.
        var plan = new ContainerPlan
        {
            StartFlags = CloneFlags.None,
            Operations =
            [
                new CloseDescriptors(null) { Origin = map.Origin },
                new EmptyRoot(CloneFlags.CLONE_NEWUSER) { Disowned = canDisown, Origin = map.Origin },
                new SetCapabilities(0, 0, 0, 0) { Origin = map.Origin },
                new Sync(SyncPoint.MapIds) { Origin = map.Origin },
            ],
        };
        InitProcess holder = InitProcess.Start(plan, new InitStartInfo { Slots = new Dictionary<Slot, Fd>() });
        try
        {
            if (holder.Receive() is null)
                throw new LadeException(map.Origin, "the process that holds the id map ended early");
            IdMapWriter.Write(holder.Pid, map.Uids, map.Gids, map.Origin, map.Origin);
            return Files.Open("/proc/" + holder.Pid + "/ns/user", Libc.O_RDONLY);
        }
        finally
        {
            holder.Dispose();
            holder.KillAndReap();
        }
    }
}
