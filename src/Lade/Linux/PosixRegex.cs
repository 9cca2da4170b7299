using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Lade.Linux;

/// <summary>A POSIX extended regular expression (regex(7)), matched by the C library: nothing to load, nothing to compile at start-up.</summary>
internal sealed unsafe class PosixRegex : IDisposable
{
    /// <summary>regex_t has 64 bytes in glibc and in musl; twice that leaves room.</summary>
    private const nuint RegexSize = 128;

    private byte* regex;

    /// <exception cref="LadeException">The pattern is malformed; the message is regerror(3)'s.</exception>
    public PosixRegex(string pattern)
    {
        regex = (byte*)NativeMemory.AllocZeroed(RegexSize);
        int error = Libc.regcomp(regex, pattern, Libc.REG_EXTENDED | Libc.REG_NOSUB);
        if (error == 0)
            return;

        byte* text = stackalloc byte[256];
        Libc.regerror(error, regex, text, 256);
        NativeMemory.Free(regex);
        regex = null;
        throw new LadeException("invalid regular expression \"" + pattern + "\": "
            + Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text)));
    }

    /// <summary>True when some part of <paramref name="text"/> matches.</summary>
    public bool Matches(string text)
    {
        ObjectDisposedException.ThrowIf(regex == null, this);
        return Libc.regexec(regex, text, 0, null, 0) == 0;
    }

    public void Dispose()
    {
        if (regex == null)
            return;
        Libc.regfree(regex);
        NativeMemory.Free(regex);
        regex = null;
    }
}
