using Tmds.Linux;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public static int STDIN_FILENO => LibC.STDIN_FILENO;
    public static int STDOUT_FILENO => LibC.STDOUT_FILENO;
    public static int STDERR_FILENO => LibC.STDERR_FILENO;

    public static int isatty(int fd) => LibC.isatty(fd);
}
