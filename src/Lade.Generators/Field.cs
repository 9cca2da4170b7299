using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;

namespace Lade.Generators;

/// <summary>Encoding of an argument and its type in C. The value is the letter in a layout of native/init/operations.h.</summary>
internal enum Form
{
    None = 0,
    Flag = 1,
    Word = '4',
    Long = '8',
    Text = 's',
    OptionalText = 'z',
    ResolvedPath = 'p',
    Vector = 'v',
    OptionalVector = 'w',
    Blob = 'b',
    Slot = 'i',
    OptionalSlot = 'o',
}

/// <summary>A property of an operation.</summary>
/// <param name="CType">Type of the structure member.</param>
/// <param name="Cast">Converts the property to an argument of PlanEncoder.Put.</param>
/// <param name="PrintedBy">Property shown by a printed plan; null for none.</param>
internal sealed record Field(string Name, Form Form, string CType, string Cast, bool IsSent, string? PrintedBy, bool IsMask, string Summary)
{
    /// <summary>Size in a plan.</summary>
    public int Width => Form == Form.Long ? 8 : Form == Form.Flag ? 0 : 4;

    /// <summary>Size in the C structure, where more than 4 bytes are aligned to 8.</summary>
    public int Size => Form switch
    {
        Form.Word or Form.Slot or Form.OptionalSlot => 4,
        Form.Vector or Form.OptionalVector or Form.Blob => 16,
        _ => 8,
    };

    /// <summary>null for a computed property that is not an argument.</summary>
    public static Field? Of(IPropertySymbol property, Documentation documentation, List<string> problems, CancellationToken cancellation)
    {
        string[] attributes = property.GetAttributes().Concat(ParameterOf(property)?.GetAttributes() ?? []).Select(attribute => attribute.AttributeClass!.Name).ToArray();
        bool isComputed = property.SetMethod is null;
        bool isSent = isComputed ? Has("Sent") : !Has("Unsent");
        if (isComputed && !isSent)
            return null;
        string? printedBy = isComputed || Has("Unprinted") ? null : Replacement(property) ?? property.Name;
        (Form form, string c, string cast) = FormOf(property.Type, Has("Resolved"));
        if (isSent && form == Form.None)
            problems.Add(property.Name + ": init has no use for a " + property.Type.ToDisplayString() + ": [Unsent], or another type");
        return new Field(property.Name, form, c, cast, isSent, printedBy, Has("Mask"), Documentation.Of(property, documentation, cancellation));

        bool Has(string name) => attributes.Contains(name + "Attribute");
    }

    private static IParameterSymbol? ParameterOf(IPropertySymbol property) =>
        property.ContainingType.InstanceConstructors.OrderByDescending(constructor => constructor.Parameters.Length).First().Parameters
            .FirstOrDefault(parameter => parameter.Name == property.Name);

    private static string? Replacement(IPropertySymbol property) =>
        property.GetAttributes().Concat(ParameterOf(property)?.GetAttributes() ?? [])
            .FirstOrDefault(attribute => attribute.AttributeClass!.Name == "PrintedByAttribute")?.ConstructorArguments[0].Value as string;

    private static (Form Form, string CType, string Cast) FormOf(ITypeSymbol type, bool isResolved)
    {
        bool isOptional = type.NullableAnnotation == NullableAnnotation.Annotated;
        if (type is INamedTypeSymbol { EnumUnderlyingType: { } underlying })
            return FormOf(underlying, false);
        return (type.SpecialType, type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString()) switch
        {
            (SpecialType.System_Boolean, _) => (Form.Flag, "uint32_t", ""),
            (SpecialType.System_Int32, _) => (Form.Word, "int32_t", "(uint)"),
            (SpecialType.System_UInt32, _) => (Form.Word, "uint32_t", "(uint)"),
            (SpecialType.System_UInt64, _) => (Form.Long, "uint64_t", "(ulong)"),
            (SpecialType.System_String, _) => (isResolved ? Form.ResolvedPath : isOptional ? Form.OptionalText : Form.Text, "const char *", ""),
            (_, "Lade.Plan.Slot") => (Form.Slot, "lade_slot", ""),
            (_, "Lade.Plan.Slot?") => (Form.OptionalSlot, "lade_slot", ""),
            (_, "System.Collections.Generic.IReadOnlyList<string>") => (isOptional ? Form.OptionalVector : Form.Vector, "struct lade_vector", ""),
            (_, "System.Collections.Generic.IReadOnlyList<Lade.Plan.FsOption>") => (Form.OptionalVector, "struct lade_vector", ""),
            (_, "System.Collections.Generic.IReadOnlyList<uint>") => (Form.Blob, "struct lade_blob", ""),
            (_, "System.ReadOnlyMemory<byte>") => (Form.Blob, "struct lade_blob", ""),
            _ => (Form.None, "", ""),
        };
    }
}
