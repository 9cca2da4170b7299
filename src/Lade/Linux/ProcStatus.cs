using System;
using System.Buffers.Text;

namespace Lade.Linux;

/// <summary>The masks of /proc/PID/status (proc(5)) that a child inherits.</summary>
/// <param name="IgnoredSignals">SigIgn: bit N-1 is signal N.</param>
/// <param name="Permitted">CapPrm, by capability number.</param>
/// <param name="Bounding">CapBnd.</param>
internal readonly record struct ProcStatus(ulong IgnoredSignals, ulong Permitted, ulong Bounding)
{
    /// <summary>Of this process.</summary>
    public static ProcStatus OfSelf() => Parse(Files.ReadPiece("/proc/self/status"));

    /// <exception cref="LadeException">A mask is missing: this is no procfs of Linux.</exception>
    public static ProcStatus Parse(ReadOnlySpan<byte> text) => new(Mask(text, "\nSigIgn:\t"u8), Mask(text, "\nCapPrm:\t"u8), Mask(text, "\nCapBnd:\t"u8));

    private static ulong Mask(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        int at = text.IndexOf(name);
        if (at < 0 || !Utf8Parser.TryParse(text[(at + name.Length)..], out ulong mask, out _, 'x'))
            throw new LadeException("/proc/self/status lacks a mask that every Linux has");
        return mask;
    }
}
