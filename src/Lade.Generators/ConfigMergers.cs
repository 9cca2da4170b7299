using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Lade.Generators;

/// <summary>A method for each object that `update` merges: what is given takes the place of what was recorded.</summary>
internal static class ConfigMergers
{
    public static string Write(IReadOnlyList<ConfigObject> objects)
    {
        StringBuilder text = ConfigSource.Begin();
        text.Append("static partial class SpecMerger\n{\n");
        var merged = new List<ConfigObject>(objects.Where(record => record.IsUpdated));
        for (int i = 0; i < merged.Count; i++)
        {
            bool isRoot = merged[i].IsUpdated;
            text.Append(isRoot ? "    public static " : "    private static ").Append(merged[i].Name).Append(isRoot ? "" : "?").Append(" Merge(").Append(merged[i].Name).Append(isRoot ? "" : "?").Append(" recorded, ")
                .Append(merged[i].Name).Append(isRoot ? "" : "?").Append(" given)\n    {\n");
            if (!isRoot)
                text.Append("        if (recorded is null || given is null)\n            return given ?? recorded;\n");
            text.Append("        return new ").Append(merged[i].Name).Append('(')
                .Append(string.Join(", ", merged[i].Properties.Where(property => property.IsPositional).Select(property => ValueOf(property, objects)))).Append(")\n        {\n");
            foreach (ConfigProperty property in merged[i].Properties)
            {
                if (!property.IsPositional)
                    text.Append("            ").Append(property.Name).Append(" = ").Append(ValueOf(property, objects)).Append(",\n");
                if (property.Shape == Shape.Object && !property.IsNotUpdated)
                    merged.Add(objects.Single(record => record.Name == property.Type));
            }

            text.Append("        };\n    }\n\n");
        }

        text.Length--;
        return text.Append("}\n").ToString();
    }

    private static string ValueOf(ConfigProperty property, IReadOnlyList<ConfigObject> objects)
    {
        string recorded = "recorded." + property.Name;
        string given = "given." + property.Name;
        return property switch
        {
            { IsNotUpdated: true } => recorded,
            { ZeroIsNotGiven: true } => given + " is null or 0 ? " + recorded + " : " + given,
            { Shape: Shape.Text } => "string.IsNullOrEmpty(" + given + ") ? " + recorded + " : " + given,
            { Shape: Shape.Truth or Shape.Integer, IsNullable: true } => given + " ?? " + recorded,
            { Shape: Shape.Object } => "Merge(" + recorded + ", " + given + ")",
            { Shape: Shape.Objects } => "Lists(" + recorded + ", " + given + ", static (a, b) => " + Same(objects.Single(record => record.Name == property.Type)) + ")",
            { Shape: Shape.TextMap or Shape.ObjectMap } => "Maps(" + recorded + ", " + given + ")",
            _ => throw new ArgumentException("there is no merge for " + property.Name),
        };
    }

    private static string Same(ConfigObject record) =>
        string.Join(" && ", record.Properties.Where(property => property.IsMergeKey).Select(property => "a." + property.Name + " == b." + property.Name)) is { Length: > 0 } same
            ? same
            : throw new ArgumentException(record.Name + " has no [MergeKey]");
}
