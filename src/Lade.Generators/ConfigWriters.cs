using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Lade.Generators;

/// <summary>A method for each object that writes it as the JSON that the reader reads. What is absent, and an empty list, is left out.</summary>
internal static class ConfigWriters
{
    public static string Write(IReadOnlyList<ConfigObject> objects)
    {
        StringBuilder text = ConfigSource.Begin("System.Text.Json");
        text.Append("static partial class SpecWriter\n{\n");
        foreach (ConfigObject record in objects)
        {
            text.Append("    public static void Write(Utf8JsonWriter json, ").Append(record.Name).Append(" value)\n    {\n        json.WriteStartObject();\n");
            foreach (ConfigProperty property in record.Properties)
                WriteProperty(text, property);
            text.Append("        json.WriteEndObject();\n    }\n\n");
        }

        foreach (ConfigProperty list in objects.SelectMany(record => record.Properties).Where(property => property.Shape is Shape.Objects or Shape.ObjectMap)
            .GroupBy(property => (property.Type, property.Shape)).Select(same => same.First()))
            WriteCollection(text, list);
        text.Length--;
        return text.Append("}\n").ToString();
    }

    private static void WriteProperty(StringBuilder text, ConfigProperty property)
    {
        string name = ConfigSource.Utf8(property.Json);
        string value = "value." + property.Name;
        string one = "value" + property.Name;
        switch (property.Shape)
        {
            case Shape.Text:
                Single("json.WriteString(" + name + ", {0})");
                break;
            case Shape.Letter:
                Single("json.WriteString(" + name + ", {0}.ToString())");
                break;
            case Shape.Truth when !property.IsRequired && !property.IsNullable:
                text.Append("        if (").Append(value).Append(")\n            json.WriteBoolean(").Append(name).Append(", true);\n");
                break;
            case Shape.Truth:
                Single("json.WriteBoolean(" + name + ", {0})");
                break;
            case Shape.Integer:
                Single("json.WriteNumber(" + name + ", " + (property.Type is "UInt16" ? "(int){0}" : "{0}") + ")");
                break;
            case Shape.Name:
                Single("json.WriteString(" + name + ", SpecNames.NameOf({0}))");
                break;
            case Shape.Object when property.IsNullable:
                text.Append("        if (").Append(value).Append(" is { } ").Append(one).Append(")\n        {\n            json.WritePropertyName(").Append(name).Append(");\n            Write(json, ").Append(one).Append(");\n        }\n\n");
                break;
            case Shape.Object:
                text.Append("        json.WritePropertyName(").Append(name).Append(");\n        Write(json, ").Append(value).Append(");\n");
                break;
            case Shape.Flags:
                List("Flags", value + " != 0", "SpecNames." + property.Vocabulary + ", SpecNames.PositionsOf(" + value + ")");
                break;
            case Shape.Texts:
                List("Strings", property.IsNullable ? value + " is not null" : value + ".Count > 0", value);
                break;
            case Shape.Integers:
                List("Numbers", value + ".Count > 0", value);
                break;
            case Shape.Names:
                text.Append("        if (").Append(property.IsNullable ? value + " is not null" : value + ".Count > 0").Append(")\n        {\n            json.WriteStartArray(").Append(name)
                    .Append(");\n            for (int i = 0; i < ").Append(value).Append(".Count; i++)\n                json.WriteStringValue(SpecNames.NameOf(").Append(value).Append("[i]));\n            json.WriteEndArray();\n        }\n\n");
                break;
            case Shape.TextMap:
                List("Map", value + ".Count > 0", value);
                break;
            case Shape.Objects:
            case Shape.ObjectMap:
                List(property.Type + (property.Shape == Shape.Objects ? "List" : "Map"), value + ".Count > 0", value);
                break;
            case Shape.None:
            default:
                throw new System.ArgumentException(property.Name);
        }

        void Single(string call)
        {
            if (property.IsNullable)
                text.Append("        if (").Append(value).Append(" is { } ").Append(one).Append(")\n            ").Append(call.Replace("{0}", one)).Append(";\n");
            else
                text.Append("        ").Append(call.Replace("{0}", value)).Append(";\n");
        }

        void List(string method, string condition, string arguments) =>
            text.Append("        if (").Append(condition).Append(")\n            Write").Append(method).Append("(json, ").Append(name).Append(", ").Append(arguments).Append(");\n");
    }

    private static void WriteCollection(StringBuilder text, ConfigProperty list)
    {
        bool isMap = list.Shape == Shape.ObjectMap;
        text.Append("    private static void Write").Append(list.Type).Append(isMap ? "Map" : "List").Append("(Utf8JsonWriter json, System.ReadOnlySpan<byte> name, System.Collections.Generic.")
            .Append(isMap ? "IReadOnlyDictionary<string, " : "IReadOnlyList<").Append(list.Type).Append("> values)\n    {\n        json.WriteStart").Append(isMap ? "Object" : "Array").Append("(name);\n");
        if (isMap)
            text.Append("        foreach ((string key, ").Append(list.Type).Append(" value) in values)\n        {\n            json.WritePropertyName(key);\n            Write(json, value);\n        }\n\n");
        else
            text.Append("        for (int i = 0; i < values.Count; i++)\n            Write(json, values[i]);\n");
        text.Append("        json.WriteEnd").Append(isMap ? "Object" : "Array").Append("();\n    }\n\n");
    }
}
