using System;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>Access to a device node, with the values of BPF_DEVCG_ACC_*.</summary>
[Flags]
internal enum DeviceAccess
{
    None = 0,
    Mknod = 1,
    Read = 2,
    Write = 4,
    All = 7,
}

/// <summary>A rule for block (<c>b</c>) or character (<c>c</c>) devices; a null number matches any.</summary>
internal sealed record DevicePermission(bool Allow, char Type, uint? Major, uint? Minor, DeviceAccess Access, JsonPointer Origin)
{
    public bool Matches(char type, uint major, uint minor) =>
        Type == type && (Major is null || Major == major) && (Minor is null || Minor == minor);

    /// <summary>As in the kernel's device lists: <c>c 1:3 rwm</c>.</summary>
    public override string ToString() => Type + " " + Number(Major) + ":" + Number(Minor) + " " + Letters(Access);

    private static string Number(uint? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "*";

    /// <summary><c>rwm</c>.</summary>
    public static string Letters(DeviceAccess access) =>
        (access.HasFlag(DeviceAccess.Read) ? "r" : "") + (access.HasFlag(DeviceAccess.Write) ? "w" : "") + (access.HasFlag(DeviceAccess.Mknod) ? "m" : "");
}

/// <summary>
/// <c>linux.resources.devices</c> in the form that both cgroup versions start from: a default, then rules of which the last match decides about each kind of access.
/// Without rules the default is "deny all". The devices that every container has come last, as with runc.
/// </summary>
/// <param name="DefaultOrigin">The configuration's rule for all devices; none for lade's own default.</param>
internal sealed record DevicePolicy(bool AllowByDefault, JsonPointer DefaultOrigin, IReadOnlyList<DevicePermission> Permissions)
{
    /// <param name="at">Where the resources are in their document.</param>
    public static DevicePolicy From(IReadOnlyList<DeviceRule> rules, JsonPointer at)
    {
        at = at.At("devices");
        // A rule for all devices makes the ones before it irrelevant.
        int last = rules.Count - 1;
        while (last >= 0 && !IsForAll(rules[last]))
            last--;

        var permissions = new List<DevicePermission>();
        for (int i = last + 1; i < rules.Count; i++)
            Add(permissions, rules[i], at.At(i));
        AddDefaults(permissions);
        return new DevicePolicy(last >= 0 && rules[last].Allow, last >= 0 ? at.At(last) : JsonPointer.None, permissions);
    }

    /// <summary>The semantics that the list of v1 and the program of v2 must implement.</summary>
    public bool Allows(char type, uint major, uint minor, DeviceAccess access)
    {
        DeviceAccess undecided = access;
        for (int i = Permissions.Count - 1; i >= 0 && undecided != DeviceAccess.None; i--)
        {
            DevicePermission permission = Permissions[i];
            if (!permission.Matches(type, major, minor) || (permission.Access & undecided) == DeviceAccess.None)
                continue;
            if (!permission.Allow)
                return false;
            undecided &= ~permission.Access;
        }

        return undecided == DeviceAccess.None || AllowByDefault;
    }

    // Only this form may become "a": the kernel ignores the numbers and the access after an "a".
    private static bool IsForAll(DeviceRule rule) =>
        rule.Type == 'a' && Number(rule.Major) is null && Number(rule.Minor) is null && Access(rule.Access) == DeviceAccess.All;

    private static void Add(List<DevicePermission> permissions, DeviceRule rule, JsonPointer origin)
    {
        DeviceAccess access = Access(rule.Access);
        if (access == DeviceAccess.None)
            return;
        if (rule.Type is 'c' or 'a')
            permissions.Add(new DevicePermission(rule.Allow, 'c', Number(rule.Major), Number(rule.Minor), access, origin));
        if (rule.Type is 'b' or 'a')
            permissions.Add(new DevicePermission(rule.Allow, 'b', Number(rule.Major), Number(rule.Minor), access, origin));
    }

    /// <summary>mknod of any device, and the spec's default devices.</summary>
    private static void AddDefaults(List<DevicePermission> permissions)
    {
        Allow('c', null, null, DeviceAccess.Mknod);
        Allow('b', null, null, DeviceAccess.Mknod);
        Allow('c', 1, 3, DeviceAccess.All); // null
        Allow('c', 1, 8, DeviceAccess.All); // random
        Allow('c', 1, 7, DeviceAccess.All); // full
        Allow('c', 5, 0, DeviceAccess.All); // tty
        Allow('c', 1, 5, DeviceAccess.All); // zero
        Allow('c', 1, 9, DeviceAccess.All); // urandom
        Allow('c', 5, 1, DeviceAccess.All); // console
        Allow('c', 136, null, DeviceAccess.All); // pts/*
        Allow('c', 5, 2, DeviceAccess.All); // ptmx
        Allow('c', 10, 200, DeviceAccess.All); // net/tun

        void Allow(char type, uint? major, uint? minor, DeviceAccess access) =>
            permissions.Add(new DevicePermission(true, type, major, minor, access, JsonPointer.None));
    }

    // Engines write -1 where the spec says to omit the number.
    private static uint? Number(long? number) => number is >= 0 ? (uint)number : null;

    private static DeviceAccess Access(string letters)
    {
        DeviceAccess access = DeviceAccess.None;
        foreach (char letter in letters)
        {
            access |= letter switch
            {
                'r' => DeviceAccess.Read,
                'w' => DeviceAccess.Write,
                'm' => DeviceAccess.Mknod,
                _ => throw new LadeException("unknown device access '" + letter + "', known are r, w and m"),
            };
        }

        return access;
    }
}
