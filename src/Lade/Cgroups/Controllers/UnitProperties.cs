using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.DBus;
using Lade.Linux;

namespace Lade.Cgroups.Controllers;

/// <summary>
/// Settings as properties of the container's unit (systemd.resource-control(5)). Their files are written too, because systemd rounds some values and has no property for
/// others; without the properties, however, it would restore its own defaults at the next <c>daemon-reload</c>. A later setting overrides an earlier one.
/// </summary>
/// <param name="isUnified">Cgroup v2.</param>
/// <param name="isDisk">Whether systemd would apply a limit to the block device <c>8:16</c> itself, see <see cref="DeviceNumber"/>.</param>
/// <param name="deviceGroups">Content of /proc/devices; null when the manager cannot enforce device rules.</param>
internal sealed class UnitProperties(bool isUnified, Predicate<string> isDisk, string? deviceGroups)
{
    /// <summary>systemd's "no limit".</summary>
    public const ulong Infinity = ulong.MaxValue;

    private const string DeviceListType = "a(st)";

    private readonly List<UnitProperty> _properties = [];

    public bool IsUnified => isUnified;

    public string? DeviceGroups => deviceGroups;

    /// <inheritdoc cref="UnitProperties(bool, Predicate{string}, string?)"/>
    public static List<UnitProperty> From(ResourcesSpec? resources, CgroupChange change, JsonPointer at, bool isUnified, Predicate<string> isDisk, string? deviceGroups = null)
    {
        var unit = new UnitProperties(isUnified, isDisk, deviceGroups);
        foreach (ISetting setting in Settings.From(resources, change, at))
            setting.Write(unit);
        return unit._properties;
    }

    /// <summary>null sets nothing.</summary>
    public void Number(string name, ulong? number)
    {
        if (number is { } given)
            Set(name, BusValue.From(given));
    }

    /// <summary>Negative is "no limit", null sets nothing.</summary>
    public void Limit(string name, long? limit) => Number(name, limit < 0 ? Infinity : (ulong?)limit);

    /// <summary>A set of CPUs or memory nodes, least significant byte first.</summary>
    public void Mask(string name, byte[] mask) => Set(name, BusValue.From(mask));

    /// <summary>
    /// A number for one block device, in a list that has each device once. systemd applies a limit of a partition, or of a device on top of another one, to the disk
    /// below. That was not asked for, so only disks get properties; the files have all devices.
    /// </summary>
    /// <param name="device"><c>8:16</c>.</param>
    /// <param name="number">null sets nothing.</param>
    public void DeviceNumber(string name, string device, ulong? number)
    {
        if (number is not { } given || !isDisk(device))
            return;
        string path = "/dev/block/" + device;
        var entries = new List<object>();
        if (_properties.Find(p => p.Name == name) is { Value.Value: object[] before })
            entries.AddRange(before);
        entries.RemoveAll(entry => entry is object[] pair && (string)pair[0] == path);
        entries.Add(new object[] { path, given });
        Set(name, new BusValue(DeviceListType, entries.ToArray()));
    }

    public void Set(string name, BusValue value)
    {
        Unset(name);
        _properties.Add(new UnitProperty(name, value));
    }

    public void Unset(string name) => _properties.RemoveAll(p => p.Name == name);

    /// <summary>Whether a block device is a disk itself: neither a partition nor a device on top of others.</summary>
    public static bool IsDisk(string device)
    {
        string path = "/sys/dev/block/" + device;
        if (!Files.Exists(path) || Files.Exists(path + "/partition"))
            return false;
        using Fd? below = Files.TryOpen(path + "/slaves", Libc.O_RDONLY | Libc.O_DIRECTORY, out _);
        return below is null || Directories.Names(below, path).Count == 0;
    }

    /// <summary>The values to set, one after the other, to restore an old one: systemd adds to a list of devices until it gets an empty one.</summary>
    public static IEnumerable<UnitProperty> RestoreSequence(UnitProperty old)
    {
        if (old.Value.Signature == DeviceListType)
            yield return old with { Value = new BusValue(DeviceListType, Array.Empty<object>()) };
        if (old.Value is not { Signature: DeviceListType, Value: object[] { Length: 0 } })
            yield return old;
    }
}
