using System;

namespace Lade.Linux;

/// <summary>Comma-separated lists, such as mount options and the controllers of a v1 hierarchy: <c>rw,cpu,cpuacct</c>.</summary>
internal static class CommaList
{
    public static bool Contains(ReadOnlySpan<char> list, ReadOnlySpan<char> item)
    {
        foreach (Range range in list.Split(','))
        {
            if (list[range].SequenceEqual(item))
                return true;
        }

        return false;
    }
}
