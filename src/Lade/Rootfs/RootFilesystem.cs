using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Rootfs;

/// <summary>The container's root: mount propagation between host and container, the root mount, and pivot_root(2).</summary>
internal sealed class RootFilesystem
{
    private readonly Spec _spec;
    private readonly string _rootfs;
    private readonly bool _noPivot;
    private readonly MountPropagation _rootPropagation;

    /// <param name="rootfs">Absolute path of the root file system on the host.</param>
    /// <param name="noPivot">--no-pivot was given.</param>
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
    /// Sets the propagation of "/" in the new mount namespace. By default everything is a slave, so that nothing done here propagates to the host. A shared
    /// root keeps the rest of the tree shared with the host; the root mount itself is made private before pivot_root(2).
    /// </summary>
    public IEnumerable<Operation> SetPropagation()
    {
        MountPropagation propagation = (_rootPropagation & MountPropagation.MS_PRIVATE) != 0
            ? MountPropagation.MS_PRIVATE | MountPropagation.MS_REC
            : IsShared
                ? MountPropagation.MS_SHARED | MountPropagation.MS_REC
                : MountPropagation.MS_SLAVE | MountPropagation.MS_REC;
        yield return new SetPropagation(propagation) { Origin = Origin };
    }

    /// <summary>Clones the root and its submounts as a detached tree.</summary>
    public Operation OpenTree(MountPropagation propagation) => new OpenTree(s_tree, _rootfs)
    {
        Recursive = true,
        // A clone of a shared mount is its peer: container mounts would propagate to the host, and pivot_root(2) refuses a shared root.
        Propagation = IsShared ? MountPropagation.MS_SLAVE : propagation,
        Origin = s_origin,
    };

    /// <param name="ownMountNamespace">False for a joined one, whose propagation is unknown.</param>
    public Operation Attach(bool ownMountNamespace) => new AttachRoot(s_tree, _rootfs)
    {
        SharedParent = !ownMountNamespace || IsShared,
        Origin = s_origin,
    };

    /// <summary>
    /// Makes the root "/" and everything else of the host's tree unreachable. With a user namespace there is no alternative to pivot_root(2): mounts below the
    /// root could not be detached, but the root user of that namespace could reach them.
    /// </summary>
    /// <param name="userNamespace">The container has one, or lade is in one.</param>
    public Operation Pivot(bool userNamespace) => new PivotRoot { NoPivot = _noPivot && !userNamespace, Propagation = _rootPropagation, Origin = s_origin };

    /// <summary>Without a mount namespace nothing can be mounted or pivoted: changes the root to its directory on the host.</summary>
    public Operation Chroot() => new ChangeRoot(_rootfs) { Origin = s_origin };

    /// <summary>After everything has been created in it.</summary>
    public IEnumerable<Operation> MakeReadonly()
    {
        if (_spec.Root is { Readonly: true })
            yield return new SetTargetAttributes("/") { Set = MountAttributes.MOUNT_ATTR_RDONLY, Origin = JsonPointer.Of("root", "readonly") };
    }

    private bool IsShared => (_rootPropagation & MountPropagation.MS_SHARED) != 0;

    private JsonPointer Origin => _spec.Linux?.RootfsPropagation is null ? s_origin : s_propagationOrigin;
}
