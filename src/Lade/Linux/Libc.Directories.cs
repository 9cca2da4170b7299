using System.Runtime.InteropServices;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public const uint STATX_INO = 0x100;
    public const uint STATX_MNT_ID = 0x1000;
    public const byte DT_UNKNOWN = 0;
    public const byte DT_DIR = 4;

    /// <summary>f_type of statfs(2).</summary>
    public const long CGROUP_SUPER_MAGIC = 0x27e0eb;

    /// <inheritdoc cref="CGROUP_SUPER_MAGIC"/>
    public const long CGROUP2_SUPER_MAGIC = 0x63677270;

    /// <inheritdoc cref="CGROUP_SUPER_MAGIC"/>
    public const long PROC_SUPER_MAGIC = 0x9fa0;

    /// <summary>getdents64(2): bytes read, 0 at the end.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint getdents64(int fd, byte* buffer, nint size);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int statfs(string path, StatFs* buffer);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int fchownat(int dirfd, string path, uint uid, uint gid, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial byte* getcwd(byte* buffer, nint size);
}
