using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lade.Generators;

/// <summary>
/// From the records with [ConfigObject] and the enums with [Vocabulary]: all that would name the properties of config.json a second time. Readers are one class, since
/// each class that has delegates of its own costs start-up time. docs/config.schema.json is a constant, which the build takes out (src/Lade/Generated.targets).
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class ConfigGenerator : IIncrementalGenerator
{
    private static readonly DiagnosticDescriptor s_wrong = new("LADE002", "An object of config.json is not well defined", "{0}: {1}", "Lade", DiagnosticSeverity.Error, true);

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<ConfigObject> objects = context.SyntaxProvider.ForAttributeWithMetadataName(
            "Lade.Configuration.ConfigObjectAttribute",
            static (node, _) => node is RecordDeclarationSyntax,
            static (syntax, cancellation) => ConfigObject.From((INamedTypeSymbol)syntax.TargetSymbol, syntax.Attributes[0], cancellation));
        IncrementalValuesProvider<ConfigVocabulary> vocabularies = context.SyntaxProvider.ForAttributeWithMetadataName(
            "Lade.Configuration.VocabularyAttribute",
            static (node, _) => node is EnumDeclarationSyntax,
            static (syntax, cancellation) => ConfigVocabulary.From((INamedTypeSymbol)syntax.TargetSymbol, syntax.Attributes[0], cancellation));
        context.RegisterSourceOutput(objects.Collect().Combine(vocabularies.Collect()), static (output, all) => Write(output, all.Left, all.Right));
    }

    private static void Write(SourceProductionContext output, ImmutableArray<ConfigObject> found, ImmutableArray<ConfigVocabulary> vocabularies)
    {
        // The order of the files is the build's business; what is checked in must not depend on it.
        ConfigObject[] objects = [.. found.OrderBy(record => record.Name, StringComparer.Ordinal)];
        foreach (ConfigObject record in objects)
            Report(output, record.Name, record.Problems);
        foreach (ConfigVocabulary vocabulary in vocabularies)
            Report(output, vocabulary.Name, vocabulary.Problems);
        if (objects.Any(record => record.Problems.Any()) || vocabularies.Any(vocabulary => vocabulary.Problems.Any()))
            return;
        output.AddSource("SpecReader.g.cs", ConfigReaders.Write(objects));
        output.AddSource("SpecWriter.g.cs", ConfigWriters.Write(objects));
        output.AddSource("SpecMerger.g.cs", ConfigMergers.Write(objects));
        output.AddSource("SpecNames.g.cs", ConfigNames.Write(vocabularies.OrderBy(vocabulary => vocabulary.Name, StringComparer.Ordinal)));
        output.AddSource("ConfigSchema.g.cs", ConfigTables.Write(objects));
        output.AddSource("config.schema.json.g.cs", ConfigDocument.Write(objects, vocabularies));
    }

    private static void Report(SourceProductionContext output, string name, IEnumerable<string> problems)
    {
        foreach (string problem in problems)
            output.ReportDiagnostic(Diagnostic.Create(s_wrong, Location.None, name, problem));
    }
}

/// <summary>The frame of the generated C#.</summary>
internal static class ConfigSource
{
    public static StringBuilder Begin(params string[] namespaces)
    {
        var text = new StringBuilder("#nullable enable\n");
        foreach (string name in namespaces)
            text.Append("using ").Append(name).Append(";\n");
        return text.Append("\nnamespace Lade.Configuration;\n\n");
    }

    public static string Utf8(string name) => "\"" + name + "\"u8";
}
