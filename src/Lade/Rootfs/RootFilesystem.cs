using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Rootfs;

/// <summary>
/// The root of the container: how mounts propagate between host and container, the root's own mount, and the change into it.
/// </summary>
internal sealed class RootFilesystem
{
    private readonly Spec _spec;
    private readonly string _rootfs;
    private readonly bool _noPivot;
    private readonly MountPropagation _rootPropagation;

    /// <param name="rootfs">Absolute path of the root file system on the host.</param>
    /// <param name="noPivot">The caller asked for --no-pivot.</param>
    public RootFilesystem(Spec spec, string rootfs, bool noPivot)
    {
        _spec = spec;
        _rootfs = rootfs;
        _noPivot = noPivot;
        _rootPropagation = spec.Linux?.RootfsPropagation is { } propagation ? MountOptions.FlagsOf(propagation) : MountPropagation.None;
    }

    private static readonly Slot s_tree = new("rootfs");
    private static readonly JsonPointer s_origin = JsonPointer.Of("root", "path");
    private static readonly JsonPointer s_propagationOrigin = JsonPointer.Of("linux", "rootfsPropagation");

    /// <summary>
    /// What "/" of the new mount namespace becomes first. Without a word in config.json everything is a slave, so that nothing done here reaches the host.
    /// A shared root keeps the host's propagation alive through the tree; the root's own mount is set apart again before pivot_root.
    /// </summary>
    public IEnumerable<Operation> SetApart()
    {
        MountPropagation propagation = (_rootPropagation & MountPropagation.MS_PRIVATE) != 0
            ? MountPropagation.MS_PRIVATE | MountPropagation.MS_REC
            : IsShared
                ? MountPropagation.MS_SHARED | MountPropagation.MS_REC
                : MountPropagation.MS_SLAVE | MountPropagation.MS_REC;
        yield return new SetPropagation(propagation) { Origin = Origin };
    }

    /// <summary>The detached copy of the root with all that is mounted below it.</summary>
    public Operation OpenTree(MountPropagation propagation) => new OpenTree(s_tree, _rootfs)
    {
        Recursive = true,
        // The copy of a shared mount is its peer: what is mounted in the container would appear on the host, and pivot_root(2) refuses a shared root.
        Propagation = IsShared ? MountPropagation.MS_SLAVE : propagation,
        Origin = s_origin,
    };

    /// <param name="ownMountNamespace">False for a joined one, whose propagation is not ours to know.</param>
    public Operation Attach(bool ownMountNamespace) => new AttachRoot(s_tree, _rootfs)
    {
        SharedParent = !ownMountNamespace || IsShared,
        Origin = s_origin,
    };

    /// <summary>
    /// The container's processes see the root as "/", nothing of the host's tree remains reachable. In a user namespace the mounts below the root could not be
    /// detached, and whoever is its root could: there is no way without pivot_root(2).
    /// </summary>
    /// <param name="userNamespace">The container has one, or lade itself is in one.</param>
    public Operation Pivot(bool userNamespace) => new PivotRoot { NoPivot = _noPivot && !userNamespace, Propagation = _rootPropagation, Origin = s_origin };

    /// <summary>Without a mount namespace there is nothing to mount and nothing to pivot: the root is entered where it lies on the host.</summary>
    public Operation Change() => new ChangeRoot(_rootfs) { Origin = s_origin };

    /// <summary>After everything has been made in it.</summary>
    public IEnumerable<Operation> MakeReadonly()
    {
        if (_spec.Root is { Readonly: true })
            yield return new SetTargetAttributes("/") { Set = MountAttributes.MOUNT_ATTR_RDONLY, Origin = JsonPointer.Of("root", "readonly") };
    }

    private bool IsShared => (_rootPropagation & MountPropagation.MS_SHARED) != 0;

    private JsonPointer Origin => _spec.Linux?.RootfsPropagation is null ? s_origin : s_propagationOrigin;
}
