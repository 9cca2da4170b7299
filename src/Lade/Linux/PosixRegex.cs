using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Lade.Linux;

/// <summary>A POSIX extended regular expression (regex(7)), matched by the C library, which costs nothing at start-up.</summary>
internal sealed unsafe class PosixRegex : IDisposable
{
    /// <summary>regex_t has 64 bytes in glibc and musl; this leaves room.</summary>
    private const nuint RegexSize = 128;

    private byte* _regex;

    /// <exception cref="LadeException">The pattern is malformed; the message is regerror(3)'s.</exception>
    public PosixRegex(string pattern)
    {
        _regex = (byte*)NativeMemory.AllocZeroed(RegexSize);
        int error = Libc.regcomp(_regex, pattern, Libc.REG_EXTENDED | Libc.REG_NOSUB);
        if (error == 0)
            return;

        byte* text = stackalloc byte[256];
        Libc.regerror(error, _regex, text, 256);
        NativeMemory.Free(_regex);
        _regex = null;
        throw new LadeException("invalid regular expression \"" + pattern + "\": "
            + Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text)));
    }

    /// <summary>Whether any part of <paramref name="text"/> matches.</summary>
    public bool Matches(string text)
    {
        ObjectDisposedException.ThrowIf(_regex == null, this);
        return Libc.regexec(_regex, text, 0, null, 0) == 0;
    }

    public void Dispose()
    {
        if (_regex == null)
            return;
        Libc.regfree(_regex);
        NativeMemory.Free(_regex);
        _regex = null;
    }
}
