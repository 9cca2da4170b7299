using System.Globalization;

namespace Lade.Cgroups.Controllers;

/// <summary>How numbers are read from resources and written into files.</summary>
internal static class ResourceNumbers
{
    /// <summary>-1, and whatever else is negative, is "no limit".</summary>
    public static string LimitOrMax(long value) => value < 0 ? "max" : Text(value);

    /// <summary>The same on v1.</summary>
    public static string LimitOrMinusOne(long value) => value < 0 ? "-1" : Text(value);

    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary><c>8:16</c>.</summary>
    public static string Device(long major, long minor) => Text(major) + ":" + Text(minor);

    /// <summary>The command lines of engines write 0 for "not given".</summary>
    public static long? Given(long? value) => value == 0 ? null : value;

    /// <inheritdoc cref="Given(long?)"/>
    public static ulong? Given(ulong? value) => value == 0 ? null : value;

    /// <summary>A number from a line of <c>unified</c>, the largest for <c>max</c>; null for what the kernel will refuse or knows better.</summary>
    public static ulong? Amount(string text) => text is "max" or "-1" ? UnitProperties.Infinity
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;
}
