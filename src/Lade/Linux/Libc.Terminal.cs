using System.Runtime.InteropServices;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public const nuint TIOCGWINSZ = 0x5413;
    public const nuint TIOCSWINSZ = 0x5414;
    public const int TCSANOW = 0;

    /// <summary>Index of the end-of-file character in c_cc.</summary>
    public const int VEOF = 4;

    /// <summary>tcgetattr(3); of a pseudo terminal's master the kernel gives its slave's.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int tcgetattr(int fd, Termios* attributes);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int tcsetattr(int fd, int action, Termios* attributes);

    [LibraryImport(Library)]
    public static partial void cfmakeraw(Termios* attributes);

    /// <summary>struct termios of the C library (not the kernel's, which is shorter).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Termios
    {
        public uint InputFlags;
        public uint OutputFlags;
        public uint ControlFlags;
        public uint LocalFlags;
        public byte Line;
        public fixed byte Characters[32];
        public uint InputSpeed;
        public uint OutputSpeed;
    }

    /// <summary>struct winsize (ioctl_tty(2)).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal record struct WinSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort XPixels;
        public ushort YPixels;
    }
}
