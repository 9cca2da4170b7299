using Lade.Configuration;

namespace Lade.Plan;

/// <summary>
/// One step of building a container, executed by `init` inside it. An operation is data: planners yield it, <see cref="PlanEncoder"/> writes it,
/// `lade plan` prints it. A record with <see cref="OperationAttribute"/> says all there is to say about its kind; the abstract members are generated from it.
/// Paths of the container are resolved below its root with openat2(2), whether or not they start with a slash. Numbers are in the kernel's own units.
/// </summary>
internal abstract record Operation
{
    /// <summary>The property of config.json that asked for this; none for what every container gets.</summary>
    public JsonPointer Origin { get; init; }

    /// <summary>What is done to what, as it stands in an error and in `lade plan`: <c>mount tmpfs on /dev/shm</c>.</summary>
    public abstract string Sentence { get; }

    /// <summary>What `lade plan` says behind the sentence; with the separator that fits there.</summary>
    public virtual string Details => "";

    /// <summary>The name of the record.</summary>
    public abstract string Kind { get; }

    /// <summary>Writes the operation's record of the plan.</summary>
    internal abstract void Encode(PlanEncoder plan);

    /// <summary>Names and values of the arguments.</summary>
    internal abstract void Print(ArgumentWriter arguments);
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

    /// <summary>Everything is made, and no process of the container has seen us yet: what is said from here on may be forged.</summary>
    Check = 7,

    /// <summary>The namespaces of a running container are joined: is its first process still where it was?</summary>
    Joined = 8,
}
