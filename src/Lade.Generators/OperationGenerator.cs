using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lade.Generators;

/// <summary>
/// Generates, from the records with [Operation], the code that encodes and prints each, and the C header. Generators may not write files, so the header is a source file of
/// comments, which the build extracts (src/Lade/Generated.targets).
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class OperationGenerator : IIncrementalGenerator
{
    private static readonly DiagnosticDescriptor s_wrong = new("LADE001", "An operation of init is not well defined", "{0}: {1}", "Lade", DiagnosticSeverity.Error, true);

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<OperationModel> operations =
            context.SyntaxProvider.ForAttributeWithMetadataName("Lade.Plan.OperationAttribute", static (node, _) => node is RecordDeclarationSyntax, ModelOf);
        context.RegisterSourceOutput(operations, static (output, operation) =>
        {
            foreach (string problem in operation.Problems)
                output.ReportDiagnostic(Diagnostic.Create(s_wrong, Location.None, operation.Name, problem));
            output.AddSource(operation.Name + ".g.cs", RecordWriter.Write(operation));
        });
        context.RegisterSourceOutput(operations.Collect(), WriteHeader);
    }

    private static OperationModel ModelOf(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var type = (INamedTypeSymbol)context.TargetSymbol;
        var problems = new List<string>();
        Documentation documentation = Documentation.Of(type, cancellation);
        Field[] fields = type.GetMembers().OfType<IPropertySymbol>()
            .Where(property => property is { DeclaredAccessibility: Accessibility.Public, IsStatic: false, IsOverride: false })
            .OrderBy(property => property.Locations[0].SourceSpan.Start)
            .Select(property => Field.Of(property, documentation, problems, cancellation))
            .OfType<Field>()
            .ToArray();
        if (fields.Count(field => field.Form == Form.Flag) > 32)
            problems.Add("more than 32 flags");
        ushort code = (ushort)context.Attributes[0].ConstructorArguments[0].Value!;
        if (code == 0)
            problems.Add("0 is not the number of an operation");
        return new OperationModel(type.Name, code, documentation.Summary, new Sequence<Field>(fields), new Sequence<string>(problems));
    }

    private static void WriteHeader(SourceProductionContext output, ImmutableArray<OperationModel> operations)
    {
        foreach (IGrouping<ushort, OperationModel> same in operations.GroupBy(operation => operation.Code).Where(same => same.Count() > 1))
            output.ReportDiagnostic(Diagnostic.Create(s_wrong, Location.None, string.Join(", ", same.Select(operation => operation.Name)), "the number " + same.Key + " is taken"));
        output.AddSource("operations.h.g.cs", "// " + HeaderWriter.Write(operations.OrderBy(operation => operation.Code)).TrimEnd().Replace("\n", "\n// ") + "\n");
    }
}
