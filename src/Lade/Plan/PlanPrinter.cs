using System.Buffers;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using Lade.Configuration;

namespace Lade.Plan;

/// <summary>A plan for people (one line per operation, with the property it comes from) and for programs (JSON).</summary>
internal static class PlanPrinter
{
    /// <summary>Width of the column of sentences; longer ones push their origin to the right.</summary>
    private const int Column = 64;

    public static string Text(ContainerPlan plan)
    {
        var text = new StringBuilder();
        text.Append("start init in new namespaces: ").Append(plan.StartFlags).Append('\n');
        for (int i = 0; i < plan.Operations.Count; i++)
        {
            Operation operation = plan.Operations[i];
            string sentence = operation.Sentence + Details(operation);
            text.Append(i.ToString().PadLeft(3)).Append("  ").Append(operation.Origin.IsNone ? sentence : sentence.PadRight(Column) + "  " + operation.Origin).Append('\n');
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
            json.WriteStartObject();
            json.WriteString("startFlags", plan.StartFlags.ToString());
            json.WriteStartArray("operations");
            foreach (Operation operation in plan.Operations)
                Write(json, operation);
            json.WriteEndArray();
            json.WriteStartArray("warnings");
            foreach (string warning in plan.Warnings)
                json.WriteStringValue(warning);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan) + "\n";
    }

    private static void Write(Utf8JsonWriter json, Operation operation)
    {
        json.WriteStartObject();
        json.WriteString("operation", OperationArguments.NameOf(operation));
        json.WriteStartObject("arguments");
        foreach (KeyValuePair<string, object?> argument in OperationArguments.Of(operation))
            WriteArgument(json, argument.Key, argument.Value);
        json.WriteEndObject();
        json.WriteString("does", operation.Sentence);
        json.WriteString("origin", operation.Origin.ToString());
        json.WriteEndObject();
    }

    private static void WriteArgument(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null or false or "":
                return;
            case true:
                json.WriteBoolean(name, true);
                break;
            case int number:
                json.WriteNumber(name, number);
                break;
            case uint number:
                json.WriteNumber(name, number);
                break;
            case ulong number:
                json.WriteNumber(name, number);
                break;
            case IReadOnlyList<string> strings:
                json.WriteStartArray(name);
                foreach (string text in strings)
                    json.WriteStringValue(text);
                json.WriteEndArray();
                break;
            default:
                json.WriteString(name, value.ToString());
                break;
        }
    }

    private static string Details(Operation operation) => operation switch
    {
        Mount mount => Joined(mount.Options, mount.Attributes),
        SetTreeAttributes o => ": " + Changed(o.Set, o.Clear, o.Propagation) + (o.Recursive ? ", recursively" : ""),
        SetTargetAttributes o => ": " + Changed(o.Set, o.Clear, o.Propagation) + (o.Recursive ? ", recursively" : ""),
        SetRlimit limit => " " + limit.Soft + ":" + limit.Hard,
        SetGroups groups => ": " + string.Join(",", groups.Gids),
        OpenTree { Recursive: true } or MapTreeIds { Recursive: true } => ", recursively",
        _ => "",
    };

    private static string Changed(MountAttributes set, MountAttributes clear, MountPropagation propagation)
    {
        var words = new List<string>();
        if (set != MountAttributes.None)
            words.Add(set.ToString());
        if ((clear & ~set) != MountAttributes.None)
            words.Add("clear " + (clear & ~set));
        if (propagation != MountPropagation.None)
            words.Add(propagation.ToString());
        return string.Join(", ", words);
    }

    private static string Joined(IReadOnlyList<FsOption> options, MountAttributes attributes)
    {
        string text = string.Join(",", options);
        if (attributes != MountAttributes.None)
            text += (text.Length > 0 ? " " : "") + attributes;
        return text.Length == 0 ? "" : " (" + text + ")";
    }
}
