using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace Lade.Linux;

/// <summary>
/// The raw system calls: names, arguments and constants as in the man pages, errors as the kernel gives them. One file per family
/// (Libc.Files.cs, Libc.Processes.cs ...). What retries, checks or throws stands in the classes beside it (Files, Processes ...).
/// </summary>
/// <remarks>
/// What the package Tmds.LibC has comes from it, with the values of the architecture that is built for; no other folder sees the package. An import or a
/// number of our own says why it is ours, unless the package simply lacks it (docs/decisions/011).
/// </remarks>
[SkipLocalsInit]
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    /// <summary>errno of the call just made by this thread.</summary>
    public static Errno LastError => new(Marshal.GetLastPInvokeError());

    /// <summary>A string as the C library takes it, in UTF-8 with a NUL: in the given room, or on the heap when it is longer.</summary>
    private ref struct CString
    {
        /// <summary>Bytes on the stack that most paths fit into.</summary>
        public const int Room = 256;

        private Utf8StringMarshaller.ManagedToUnmanagedIn _bytes;

        public CString(string text, Span<byte> room) => _bytes.FromManaged(text, room);

        public static implicit operator byte*(CString text) => text._bytes.ToUnmanaged();

        public void Dispose() => _bytes.Free();
    }
}
