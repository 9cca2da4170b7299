using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using Lade.Configuration;

namespace Lade.Info;

/// <summary>A section of the output of `info`: named facts, in display order.</summary>
internal sealed record InfoSection(string Name, IReadOnlyList<KeyValuePair<string, string>> Facts)
{
    /// <summary>Two columns per section. Continuation lines of a multi-line value are aligned.</summary>
    public static string Text(IReadOnlyList<InfoSection> sections)
    {
        var text = new StringBuilder();
        foreach (InfoSection section in sections)
        {
            int widest = 0;
            foreach (KeyValuePair<string, string> fact in section.Facts)
                widest = Math.Max(widest, fact.Key.Length);
            text.Append(text.Length == 0 ? "" : "\n").Append(section.Name).Append('\n');
            foreach (KeyValuePair<string, string> fact in section.Facts)
            {
                string value = fact.Value.Replace("\n", "\n" + new string(' ', widest + 4), StringComparison.Ordinal);
                text.Append("  ").Append(fact.Key.PadRight(widest)).Append("  ").Append(value).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>An object of objects; every value is a string.</summary>
    public static ReadOnlyMemory<byte> Json(IReadOnlyList<InfoSection> sections)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(output, JsonEscaping.Indented))
        {
            json.WriteStartObject();
            foreach (InfoSection section in sections)
            {
                json.WriteStartObject(section.Name);
                foreach (KeyValuePair<string, string> fact in section.Facts)
                    json.WriteString(fact.Key, fact.Value);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
        return output.WrittenMemory;
    }
}
