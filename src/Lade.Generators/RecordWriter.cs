using System.Linq;
using System.Text;

namespace Lade.Generators;

/// <summary>Generates the other part of a record: Kind, Encode and Print.</summary>
internal static class RecordWriter
{
    public static string Write(OperationModel operation)
    {
        var text = new StringBuilder();
        text.Append("#nullable enable\nnamespace Lade.Plan;\n\npartial record ").Append(operation.Name).Append("\n{\n");
        text.Append("    public override string Kind => \"").Append(operation.Name).Append("\";\n\n");
        text.Append("    internal override void Encode(PlanEncoder plan)\n    {\n");
        string flags = string.Join(" | ", operation.Flags.Select((flag, i) => "(" + flag.Name + " ? 0x" + (1u << i).ToString("x") + "u : 0)"));
        text.Append("        plan.Begin(").Append(operation.Code).Append(", ").Append(operation.Size).Append(", ").Append(flags.Length == 0 ? "0" : flags).Append(");\n");
        foreach (Field field in operation.Arguments)
            text.Append("        plan.Put(").Append(field.Cast).Append(field.Name).Append(");\n");
        text.Append("    }\n\n    internal override void Print(ArgumentWriter arguments)\n    {\n");
        foreach (Field field in operation.Fields.Where(field => field.PrintedBy is not null))
        {
            text.Append("        arguments.").Append(field.IsMask ? "AddMask" : "Add").Append("(\"").Append(Names.Camel(field.PrintedBy!)).Append("\", ")
                .Append(field.PrintedBy).Append(");\n");
        }

        return text.Append("    }\n}\n").ToString();
    }
}
