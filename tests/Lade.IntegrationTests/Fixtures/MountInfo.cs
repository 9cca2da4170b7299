using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>A line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).</summary>
/// <param name="Options">Of the mount: rw, nosuid ...</param>
/// <param name="Propagation">shared:N, master:N, unbindable; empty for a private mount.</param>
/// <param name="SuperOptions">Of the file system.</param>
public sealed record MountInfo(int Id, int Parent, string Device, string Root, string Target, string[] Options, string[] Propagation, string Type, string Source, string[] SuperOptions)
{
    public static IReadOnlyList<MountInfo> Read(int pid) => Read(pid.ToString(CultureInfo.InvariantCulture));

    public static IReadOnlyList<MountInfo> Read(string pid) => Parse(File.ReadAllText("/proc/" + pid + "/mountinfo"));

    public static IReadOnlyList<MountInfo> Parse(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ParseLine)];

    private static MountInfo ParseLine(string line)
    {
        string[] words = line.Split(' ');
        int dash = Array.IndexOf(words, "-", 6);
        return new MountInfo(
            int.Parse(words[0], CultureInfo.InvariantCulture),
            int.Parse(words[1], CultureInfo.InvariantCulture),
            words[2],
            Unescape(words[3]),
            Unescape(words[4]),
            words[5].Split(','),
            words[6..dash],
            words[dash + 1],
            Unescape(words[dash + 2]),
            words[dash + 3].Split(','));
    }

    /// <summary>Space, tab, newline and backslash stand there as \ooo.</summary>
    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var result = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                result.Append((char)Convert.ToInt32(text.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }
}
