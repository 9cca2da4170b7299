using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Lade.Generators;

/// <summary>
/// The property names of each object: as a constant of its record, and as a line of ConfigSchema. There, what has objects in it is followed by a colon and their record,
/// with [ before a list's and { before a map's.
/// </summary>
internal static class ConfigTables
{
    public static string Write(IReadOnlyList<ConfigObject> objects)
    {
        StringBuilder text = ConfigSource.Begin();
        foreach (ConfigObject record in objects)
        {
            text.Append("partial record ").Append(record.Name).Append("\n{\n    /// <summary>The names of its properties in config.json, in the order of the record.</summary>\n    public const string PropertyNames = \"")
                .Append(string.Join(" ", record.Properties.Select(property => property.Json))).Append("\";\n}\n\n");
        }

        text.Append("static partial class ConfigSchema\n{\n    private static string LineOf(string record) => record switch\n    {\n");
        foreach (ConfigObject record in objects)
            text.Append("        \"").Append(record.Name).Append("\" => \"").Append(string.Join(" ", record.Properties.Select(EntryOf))).Append("\",\n");
        text.Append("        _ => throw new System.ArgumentException(record),\n    };\n\n    private static string OtherPlatformsOf(string record) => record switch\n    {\n");
        foreach (ConfigObject record in objects.Where(record => record.OtherPlatforms.Length > 0))
            text.Append("        \"").Append(record.Name).Append("\" => \"").Append(record.OtherPlatforms).Append("\",\n");
        return text.Append("        _ => \"\",\n    };\n}\n").ToString();
    }

    private static string EntryOf(ConfigProperty property) =>
        !property.HasObjects ? property.Json : property.Json + ":" + (property.Shape == Shape.Objects ? "[" : property.Shape == Shape.ObjectMap ? "{" : "") + property.Type;
}
