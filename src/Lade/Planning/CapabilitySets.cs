using System;
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

/// <summary>The capabilities(7) known to lade, by number.</summary>
internal static class CapabilityNames
{
    /// <summary>Indexed by capability number (linux/capability.h).</summary>
    public static readonly string[] All =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
        "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
        "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>Number of a capability (<c>CAP_KILL</c>); -1 if lade does not know the name.</summary>
    public static int NumberOf(string name) => Array.IndexOf(All, name);
}
