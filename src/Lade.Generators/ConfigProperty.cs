using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lade.Generators;

/// <summary>What a property of config.json is, by the C# type of the property of the record.</summary>
internal enum Shape
{
    None,

    /// <summary><c>string</c>.</summary>
    Text,

    /// <summary><c>char</c>: one of a few letters.</summary>
    Letter,

    /// <summary><c>bool</c>.</summary>
    Truth,

    /// <summary><c>int</c>, <c>long</c>, <c>ushort</c>, <c>uint</c>, <c>ulong</c>.</summary>
    Integer,

    /// <summary>An enum with [Vocabulary].</summary>
    Name,

    /// <summary>A [Flags] enum with [Vocabulary]: a list of names.</summary>
    Flags,

    /// <summary>A record with [ConfigObject].</summary>
    Object,

    /// <summary>A list of strings.</summary>
    Texts,

    /// <summary>A list of <c>uint</c>.</summary>
    Integers,

    /// <summary>A list of an enum with [Vocabulary].</summary>
    Names,

    /// <summary>A list of a record with [ConfigObject].</summary>
    Objects,

    /// <summary>A dictionary of strings.</summary>
    TextMap,

    /// <summary>A dictionary of a record with [ConfigObject].</summary>
    ObjectMap,
}

/// <summary>A property of a record with [ConfigObject].</summary>
/// <param name="Name">In C#.</param>
/// <param name="Json">In the document.</param>
/// <param name="Type">C# name of the type, or of an element's, without a question mark.</param>
/// <param name="Vocabulary">The constant of SpecNames with the names of an enum.</param>
/// <param name="Words">The letters or keys allowed, separated by spaces.</param>
/// <param name="Default">C# expression for an absent property; null: that of the shape.</param>
internal sealed record ConfigProperty(
    string Name, string Json, Shape Shape, string Type, string? Vocabulary, string? Words, string? Default, string? Min, string? Max, string? NotSet, string? Placeholder, string Summary)
{
    public bool IsNullable { get; init; }
    public bool IsPositional { get; init; }

    /// <summary>Its absence is a problem that the reader finds.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Its absence is a problem that the validator finds.</summary>
    public bool IsDemanded { get; init; }
    public bool AllowsNul { get; init; }
    public bool ZeroIsNotGiven { get; init; }
    public bool IsMergeKey { get; init; }
    public bool IsNotUpdated { get; init; }

    public bool IsList => Shape is Shape.Texts or Shape.Integers or Shape.Names or Shape.Objects or Shape.Flags;

    public bool HasObjects => Shape is Shape.Object or Shape.Objects or Shape.ObjectMap;

    /// <summary>null for a property that is not one of the document.</summary>
    public static ConfigProperty? From(IPropertySymbol property, Documentation documentation, List<string> problems, CancellationToken cancellation)
    {
        IParameterSymbol? parameter = ParameterOf(property);
        ImmutableArray<AttributeData> attributes = [.. property.GetAttributes().Concat(parameter?.GetAttributes() ?? [])];
        AttributeData? definition = attributes.FirstOrDefault(attribute => attribute.AttributeClass!.Name == "ConfigPropertyAttribute");
        if (definition is null)
        {
            if (property.SetMethod is not null)
                problems.Add(property.Name + ": a property of a record with [ConfigObject] needs [ConfigProperty]");
            return null;
        }

        (Shape shape, ITypeSymbol value) = ShapeOf(property.Type);
        string summary = Documentation.Read(property, documentation, cancellation);
        if (shape == Shape.None)
            problems.Add(property.Name + ": there is no reader for a " + property.Type.ToDisplayString());
        if (summary.Length == 0)
            problems.Add(property.Name + ": a summary is missing, or a param of the record");
        bool isNullable = property.NullableAnnotation == NullableAnnotation.Annotated;
        bool isOptional = isNullable || Has("IsOptional");
        bool isSingle = shape is Shape.Text or Shape.Letter or Shape.Truth or Shape.Integer or Shape.Name;
        if (property.IsRequired && !isSingle && !Has("IsDemanded"))
            problems.Add(property.Name + ": only a single value can be required; use IsDemanded, and a rule of the validator");
        return new ConfigProperty(
            property.Name, (string)definition.ConstructorArguments[0].Value!, shape, value.Name, VocabularyOf(value), Argument("Names") ?? Argument("Keys"),
            DefaultOf(property, cancellation), Argument("Min"), Argument("Max"), Argument("NotSet"), Argument("Placeholder"), summary)
        {
            IsNullable = isNullable,
            IsPositional = parameter is not null,
            IsRequired = isSingle && !isOptional && (parameter is not null || property.IsRequired),
            IsDemanded = Has("IsDemanded"),
            AllowsNul = Has("AllowsNul"),
            ZeroIsNotGiven = attributes.Any(attribute => attribute.AttributeClass!.Name == "ZeroIsNotGivenAttribute"),
            IsMergeKey = attributes.Any(attribute => attribute.AttributeClass!.Name == "MergeKeyAttribute"),
            IsNotUpdated = attributes.Any(attribute => attribute.AttributeClass!.Name == "NotUpdatedAttribute"),
        };

        string? Argument(string name) =>
            definition.NamedArguments.FirstOrDefault(argument => argument.Key == name).Value.Value is { } given ? string.Format(CultureInfo.InvariantCulture, "{0}", given) : null;

        bool Has(string name) => Argument(name) == "True";
    }

    /// <summary>The enum's constant of SpecNames; null for other types.</summary>
    public static string? VocabularyOf(ITypeSymbol type) =>
        type.GetAttributes().FirstOrDefault(attribute => attribute.AttributeClass!.Name == "VocabularyAttribute")?.ConstructorArguments[0].Value as string;

    private static IParameterSymbol? ParameterOf(IPropertySymbol property) =>
        property.ContainingType.InstanceConstructors.OrderByDescending(constructor => constructor.Parameters.Length).First().Parameters
            .FirstOrDefault(parameter => parameter.Name == property.Name);

    private static string? DefaultOf(IPropertySymbol property, CancellationToken cancellation) =>
        (property.DeclaringSyntaxReferences[0].GetSyntax(cancellation) as PropertyDeclarationSyntax)?.Initializer?.Value.ToString();

    private static (Shape Shape, ITypeSymbol Value) ShapeOf(ITypeSymbol type)
    {
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
            type = nullable.TypeArguments[0];
        if (type is INamedTypeSymbol { IsGenericType: true } generic)
        {
            ITypeSymbol element = generic.TypeArguments[generic.TypeArguments.Length - 1];
            return (generic.Name, SingleShapeOf(element)) switch
            {
                ("IReadOnlyList", Shape.Text) => (Shape.Texts, element),
                ("IReadOnlyList", Shape.Integer) when element.SpecialType == SpecialType.System_UInt32 => (Shape.Integers, element),
                ("IReadOnlyList", Shape.Name) => (Shape.Names, element),
                ("IReadOnlyList", Shape.Object) => (Shape.Objects, element),
                ("IReadOnlyDictionary", Shape.Text) => (Shape.TextMap, element),
                ("IReadOnlyDictionary", Shape.Object) => (Shape.ObjectMap, element),
                _ => (Shape.None, type),
            };
        }

        return (SingleShapeOf(type), type);
    }

    private static Shape SingleShapeOf(ITypeSymbol type) => type.SpecialType switch
    {
        SpecialType.System_String => Shape.Text,
        SpecialType.System_Char => Shape.Letter,
        SpecialType.System_Boolean => Shape.Truth,
        SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_UInt16 or SpecialType.System_UInt32 or SpecialType.System_UInt64 => Shape.Integer,
        _ when VocabularyOf(type) is not null => type.GetAttributes().Any(attribute => attribute.AttributeClass!.Name == "FlagsAttribute") ? Shape.Flags : Shape.Name,
        _ when type.GetAttributes().Any(attribute => attribute.AttributeClass!.Name == "ConfigObjectAttribute") => Shape.Object,
        _ => Shape.None,
    };
}
