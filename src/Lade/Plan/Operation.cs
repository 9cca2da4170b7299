using System;
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

    /// <summary>The namespaces of a running container are joined: check that its first process has not left them.</summary>
    Joined = 8,
}

/// <summary>
/// Marks the record that defines an `init` operation. src/Lade.Generators generates the encoding and printing code from it, and the enumerator, structure and
/// dispatch entry in native/init/operations.h. Properties are both sent to `init` and printed by `lade plan` unless an attribute below says otherwise;
/// src/Lade.Generators/Field.cs lists the supported types.
/// </summary>
/// <param name="code">Operation number in the plan, never reused: a container waiting for `start` may have been created by another version of lade.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OperationAttribute(ushort code) : Attribute
{
    public ushort Code => code;
}

/// <summary>A computed property sent to `init` in place of those it is computed from. Not printed.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SentAttribute : Attribute;

/// <summary>Used only by lade, for descriptions and printed plans; not sent to `init`.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class UnsentAttribute : Attribute;

/// <summary>Not printed, because it may be secret.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class UnprintedAttribute : Attribute;

/// <summary>Printed plans show another, computed property instead.</summary>
/// <param name="property">Name of that property.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class PrintedByAttribute(string property) : Attribute
{
    public string Property => property;
}

/// <summary>A bit mask, printed as sixteen hexadecimal digits.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class MaskAttribute : Attribute;

/// <summary>
/// The path that the operation resolves below the container's root. A mount made earlier on it or on one of its parents is kept open until then
/// (docs/decisions/009).
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class ResolvedAttribute : Attribute;
