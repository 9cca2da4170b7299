using System;

namespace Lade.Linux;

/// <summary>Unguessable names (getrandom(2)).</summary>
internal static unsafe class RandomName
{
    private const int Bytes = 16;

    /// <summary>128 random bits as 32 hexadecimal digits.</summary>
    public static string Create()
    {
        byte* bytes = stackalloc byte[Bytes];
        // Blocks until the kernel's generator is seeded; then requests of up to 256 bytes are never cut short (random(7)).
        while (Libc.getrandom(bytes, Bytes, 0) != Bytes)
        {
            if (Libc.LastError != Errno.EINTR)
                throw new LadeException("getrandom", Libc.LastError);
        }

        return Convert.ToHexStringLower(new ReadOnlySpan<byte>(bytes, Bytes));
    }
}
