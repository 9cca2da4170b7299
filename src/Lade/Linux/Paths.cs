using System.IO;

namespace Lade.Linux;

/// <summary>Path names as text; they need not exist.</summary>
internal static class Paths
{
    /// <summary>Relative to the current directory, which is only looked up for a relative path: it may have been removed.</summary>
    public static string Absolute(string path) => Absolute(path, path.StartsWith('/') ? "/" : Directories.Current());

    /// <summary>Without <c>.</c>, <c>..</c>, repeated or trailing slashes.</summary>
    public static string Absolute(string path, string currentDirectory)
    {
        string full = Path.GetFullPath(path, currentDirectory);
        return full.Length > 1 && full.EndsWith('/') ? full[..^1] : full;
    }
}
