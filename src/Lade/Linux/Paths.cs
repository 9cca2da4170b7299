using System.IO;

namespace Lade.Linux;

/// <summary>Path names as text; nothing here asks the file system.</summary>
internal static class Paths
{
    /// <summary><paramref name="path"/> from <paramref name="currentDirectory"/> on, without <c>.</c>, <c>..</c>, doubled or final slashes.</summary>
    public static string Absolute(string path, string currentDirectory)
    {
        string full = Path.GetFullPath(path, currentDirectory);
        return full.Length > 1 && full.EndsWith('/') ? full[..^1] : full;
    }
}
