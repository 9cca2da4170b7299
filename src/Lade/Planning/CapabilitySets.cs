using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>
/// The five capability sets of <c>process.capabilities</c>, as masks. Capabilities that cannot be granted are dropped with a warning, as config.md requires;
/// the rest is made consistent as capset(2) and the ambient set require.
/// </summary>
internal sealed class CapabilitySets
{
    private static readonly JsonPointer s_origin = JsonPointer.Of("process", "capabilities");

    private readonly List<string> _warnings = [];

    /// <param name="grantable">Capabilities that may be granted.</param>
    /// <param name="last">The kernel's highest capability.</param>
    public CapabilitySets(CapabilitiesSpec? spec, ulong grantable, int last)
    {
        Last = last;
        if (spec is null)
            return;
        Bounding = Mask(spec.Bounding, "bounding", grantable);
        Permitted = Mask(spec.Permitted, "permitted", grantable);
        Effective = Restrict(Mask(spec.Effective, "effective", grantable), Permitted, "effective", "permitted");
        Inheritable = Mask(spec.Inheritable, "inheritable", grantable);
        // An ambient capability must be both permitted and inheritable (capabilities(7)).
        Ambient = Restrict(Mask(spec.Ambient, "ambient", grantable), Permitted & Inheritable, "ambient", "permitted and inheritable");
    }

    public ulong Bounding { get; }
    public ulong Permitted { get; }
    public ulong Effective { get; }
    public ulong Inheritable { get; }
    public ulong Ambient { get; }
    public int Last { get; }

    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Before changing the user: this needs CAP_SETPCAP, which the user may not have.</summary>
    public Operation DropBounding() => new DropBounding(Bounding, Last) { Origin = s_origin.At("bounding") };

    /// <summary>After changing the user.</summary>
    /// <param name="kept">Capabilities that `init` needs for a later operation, but the program does not get.</param>
    public SetCapabilities Apply(ulong kept = 0) => new(Effective | kept, Permitted | kept, Inheritable, Ambient) { Origin = s_origin };

    private ulong Mask(IReadOnlyList<string> names, string set, ulong grantable)
    {
        ulong mask = 0;
        for (int i = 0; i < names.Count; i++)
        {
            int number = CapabilityNames.NumberOf(names[i]);
            if (number < 0)
                Warn(set, i, names[i], "unknown to lade");
            else if (number > Last)
                Warn(set, i, names[i], "unknown to this kernel");
            else if ((grantable & (1UL << number)) == 0)
                Warn(set, i, names[i], "lade does not have it");
            else
                mask |= 1UL << number;
        }

        return mask;
    }

    private ulong Restrict(ulong mask, ulong limit, string set, string limits)
    {
        ulong outside = mask & ~limit;
        for (int number = 0; number <= Last; number++)
        {
            if ((outside & (1UL << number)) != 0)
                _warnings.Add(s_origin.At(set) + ": " + NameOf(number) + " ignored: not " + limits);
        }

        return mask & limit;
    }

    private void Warn(string set, int index, string name, string why) =>
        _warnings.Add(s_origin.At(set).At(index) + ": " + name + " ignored: " + why);

    private static string NameOf(int number) => number < CapabilityNames.All.Length ? CapabilityNames.All[number] : number.ToString();
}
