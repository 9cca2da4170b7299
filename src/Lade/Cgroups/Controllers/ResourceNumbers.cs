using System.Globalization;

namespace Lade.Cgroups.Controllers;

/// <summary>Numbers of resources, and their text in files.</summary>
internal static class ResourceNumbers
{
    /// <summary>A limit on v2; any negative number is "no limit".</summary>
    public static string LimitOrMax(long value) => value < 0 ? "max" : Text(value);

    /// <summary>A limit on v1; any negative number is "no limit".</summary>
    public static string LimitOrMinusOne(long value) => value < 0 ? "-1" : Text(value);

    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary><c>8:16</c>.</summary>
    public static string Device(long major, long minor) => Text(major) + ":" + Text(minor);

    /// <summary>The command lines of engines write 0 for "not given".</summary>
    public static long? Given(long? value) => value == 0 ? null : value;

    /// <inheritdoc cref="Given(long?)"/>
    public static ulong? Given(ulong? value) => value == 0 ? null : value;

    /// <summary>A number in a line of <c>unified</c>, the largest one for <c>max</c>; null for a value that is left to the kernel to refuse or interpret.</summary>
    public static ulong? Amount(string text) => text == "-1" ? UnitProperties.Infinity : CgroupFile.ParseNumber(text);
}
