using Lade.Configuration;

namespace Lade.Plan;

/// <summary>
/// One step of building a container, executed by `init` inside it. An operation is data: planners yield it, <see cref="PlanEncoder"/> writes it,
/// `lade plan` prints it. What each one does exactly is said beside its opcode in native/init/plan.h.
/// </summary>
internal abstract record Operation
{
    /// <summary>The property of config.json that asked for this; none for what every container gets.</summary>
    public JsonPointer Origin { get; init; }

    /// <summary>What is done to what, as it stands in an error and in `lade plan`: <c>mount tmpfs on /dev/shm</c>.</summary>
    public abstract string Sentence { get; }
}

/// <summary>
/// A descriptor that operations hand on, by name: <c>root</c>, <c>mounts/3</c>, <c>cgroup/memory</c>. The encoder numbers the names; those in the table of
/// inherited descriptors are open before `init` starts, the others are filled by an operation.
/// </summary>
internal readonly record struct Slot(string Name)
{
    public override string ToString() => Name;
}

/// <summary>Where `init` waits for the host side, and what the host does meanwhile (enum lade_sync).</summary>
internal enum SyncPoint
{
    MapIds = 1,
    TimeOffsets = 2,
    Hooks = 3,
    Ready = 4,
    Namespaces = 5,
    Cgroup = 6,
}
