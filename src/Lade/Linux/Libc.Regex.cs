using System.Runtime.InteropServices;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public const int REG_EXTENDED = 1;
    public const int REG_NOSUB = 8;

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int regcomp(byte* preg, string pattern, int flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int regexec(byte* preg, string text, nint matches, void* match, int flags);

    [LibraryImport(Library)]
    public static partial nint regerror(int error, byte* preg, byte* buffer, nint size);

    [LibraryImport(Library)]
    public static partial void regfree(byte* preg);
}
