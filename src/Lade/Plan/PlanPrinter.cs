using System.Buffers;
using System.Text;
using System.Text.Json;
using Lade.Configuration;

namespace Lade.Plan;

/// <summary>Prints a plan as text (one line per operation, with the property it comes from) or as JSON.</summary>
internal static class PlanPrinter
{
    /// <summary>Width of the description column; longer descriptions push the origin to the right.</summary>
    private const int Column = 64;

    public static string Text(ContainerPlan plan)
    {
        var text = new StringBuilder();
        text.Append("start init in new namespaces: ").Append(plan.StartFlags).Append('\n');
        for (int i = 0; i < plan.Operations.Count; i++)
        {
            Operation operation = plan.Operations[i];
            string description = operation.Description + operation.Details;
            text.Append(i.ToString().PadLeft(3)).Append("  ").Append(operation.Origin.IsNone ? description : description.PadRight(Column) + "  " + operation.Origin).Append('\n');
        }

        foreach (string warning in plan.Warnings)
            text.Append("warning: ").Append(warning).Append('\n');
        return text.ToString();
    }

    public static string Json(ContainerPlan plan)
    {
        var output = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Indented))
        {
            var arguments = new ArgumentWriter(json);
            json.WriteStartObject();
            json.WriteString("startFlags", plan.StartFlags.ToString());
            json.WriteStartArray("operations");
            foreach (Operation operation in plan.Operations)
                Write(json, arguments, operation);
            json.WriteEndArray();
            json.WriteStartArray("warnings");
            foreach (string warning in plan.Warnings)
                json.WriteStringValue(warning);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan) + "\n";
    }

    private static void Write(Utf8JsonWriter json, ArgumentWriter arguments, Operation operation)
    {
        json.WriteStartObject();
        json.WriteString("operation", operation.Kind);
        json.WriteStartObject("arguments");
        operation.Print(arguments);
        json.WriteEndObject();
        json.WriteString("does", operation.Description);
        json.WriteString("origin", operation.Origin.ToString());
        json.WriteEndObject();
    }
}
