using Lade.Configuration;

namespace Lade.Plan;

/// <summary>
/// One step of building a container, executed by `init` inside it. Operations are plain data: planners yield them, <see cref="PlanEncoder"/> encodes them,
/// `lade plan` prints them. A record with <see cref="OperationAttribute"/> is the complete definition of an operation; the abstract members are generated from
/// it. Container paths are resolved below the container's root with openat2(2), with or without a leading slash. Numbers are in the kernel's units.
/// </summary>
internal abstract record Operation
{
    /// <summary>The config.json property that requested this; none for what every container gets.</summary>
    public JsonPointer Origin { get; init; }

    /// <summary>What the operation does, as shown in errors and by `lade plan`: <c>mount tmpfs on /dev/shm</c>.</summary>
    public abstract string Description { get; }

    /// <summary>Appended to the description by `lade plan`, including its separator.</summary>
    public virtual string Details => "";

    /// <summary>Name of the record.</summary>
    public abstract string Kind { get; }

    /// <summary>Writes the operation's plan record.</summary>
    internal abstract void Encode(PlanEncoder plan);

    /// <summary>Prints argument names and values.</summary>
    internal abstract void Print(ArgumentWriter arguments);
}

/// <summary>
/// A named descriptor passed between operations: <c>root</c>, <c>mounts/3</c>, <c>cgroup/memory</c>. The encoder numbers the names; inherited slots are open
/// before `init` starts, the others are filled by an operation.
/// </summary>
internal readonly record struct Slot(string Name)
{
    public override string ToString() => Name;
}

/// <summary>A point at which `init` waits for the host side to act (enum lade_sync).</summary>
internal enum SyncPoint
{
    MapIds = 1,
    TimeOffsets = 2,
    Hooks = 3,
    Ready = 4,
    Namespaces = 5,
    Cgroup = 6,

    /// <summary>Setup is complete and no container process has been able to see us yet: messages after this point may be forged.</summary>
    Check = 7,
}
