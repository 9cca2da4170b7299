using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Lade.Generators;

/// <summary>One method for each object, <c>MountSpecFrom</c>, and for each list of names.</summary>
internal static class ConfigReaders
{
    public static string Write(IReadOnlyList<ConfigObject> objects)
    {
        StringBuilder text = ConfigSource.Begin();
        text.Append("static partial class SpecReader\n{\n");
        foreach (ConfigObject record in objects)
            WriteReader(text, record);
        foreach (string type in objects.SelectMany(record => record.Properties).Where(property => property.Shape == Shape.Names).Select(property => property.Type).Distinct())
        {
            text.Append("    private static ").Append(type).Append("[]? ").Append(type).Append("ListFrom(int[]? positions)\n    {\n        if (positions is null)\n            return null;\n        var list = new ")
                .Append(type).Append("[positions.Length];\n        for (int i = 0; i < list.Length; i++)\n            list[i] = SpecNames.").Append(type).Append("At(positions[i]);\n        return list;\n    }\n\n");
        }

        text.Length--;
        return text.Append("}\n").ToString();
    }

    private static void WriteReader(StringBuilder text, ConfigObject record)
    {
        text.Append("    private static ").Append(record.Name).Append(' ').Append(record.Name).Append("From(JsonObjectReader json) => new ").Append(record.Name).Append('(');
        text.Append(string.Join(", ", record.Properties.Where(property => property.IsPositional).Select(ValueOf)));
        text.Append(')');
        if (record.Properties.Any(property => !property.IsPositional))
        {
            text.Append("\n    {\n");
            foreach (ConfigProperty property in record.Properties.Where(property => !property.IsPositional))
                text.Append("        ").Append(property.Name).Append(" = ").Append(ValueOf(property)).Append(",\n");
            text.Append("    }");
        }

        text.Append(record.Finish is null ? ";\n\n" : "." + record.Finish + "();\n\n");
    }

    private static string ValueOf(ConfigProperty property)
    {
        string name = ConfigSource.Utf8(property.Json);
        string found = "found" + property.Name;
        switch (property.Shape)
        {
            case Shape.Text:
                return Call(property.IsRequired ? "RequiredString" : property.AllowsNul ? "Text" : "String") + Otherwise("\"\"");
            case Shape.Letter:
                return (property.IsRequired ? "json.RequiredLetter(" : "json.Letter(") + name + ", \"" + property.Words + "\")" + Otherwise("'\\0'");
            case Shape.Truth:
                return Call(property.IsRequired ? "RequiredBool" : property.IsNullable ? "OptionalBool" : "Bool");
            case Shape.Integer:
                return "json." + (property.IsRequired ? "Required" : "") + property.Type + "(" + name + Argument("min", property.Min) + Argument("max", property.Max)
                    + Argument("notSet", property.NotSet) + Argument("placeholder", property.Placeholder) + ")" + Otherwise("0");
            case Shape.Name when property.IsRequired:
                return "SpecNames." + property.Type + "At(json.RequiredChoice(" + name + ", SpecNames." + property.Vocabulary + "))";
            case Shape.Name:
                return "json.Choice(" + name + ", SpecNames." + property.Vocabulary + ") is >= 0 and int " + found + " ? SpecNames." + property.Type + "At(" + found + ") : null";
            case Shape.Flags:
                return "SpecNames." + property.Type + "From(json.Choices(" + name + ", SpecNames." + property.Vocabulary + "))";
            case Shape.Object:
                return "json.Object(" + name + ") is { } " + found + " ? " + property.Type + "From(" + found + ") : " + (property.IsNullable ? "null" : property.Default);
            case Shape.Texts:
                return Call(property.IsNullable ? "OptionalStrings" : "Strings");
            case Shape.Integers:
                return Call("UInt32s");
            case Shape.Names:
                return property.Type + "ListFrom(json.Choices(" + name + ", SpecNames." + property.Vocabulary + "))" + (property.IsNullable ? "" : " ?? []");
            case Shape.Objects:
                return "json.Array(" + name + ", " + property.Type + "From)";
            case Shape.TextMap:
                return "json.Map(" + name + (property.AllowsNul ? ", text: true)" : ")");
            case Shape.ObjectMap:
                return "json.Objects(" + name + ", " + property.Type + "From)";
            case Shape.None:
            default:
                throw new System.ArgumentException(property.Name);
        }

        string Call(string method) => "json." + method + "(" + name + ")";

        string Otherwise(string none) => property.IsRequired || property.IsNullable ? "" : " ?? " + (property.Default ?? none);
    }

    private static string Argument(string name, string? value) => value is null ? "" : ", " + name + ": " + value;
}
