using Tmds.Linux;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public static uint geteuid() => LibC.geteuid();

    public static uint getegid() => LibC.getegid();
}
