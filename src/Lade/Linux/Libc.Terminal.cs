using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Lade.Linux;

internal static unsafe partial class Libc
{
    public static nuint TIOCGWINSZ => (nuint)LibC.TIOCGWINSZ;
    public static nuint TIOCSWINSZ => (nuint)LibC.TIOCSWINSZ;
    public static int TCSANOW => (int)LibC.TCSANOW;

    /// <summary>Index of the end-of-file character in c_cc.</summary>

    /// <summary>tcgetattr(3); on the master of a pseudoterminal the kernel returns the slave's settings.</summary>
    public static int tcgetattr(int fd, Termios* attributes) => LibC.tcgetattr(fd, (termios*)attributes);

    public static int tcsetattr(int fd, int action, Termios* attributes) => LibC.tcsetattr(fd, action, (termios*)attributes);

    [LibraryImport(Library)]
    public static partial void cfmakeraw(Termios* attributes);

    /// <summary>struct termios of the C library, not the kernel's shorter one. Our own, because other folders store one.</summary>
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

    /// <summary>struct winsize (ioctl_tty(2)). Our own, because other folders store and compare them.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal record struct WinSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort XPixels;
        public ushort YPixels;
    }
}
