using System;

namespace Lade.Plan;

/// <summary>
/// The record is the definition of an operation of `init`. From it src/Lade.Generators writes how the operation is encoded and printed here, and its enumerator,
/// its structure and its place in the dispatch in native/init/operations.h. A property is both sent to `init` and printed by `lade plan` unless one of the attributes
/// below says otherwise; what may be a property of what type is in src/Lade.Generators/Field.cs.
/// </summary>
/// <param name="code">Number of the operation in a plan; never that of an earlier one. A container that waits for `start` was made by another version of lade.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OperationAttribute(ushort code) : Attribute
{
    public ushort Code => code;
}

/// <summary>A computed property that `init` gets, in place of those it is computed from. It is not printed.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SentAttribute : Attribute;

/// <summary>What only lade itself needs, for its sentences and its printed plans.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class UnsentAttribute : Attribute;

/// <summary>No printed plan shows it, because it may be secret.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class UnprintedAttribute : Attribute;

/// <summary>A printed plan shows another property, a computed one, in its place.</summary>
/// <param name="property">Name of the other one.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class PrintedByAttribute(string property) : Attribute
{
    public string Property => property;
}

/// <summary>A set of numbers, printed as sixteen hexadecimal digits.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class MaskAttribute : Attribute;

/// <summary>
/// The path below the container's root that the operation resolves. A mount that an earlier operation made on it, or above it, is kept open until then
/// (docs/decisions/009).
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class ResolvedAttribute : Attribute;
