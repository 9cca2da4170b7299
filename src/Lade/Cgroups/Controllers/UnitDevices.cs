using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Cgroups.DBus;

namespace Lade.Cgroups.Controllers;

/// <summary>
/// Device rules as properties of a unit, which can only allow. What they cannot express (a denial among the allowed) is left to lade's own rules, which
/// are in force beside systemd's: a device must be allowed by both.
/// </summary>
internal static class UnitDevices
{
    /// <param name="groups">Content of /proc/devices: numbers with the names that systemd knows them by.</param>
    public static void Write(UnitProperties unit, DevicePolicy policy, string groups)
    {
        unit.Set("DevicePolicy", BusValue.Of(policy.AllowByDefault ? "auto" : "strict"));
        if (policy.AllowByDefault)
            return;
        var allowed = new List<object>();
        foreach (DevicePermission permission in policy.Permissions)
        {
            if (permission.Allow && Name(permission, groups) is { } name)
                allowed.Add(new object[] { name, DevicePermission.Letters(permission.Access) });
        }

        unit.Set("DeviceAllow", new BusValue("a(ss)", allowed.ToArray()));
    }

    private static string? Name(DevicePermission permission, string groups)
    {
        string kind = permission.Type == 'c' ? "char" : "block";
        if (permission.Major is not { } major)
            return permission.Minor is null ? kind + "-*" : null;
        if (permission.Minor is { } minor)
            return string.Create(CultureInfo.InvariantCulture, $"/dev/{kind}/{major}:{minor}");
        return GroupOf(kind, major, groups) is { } group ? kind + "-" + group : null;
    }

    /// <summary>Two lists, <c>Character devices:</c> and <c>Block devices:</c>, with a number and a name per line (proc(5)).</summary>
    private static string? GroupOf(string kind, uint major, string groups)
    {
        bool isWanted = false;
        foreach (string line in groups.Split('\n'))
        {
            if (line.EndsWith(':'))
            {
                isWanted = line.StartsWith(kind, StringComparison.OrdinalIgnoreCase);
                continue;
            }

            string entry = line.TrimStart();
            int space = entry.IndexOf(' ', StringComparison.Ordinal);
            if (isWanted && space > 0 && uint.TryParse(entry.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number == major)
                return entry[(space + 1)..];
        }

        return null;
    }
}
