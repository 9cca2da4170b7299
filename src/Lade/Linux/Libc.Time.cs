using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    [LibraryImport(Library, SetLastError = true)]
    public static partial int nanosleep(timespec* request, timespec* remaining);
}
