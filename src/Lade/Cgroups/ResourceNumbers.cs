using System;
using System.Globalization;

namespace Lade.Cgroups;

/// <summary>How the numbers of resources, which are those of v1, are written and converted for v2.</summary>
internal static class ResourceNumbers
{
    public const ulong DefaultPeriod = 100_000;
    private const ulong LeastShares = 2;
    private const ulong MostShares = 262_144;

    /// <summary>
    /// cpu.shares (2..262144) to cpu.weight (1..10000), with 1024 at the default of 100: the curve Kubernetes, systemd users, runc 1.4 and crun agreed on.
    /// </summary>
    public static ulong WeightOfShares(ulong shares)
    {
        if (shares <= LeastShares)
            return 1;
        if (shares >= MostShares)
            return 10_000;
        double l = Math.Log2(shares);
        double exponent = (l * l + 125 * l) / 612.0 - 7.0 / 34.0;
        // The last bits of pow must not lift a whole number to the next one.
        return (ulong)Math.Ceiling(Math.Pow(10, exponent) - 1e-9);
    }

    /// <summary>blkio.weight (10..1000) to io.weight (1..10000), linear.</summary>
    public static ulong IoWeight(ushort weight) => weight < 10 ? 1 : 1 + ((ulong)weight - 10) * 9999 / 990;

    public static bool AreValidShares(ulong shares) => shares is >= LeastShares and <= MostShares;

    /// <summary>-1, and whatever else is negative, is "no limit".</summary>
    public static string LimitOrMax(long value) => value < 0 ? "max" : Text(value);

    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary><c>8:16</c>.</summary>
    public static string Device(long major, long minor) => Text(major) + ":" + Text(minor);

    /// <summary>A page size as in hugetlb's file names: a number without leading zero, then KB, MB or GB.</summary>
    public static bool IsPageSize(string text)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        return digits > 0 && text[0] != '0' && text.Length == digits + 2 && (text[digits] is 'K' or 'M' or 'G') && text[digits + 1] == 'B';
    }
}
