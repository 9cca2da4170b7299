using System.Runtime.InteropServices;

namespace Lade.Linux;

/// <summary>
/// The raw system calls: names, arguments and constants as in the man pages, errors as the kernel gives them. One file per family
/// (Libc.Files.cs, Libc.Processes.cs ...). What retries, checks or throws stands in the classes beside it (Files, Processes ...).
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    /// <summary>errno of the call just made by this thread.</summary>
    public static Errno LastError => new(Marshal.GetLastPInvokeError());
}
