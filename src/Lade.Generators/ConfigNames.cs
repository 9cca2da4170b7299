using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Lade.Generators;

/// <summary>For each vocabulary its names as a constant, and the ways from a place in it to the enum and from the enum to the name.</summary>
internal static class ConfigNames
{
    public static string Write(IEnumerable<ConfigVocabulary> vocabularies)
    {
        StringBuilder text = ConfigSource.Begin("System");
        text.Append("static partial class SpecNames\n{\n");
        foreach (ConfigVocabulary vocabulary in vocabularies)
        {
            string values = vocabulary.Constant + "Values";
            if (!vocabulary.IsFlags)
                WriteParse(text, vocabulary);
            text.Append("    public const string ").Append(vocabulary.Constant).Append(" = \"").Append(vocabulary.Words).Append("\";\n\n");
            if (vocabulary.IsPositional)
            {
                text.Append("    public static string NameOf(").Append(vocabulary.Name).Append(" value) => WordList.At(").Append(vocabulary.Constant).Append(", (int)value);\n\n");
                text.Append("    public static ").Append(vocabulary.Name).Append(' ').Append(vocabulary.Name).Append("At(int position) => (").Append(vocabulary.Name).Append(")position;\n\n");
                continue;
            }

            text.Append("    private static ReadOnlySpan<ulong> ").Append(values).Append(" => [").Append(string.Join(", ", vocabulary.Names.Select(name => name.Value))).Append("];\n\n");
            if (!vocabulary.IsFlags)
            {
                text.Append("    public static string NameOf(").Append(vocabulary.Name).Append(" value) => WordList.At(").Append(vocabulary.Constant).Append(", ").Append(values).Append(".IndexOf((ulong)value));\n\n");
                text.Append("    public static ").Append(vocabulary.Name).Append(' ').Append(vocabulary.Name).Append("At(int position) => position < 0 ? (").Append(vocabulary.Name).Append(")position : (")
                    .Append(vocabulary.Name).Append(')').Append(values).Append("[position];\n\n");
                continue;
            }

            text.Append("    public static ulong PositionsOf(").Append(vocabulary.Name).Append(" flags) => Positions(").Append(values).Append(", (ulong)flags);\n\n");
            text.Append("    public static ").Append(vocabulary.Name).Append(' ').Append(vocabulary.Name).Append("From(int[]? positions) => (").Append(vocabulary.Name).Append(")Sum(").Append(values).Append(", positions);\n\n");
        }

        text.Length--;
        return text.Append("}\n").ToString();
    }

    /// <summary>By the compiler's switch, which is faster than a search of the constant and larger; only what is used of these is in the executable.</summary>
    private static void WriteParse(StringBuilder text, ConfigVocabulary vocabulary)
    {
        text.Append("    public static ").Append(vocabulary.Name).Append("? Parse").Append(vocabulary.Name).Append("(string name) => name switch\n    {\n");
        foreach (ConfigName name in vocabulary.Names)
            text.Append("        \"").Append(name.Word).Append("\" => ").Append(vocabulary.Name).Append('.').Append(name.Name).Append(",\n");
        text.Append("        _ => null,\n    };\n\n");
    }
}
