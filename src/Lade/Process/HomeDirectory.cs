using System;
using System.Globalization;
using System.Text;

namespace Lade.Process;

/// <summary>The home directory of a uid in the text of a passwd(5) file.</summary>
internal static class HomeDirectory
{
    /// <returns>The sixth field of the user's line; "/" without one, as runc has it.</returns>
    public static string Find(ReadOnlySpan<byte> passwd, uint uid)
    {
        while (!passwd.IsEmpty)
        {
            int end = passwd.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? passwd : passwd[..end];
            passwd = end < 0 ? default : passwd[(end + 1)..];
            if (uint.TryParse(Field(line, 2), NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id == uid)
            {
                ReadOnlySpan<byte> home = Field(line, 5);
                return home.IsEmpty ? "/" : Encoding.UTF8.GetString(home);
            }
        }

        return "/";
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int index)
    {
        for (; index > 0; index--)
        {
            int colon = line.IndexOf((byte)':');
            if (colon < 0)
                return default;
            line = line[(colon + 1)..];
        }

        int end = line.IndexOf((byte)':');
        return end < 0 ? line : line[..end];
    }
}
