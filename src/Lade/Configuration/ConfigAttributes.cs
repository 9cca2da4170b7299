using System;

namespace Lade.Configuration;

/// <summary>
/// A record that is an object of config.json. The record is the definition of the object and of its properties: src/Lade.Generators makes from it the reader
/// (<see cref="SpecReader"/>), the writer (<see cref="SpecWriter"/>), the merge for `update` (<see cref="SpecMerger"/>), the table of property names
/// (<see cref="ConfigSchema"/>) and docs/config.schema.json. A property that is neither nullable nor initialized is required. The summaries are the descriptions in the
/// schema (docs/decisions/012).
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ConfigObjectAttribute : Attribute
{
    /// <summary>Names that the specification defines for other platforms, separated by spaces: ignored, but not unknown.</summary>
    public string? OtherPlatforms { get; init; }

    /// <summary>A method without arguments that turns the record as it was read into the record that is used.</summary>
    public string? Finish { get; init; }

    /// <summary>`update` merges it, and the objects in it.</summary>
    public bool IsUpdated { get; init; }
}

/// <summary>A property of config.json. Its C# type is its type in JSON; src/Lade.Generators/ConfigProperty.cs has the types there are.</summary>
/// <param name="name">In the document.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class ConfigPropertyAttribute(string name) : Attribute
{
    public string Name => name;

    /// <summary>The least number allowed; without it, that of the type.</summary>
    public object? Min { get; init; }

    /// <summary>The greatest number allowed; without it, that of the type.</summary>
    public object? Max { get; init; }

    /// <summary>A number that engines write where they mean that the property is absent.</summary>
    public object? NotSet { get; init; }

    /// <summary>What a required number reads as after a problem, where 0 would break a further rule.</summary>
    public object? Placeholder { get; init; }

    /// <summary>The letters allowed (a constant of <see cref="SpecNames"/>), for a <c>char</c>. An enum brings its own names.</summary>
    public string? Names { get; init; }

    /// <summary>The keys allowed in a map, a constant of <see cref="SpecNames"/>. The validator checks them.</summary>
    public string? Keys { get; init; }

    /// <summary>The positional property of a record may be absent and is 0 then.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Required by a rule of <see cref="SpecValidator"/>, with a message of its own; of a list, at least one element. The record allows that it is absent.</summary>
    public bool IsDemanded { get; init; }

    /// <summary>The text stays within JSON and may contain NUL; other text reaches the kernel.</summary>
    public bool AllowsNul { get; init; }
}

/// <summary>An enum whose members are names in config.json: the one table of these names, from which the generator makes a constant of <see cref="SpecNames"/>.</summary>
/// <param name="name">Of the constant.</param>
[AttributeUsage(AttributeTargets.Enum)]
internal sealed class VocabularyAttribute(string name) : Attribute
{
    public string Name => name;
}

/// <summary>How the specification spells a member of a vocabulary.</summary>
[AttributeUsage(AttributeTargets.Field)]
internal sealed class SpecNameAttribute(string name) : Attribute
{
    public string Name => name;
}

/// <summary>For `update`, 0 is the same as absent, as engines write it where a limit of 0 makes no sense.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ZeroIsNotGivenAttribute : Attribute;

/// <summary>Part of what identifies an element of a list: `update` replaces the element with the same key.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class MergeKeyAttribute : Attribute;

/// <summary>`update` keeps what was recorded, whatever is given.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NotUpdatedAttribute : Attribute;
