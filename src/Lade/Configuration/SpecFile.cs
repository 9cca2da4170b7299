using Lade.Linux;

namespace Lade.Configuration;

/// <summary>config.json of a bundle.</summary>
internal static class SpecFile
{
    public const string Name = "config.json";

    /// <param name="bundle">The bundle's directory.</param>
    /// <param name="file">Another file than the bundle's own; absolute.</param>
    /// <returns>The configuration, and its bytes: a container keeps its own copy, since later edits of the file must have no effect.</returns>
    /// <exception cref="LadeException">There is no such file, it cannot be read, or its content is invalid.</exception>
    public static (Spec Spec, byte[] Json) Load(string bundle, string? file = null)
    {
        string path = file ?? (bundle.EndsWith('/') ? bundle + Name : bundle + "/" + Name);
        using Fd? fd = Files.TryOpen(path, Libc.O_RDONLY, out Errno errno);
        if (fd is null && errno == Errno.ENOENT)
            throw new LadeException("JSON specification file " + (file ?? Name) + " not found");
        if (fd is null)
            throw new LadeException("open " + path, errno);
        byte[] json = Files.ReadAll(fd, path);
        return (SpecReader.Read(json, path), json);
    }
}
