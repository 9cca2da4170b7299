using System;

namespace Lade.Linux;

/// <summary>Lists with commas, as the kernel writes mount options and the controllers of a hierarchy: <c>rw,cpu,cpuacct</c>.</summary>
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
