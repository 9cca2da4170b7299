using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Lade.Configuration;

/// <summary>
/// Which properties the objects of config.json have, by name. Reading does not need it: the tables are constants of the generated half that nothing looks at until somebody
/// asks, for names that are unknown and for those they could be instead.
/// </summary>
internal static partial class ConfigSchema
{
    private enum Content
    {
        None,
        Object,
        List,
        Map,
    }

    /// <summary>
    /// The names of the properties of an object, in the order of its record; null when config.json has no object there. The place may be in any element of a list
    /// (<c>/mounts/0</c>) or any member of a map (<c>/linux/rdma/mlx5_1</c>).
    /// </summary>
    public static string[]? PropertiesAt(JsonPointer place) => RecordAt(place) is { } record ? NamesOf(record) : null;

    /// <summary>The properties of a document that the specification does not have, in the order of the document; those of other platforms are not among them.</summary>
    /// <param name="place">Where in a config.json the document would be: <c>/process</c> for that of `exec`, the empty pointer for a whole config.json.</param>
    /// <returns>Pointers into the document.</returns>
    /// <exception cref="ArgumentException">A config.json has no object at the place.</exception>
    public static List<JsonPointer> UnknownProperties(JsonElement document, JsonPointer place = default)
    {
        var found = new List<JsonPointer>();
        Collect(document, Content.Object, RecordAt(place) ?? throw new ArgumentException(place.ToString(), nameof(place)), JsonPointer.None, found);
        return found;
    }

    /// <summary>The record of the object at a place.</summary>
    private static string? RecordAt(JsonPointer place)
    {
        string record = nameof(Spec);
        Content expected = Content.Object;
        foreach (string step in place.Steps())
        {
            if (expected != Content.Object)
                expected = Content.Object;
            else if (Find(record, step, out Content content, out string inner) && content != Content.None)
                (record, expected) = (inner, content);
            else
                return null;
        }

        return expected == Content.Object ? record : null;
    }

    private static void Collect(JsonElement value, Content content, string record, JsonPointer at, List<JsonPointer> found)
    {
        if (content == Content.List && value.ValueKind == JsonValueKind.Array)
        {
            int index = 0;
            foreach (JsonElement element in value.EnumerateArray())
                Collect(element, Content.Object, record, at.At(index++), found);
        }

        if (content is Content.None or Content.List || value.ValueKind != JsonValueKind.Object)
            return;
        foreach (JsonProperty member in value.EnumerateObject())
        {
            if (content == Content.Map)
                Collect(member.Value, Content.Object, record, at.At(member.Name), found);
            else if (Find(record, member.Name, out Content inner, out string innerRecord))
                Collect(member.Value, inner, innerRecord, at.At(member.Name), found);
            else if (!WordList.Contains(OtherPlatformsOf(record), member.Name))
                found.Add(at.At(member.Name));
        }
    }

    private static string[] NamesOf(string record)
    {
        string[] names = LineOf(record).Split(' ');
        for (int i = 0; i < names.Length; i++)
            names[i] = names[i].Split(':')[0];
        return names;
    }

    /// <param name="inner">The record of the object, or of each object in the list or map.</param>
    private static bool Find(string record, string name, out Content content, out string inner)
    {
        content = Content.None;
        inner = "";
        string line = LineOf(record);
        foreach (Range range in line.AsSpan().Split(' '))
        {
            ReadOnlySpan<char> entry = line.AsSpan(range);
            int colon = entry.IndexOf(':');
            if (!(colon < 0 ? entry : entry[..colon]).SequenceEqual(name))
                continue;
            if (colon >= 0)
            {
                content = entry[colon + 1] == '[' ? Content.List : entry[colon + 1] == '{' ? Content.Map : Content.Object;
                inner = entry[(colon + (content == Content.Object ? 1 : 2))..].ToString();
            }

            return true;
        }

        return false;
    }
}
