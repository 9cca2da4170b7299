using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace Lade.Linux;

/// <summary>
/// Raw system calls: names, arguments and constants as in the man pages, errors as the kernel returns them. One file per family (Libc.Files.cs, Libc.Processes.cs ...).
/// Retries, checks and exceptions belong in the classes next to it (Files, Processes ...).
/// </summary>
/// <remarks>
/// What the package Tmds.LibC has comes from there, with the values of the target architecture; no other folder uses the package. An import or a number of our own says
/// why, unless the package simply lacks it (docs/decisions/011).
/// </remarks>
[SkipLocalsInit]
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    /// <summary>errno of this thread's last call.</summary>
    public static Errno LastError => new(Marshal.GetLastPInvokeError());

    /// <summary>A NUL-terminated UTF-8 copy of a string: in the given buffer, or on the heap when it is too long.</summary>
    private ref struct CString
    {
        /// <summary>A stack buffer, in bytes, that fits most paths.</summary>
        public const int Room = 256;

        private Utf8StringMarshaller.ManagedToUnmanagedIn _bytes;

        public CString(string text, Span<byte> room) => _bytes.FromManaged(text, room);

        public static implicit operator byte*(CString text) => text._bytes.ToUnmanaged();

        public void Dispose() => _bytes.Free();
    }
}
