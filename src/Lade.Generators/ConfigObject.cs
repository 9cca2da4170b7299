using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;

namespace Lade.Generators;

/// <summary>A record with [ConfigObject].</summary>
/// <param name="Finish">The method that turns what was read into what is used; null: none.</param>
internal sealed record ConfigObject(string Name, string Summary, string OtherPlatforms, string? Finish, bool IsUpdated, Sequence<ConfigProperty> Properties, Sequence<string> Problems)
{
    public static ConfigObject From(INamedTypeSymbol type, AttributeData definition, CancellationToken cancellation)
    {
        var problems = new List<string>();
        Documentation documentation = Documentation.Read(type, cancellation, ofJson: true);
        if (documentation.Summary.Length == 0)
            problems.Add("a summary is missing");
        ConfigProperty[] properties = type.GetMembers().OfType<IPropertySymbol>()
            .Where(property => property is { DeclaredAccessibility: Accessibility.Public, IsStatic: false, IsOverride: false })
            .OrderBy(property => property.Locations[0].SourceSpan.Start)
            .Select(property => ConfigProperty.From(property, documentation, problems, cancellation))
            .OfType<ConfigProperty>()
            .ToArray();
        foreach (IGrouping<string, ConfigProperty> same in properties.GroupBy(property => property.Json).Where(same => same.Count() > 1))
            problems.Add("the name " + same.Key + " is used twice");
        return new ConfigObject(
            type.Name, documentation.Summary, Argument("OtherPlatforms") as string ?? "", Argument("Finish") as string, Argument("IsUpdated") is true,
            new Sequence<ConfigProperty>(properties), new Sequence<string>(problems));

        object? Argument(string name) => definition.NamedArguments.FirstOrDefault(argument => argument.Key == name).Value.Value;
    }
}

/// <summary>An enum with [Vocabulary].</summary>
/// <param name="Constant">Name of its constant of SpecNames.</param>
internal sealed record ConfigVocabulary(string Name, string Constant, string Summary, bool IsFlags, Sequence<ConfigName> Names, Sequence<string> Problems)
{
    /// <summary>The number of each member is its place in the list.</summary>
    public bool IsPositional => Names.Select((name, i) => name.Value == (ulong)i).All(same => same);

    public string Words => string.Join(" ", Names.Select(name => name.Word));

    public static ConfigVocabulary From(INamedTypeSymbol type, AttributeData definition, CancellationToken cancellation)
    {
        var problems = new List<string>();
        var names = new List<ConfigName>();
        bool isFlags = type.GetAttributes().Any(attribute => attribute.AttributeClass!.Name == "FlagsAttribute");
        foreach (IFieldSymbol member in type.GetMembers().OfType<IFieldSymbol>().Where(member => member.HasConstantValue))
        {
            ulong value = Convert.ToUInt64(member.ConstantValue, System.Globalization.CultureInfo.InvariantCulture);
            if (member.GetAttributes().FirstOrDefault(attribute => attribute.AttributeClass!.Name == "SpecNameAttribute")?.ConstructorArguments[0].Value is string word)
                names.Add(new ConfigName(member.Name, word, value));
            else if (!isFlags || value != 0)
                problems.Add(member.Name + ": [SpecName] is missing");
        }

        return new ConfigVocabulary(
            type.Name, (string)definition.ConstructorArguments[0].Value!, Documentation.Read(type, cancellation, ofJson: true).Summary, isFlags, new Sequence<ConfigName>(names), new Sequence<string>(problems));
    }
}

/// <summary>A member of an enum with [Vocabulary].</summary>
internal sealed record ConfigName(string Name, string Word, ulong Value);
