using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.DBus;

namespace Lade.Cgroups.Controllers;

/// <summary>The device rules: a list on v1, an eBPF program on v2, and what a unit can express as properties.</summary>
internal sealed class DeviceSettings(DevicePolicy policy) : ISetting
{
    public void Write(V1Files files) => DeviceList.Plan(files, policy);

    public void Write(V2Files files) => files.DeviceInstructions = DeviceProgram.Generate(policy);

    /// <summary>
    /// Properties can only allow. What they cannot express (a denial among the allowed) is left to lade's own rules: both are in force, and a device must be allowed
    /// by both.
    /// </summary>
    public void Write(UnitProperties unit)
    {
        if (unit.DeviceGroups is not { } groups)
            return;
        unit.Set("DevicePolicy", BusValue.From(policy.AllowByDefault ? "auto" : "strict"));
        if (policy.AllowByDefault)
            return;
        var allowed = new List<object>();
        foreach (DevicePermission permission in policy.Permissions)
        {
            if (permission.Allow && UnitNameOf(permission, groups) is { } name)
                allowed.Add(new object[] { name, DevicePermission.Letters(permission.Access) });
        }

        unit.Set("DeviceAllow", new BusValue("a(ss)", allowed.ToArray()));
    }

    /// <summary>As in DeviceAllow= (systemd.resource-control(5)); null for what it has no name for.</summary>
    private static string? UnitNameOf(DevicePermission permission, string groups)
    {
        string kind = permission.Type == 'c' ? "char" : "block";
        if (permission.Major is not { } major)
            return permission.Minor is null ? kind + "-*" : null;
        if (permission.Minor is { } minor)
            return string.Create(CultureInfo.InvariantCulture, $"/dev/{kind}/{major}:{minor}");
        return FindGroup(kind, major, groups) is { } group ? kind + "-" + group : null;
    }

    /// <summary>The name of a major number in /proc/devices: two lists, <c>Character devices:</c> and <c>Block devices:</c>, with a number and a name per line (proc(5)).</summary>
    private static string? FindGroup(string kind, uint major, string groups)
    {
        bool isInList = false;
        foreach (string line in groups.Split('\n'))
        {
            if (line.EndsWith(':'))
                isInList = line.StartsWith(kind, StringComparison.OrdinalIgnoreCase);
            else if (isInList && line.Trim().Split(' ', 2) is [var number, var name] && CgroupFile.ParseNumber(number) == major)
                return name;
        }

        return null;
    }
}
