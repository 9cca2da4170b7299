using System;

namespace Lade.Configuration;

/// <summary>
/// The closed sets of names that config.json may use, each a constant with a space between the names. Those of the enums with [Vocabulary] are in the generated half,
/// each in the order of its enum and with a NameOf.
/// </summary>
internal static partial class SpecNames
{
    /// <summary>config.md "POSIX-platform Hooks", in the order in which they run.</summary>
    public const string Hooks = HooksSpec.PropertyNames;

    /// <summary>Clocks that a time namespace can shift (time_namespaces(7)).</summary>
    public const string Clocks = "monotonic boottime";

    public const string DeviceTypes = "c b u p";

    public const string DeviceRuleTypes = "a b c";

    /// <summary>The sum of the values at the given places; -1, a name that is unknown, has none.</summary>
    private static ulong Sum(ReadOnlySpan<ulong> values, int[]? positions)
    {
        ulong sum = 0;
        foreach (int position in positions ?? [])
            sum |= position < 0 ? 0 : values[position];
        return sum;
    }

    /// <summary>Bit N for each value at N that is in <paramref name="flags"/>.</summary>
    private static ulong Positions(ReadOnlySpan<ulong> values, ulong flags)
    {
        ulong positions = 0;
        for (int i = 0; i < values.Length; i++)
            positions |= (flags & values[i]) != 0 ? 1UL << i : 0;
        return positions;
    }
}
