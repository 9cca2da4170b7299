using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public static uint STATX_INO => LibC.STATX_INO;
    public static uint STATX_BASIC_STATS => LibC.STATX_BASIC_STATS;
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

    public static int fchownat(int dirfd, string path, uint uid, uint gid, int flags)
    {
        using CString name = new(path, stackalloc byte[CString.Room]);
        return LibC.fchownat(dirfd, name, uid, gid, flags);
    }

    public static byte* getcwd(byte* buffer, int size) => LibC.getcwd(buffer, size);
}
