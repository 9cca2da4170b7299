using System.IO;

namespace Lade.Linux;

/// <summary>Path names as text: the file system is not asked whether they exist.</summary>
internal static class Paths
{
    /// <summary>As the other, from the current directory on. That is only asked for when it matters: it may be gone, and an absolute path does not mind.</summary>
    public static string Absolute(string path) => Absolute(path, path.StartsWith('/') ? "/" : Directories.Current());

    /// <summary><paramref name="path"/> from <paramref name="currentDirectory"/> on, without <c>.</c>, <c>..</c>, doubled or final slashes.</summary>
    public static string Absolute(string path, string currentDirectory)
    {
        string full = Path.GetFullPath(path, currentDirectory);
        return full.Length > 1 && full.EndsWith('/') ? full[..^1] : full;
    }
}
