using System;
using System.Collections.Generic;
using Lade.Cgroups.DBus;
using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>
/// Settings as properties of the container's unit (systemd.resource-control(5)). Their files are written as well: systemd rounds some values and knows no property for
/// others. But without the properties it would put its own defaults back at the next <c>daemon-reload</c>, and <c>systemctl show</c> would lie.
/// The last word counts: the map <c>unified</c> overrules other settings.
/// </summary>
/// <param name="isUnified">Cgroup v2.</param>
/// <param name="isDisk">Whether systemd would take the block device <c>8:16</c> for itself, see <see cref="OfDevice"/>.</param>
/// <param name="deviceGroups">Content of /proc/devices; null when the manager cannot enforce device rules.</param>
internal sealed class UnitProperties(bool isUnified, Predicate<string> isDisk, string? deviceGroups)
{
    /// <summary>"No limit" to systemd.</summary>
    public const ulong Infinity = ulong.MaxValue;

    private const string DeviceListType = "a(st)";

    private readonly List<UnitProperty> _properties = [];

    public bool IsUnified => isUnified;

    public string? DeviceGroups => deviceGroups;

    /// <inheritdoc cref="UnitProperties(bool, Predicate{string}, string?)"/>
    public static List<UnitProperty> Of(ResourcesSpec? resources, CgroupChange change, JsonPointer at, bool isUnified, Predicate<string> isDisk, string? deviceGroups = null)
    {
        var unit = new UnitProperties(isUnified, isDisk, deviceGroups);
        foreach (ISetting setting in Settings.Of(resources, change, at))
            setting.Write(unit);
        return unit._properties;
    }

    /// <summary>null sets nothing.</summary>
    public void Number(string name, ulong? number)
    {
        if (number is { } given)
            Set(name, BusValue.Of(given));
    }

    /// <summary>Negative is "no limit", null sets nothing.</summary>
    public void Limit(string name, long? limit)
    {
        if (limit is { } given)
            Set(name, BusValue.Of(given < 0 ? Infinity : (ulong)given));
    }

    /// <summary>A set of CPUs or memory nodes, least byte first.</summary>
    public void Mask(string name, byte[] mask) => Set(name, BusValue.Of(mask));

    /// <summary>
    /// A number of a single block device, in a list where one that is there already gets a new number. systemd sets a limit of a partition, or of a device on top of
    /// another one, on the disk below. That is not what was asked for, so only disks themselves have properties; the files have all.
    /// </summary>
    /// <param name="device"><c>8:16</c>.</param>
    /// <param name="number">null sets nothing.</param>
    public void OfDevice(string name, string device, ulong? number)
    {
        if (number is not { } given || !isDisk(device))
            return;
        string path = "/dev/block/" + device;
        var entries = new List<object>();
        if (_properties.Find(p => p.Name == name) is { Value.Value: object[] before })
        {
            foreach (object entry in before)
            {
                if (entry is not object[] pair || (string)pair[0] != path)
                    entries.Add(entry);
            }
        }

        entries.Add(new object[] { path, given });
        Set(name, new BusValue(DeviceListType, entries.ToArray()));
    }

    public void Set(string name, BusValue value)
    {
        Unset(name);
        _properties.Add(new UnitProperty(name, value));
    }

    public void Unset(string name) => _properties.RemoveAll(p => p.Name == name);

    /// <summary>The values that a property must be set to, one after the other, to become <paramref name="old"/> again: lists of devices are added to, until an empty one.</summary>
    public static IEnumerable<UnitProperty> Again(UnitProperty old)
    {
        if (old.Value.Signature == DeviceListType)
            yield return old with { Value = new BusValue(DeviceListType, Array.Empty<object>()) };
        if (old.Value is not { Signature: DeviceListType, Value: object[] { Length: 0 } })
            yield return old;
    }
}
