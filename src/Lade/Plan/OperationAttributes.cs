using System;

namespace Lade.Plan;

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
