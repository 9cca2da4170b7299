using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lade.Cgroups.Systemd;

/// <summary>
/// The limits of a plan as properties of the container's unit (systemd.resource-control(5)). Their files are written as well: systemd rounds some values and knows no
/// property for others. But without the properties it would put its own defaults back at the next <c>daemon-reload</c>, and <c>systemctl show</c> would lie.
/// </summary>
internal static class UnitProperties
{
    public const string TasksMax = "TasksMax";
    public const string CpuWeight = "CPUWeight";

    /// <summary>Of <see cref="CpuWeight"/>: only what nobody else wants (cpu.idle).</summary>
    public const ulong IdleWeight = 0;
    public const ulong Infinity = ulong.MaxValue;
    private const ulong MicrosecondsPerSecond = 1_000_000;

    /// <summary>systemd keeps the quota in whole percents of a processor.</summary>
    private const ulong QuotaStep = MicrosecondsPerSecond / 100;

    /// <param name="isDisk">Whether systemd would take the block device <c>8:16</c> for itself, see <see cref="UnitBlockIo"/>.</param>
    public static List<UnitProperty> Of(CgroupPlan plan, Predicate<string> isDisk)
    {
        var properties = new List<UnitProperty>();
        string? quota = null;
        string? period = null;
        foreach (CgroupWrite write in plan.Limits)
        {
            switch (write.File)
            {
                case "cpu.max":
                    string[] parts = write.Value.Split(' ');
                    quota = parts[0];
                    period = parts.Length > 1 ? parts[1] : null;
                    break;
                case "cpu.cfs_quota_us":
                    quota = write.Value;
                    break;
                case "cpu.cfs_period_us":
                    period = write.Value;
                    break;
                default:
                    Add(properties, write, isDisk);
                    break;
            }
        }

        Quota(properties, quota, period);
        foreach (CgroupWrite write in plan.Guards)
            Add(properties, write, isDisk);
        return properties;
    }

    /// <summary>What the unit of a container is, apart from its limits.</summary>
    /// <param name="pid">Its first process. A slice gets none by itself.</param>
    /// <param name="isUnified">Cgroup v2.</param>
    public static List<UnitProperty> OfContainer(UnitName unit, string id, int pid, bool isUnified)
    {
        var properties = new List<UnitProperty> { new("Description", BusValue.Of("lade container " + id)) };
        if (unit.IsSlice)
        {
            properties.Add(new UnitProperty("Wants", new BusValue("as", new object[] { unit.Slice })));
        }
        else
        {
            properties.Add(new UnitProperty("Slice", BusValue.Of(unit.Slice)));
            properties.Add(new UnitProperty("PIDs", BusValue.OfPid(pid)));
            // The cgroups below belong to lade and the container.
            properties.Add(new UnitProperty("Delegate", BusValue.Of(true)));
        }

        properties.Add(new UnitProperty("MemoryAccounting", BusValue.Of(true)));
        properties.Add(new UnitProperty("CPUAccounting", BusValue.Of(true)));
        properties.Add(new UnitProperty(isUnified ? "IOAccounting" : "BlockIOAccounting", BusValue.Of(true)));
        properties.Add(new UnitProperty("TasksAccounting", BusValue.Of(true)));
        // A container is not to be stopped first of all at shutdown, nor to wait for basic.target.
        properties.Add(new UnitProperty("DefaultDependencies", BusValue.Of(false)));
        // One that failed (a process killed for lack of memory) must not stay loaded for ever.
        properties.Add(new UnitProperty("CollectMode", BusValue.Of("inactive-or-failed")));
        return properties;
    }

    /// <summary>CPU or node numbers such as <c>0-2,7</c> as a bit mask, least byte first; null when they are none.</summary>
    public static byte[]? Mask(string list)
    {
        var mask = new List<byte>();
        foreach (string range in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int dash = range.IndexOf('-', StringComparison.Ordinal);
            if (!TryNumber(dash < 0 ? range : range[..dash], out int first) || !TryNumber(dash < 0 ? range : range[(dash + 1)..], out int last) || last < first)
                return null;
            while (mask.Count <= last / 8)
                mask.Add(0);
            for (int bit = first; bit <= last; bit++)
                mask[bit / 8] |= (byte)(1 << (bit % 8));
        }

        return mask.Count == 0 ? null : [.. mask];
    }

    private static void Add(List<UnitProperty> properties, CgroupWrite write, Predicate<string> isDisk)
    {
        if (write.File != "io.bfq.weight" && UnitBlockIo.TryAdd(properties, write, isDisk))
            return;
        string value = write.Value;
        switch (write.File)
        {
            case "memory.max":
                Amount(properties, "MemoryMax", value);
                break;
            case "memory.high":
                Amount(properties, "MemoryHigh", value);
                break;
            case "memory.low":
                Amount(properties, "MemoryLow", value);
                break;
            case "memory.min":
                Amount(properties, "MemoryMin", value);
                break;
            case "memory.swap.max":
                Amount(properties, "MemorySwapMax", value);
                break;
            case "memory.limit_in_bytes":
                Amount(properties, "MemoryLimit", value);
                break;
            case "cpu.weight":
                Amount(properties, CpuWeight, value);
                break;
            case "cpu.idle":
                // No longer idle, and no weight given: the one that a unit has by itself.
                Set(properties, CpuWeight, BusValue.Of(value == "0" ? Infinity : IdleWeight));
                break;
            case "cpu.shares":
                Amount(properties, "CPUShares", value);
                break;
            case "io.bfq.weight":
                // systemd has one property for both files and converts.
                if (write.Otherwise is { } other)
                    Add(properties, other, isDisk);
                break;
            case "io.weight":
                Amount(properties, "IOWeight", value.StartsWith("default ", StringComparison.Ordinal) ? value["default ".Length..] : value);
                break;
            case "blkio.weight" or "blkio.bfq.weight":
                Amount(properties, "BlockIOWeight", value);
                break;
            case "pids.max":
                // For systemd the least is one.
                Amount(properties, TasksMax, value == "0" ? "1" : value);
                break;
            case "cpuset.cpus" when Mask(value) is { } cpus:
                Set(properties, "AllowedCPUs", BusValue.Of(cpus));
                break;
            case "cpuset.mems" when Mask(value) is { } nodes:
                Set(properties, "AllowedMemoryNodes", BusValue.Of(nodes));
                break;
        }
    }

    /// <summary>A value that is no number gets no property: the kernel will say what is wrong with it.</summary>
    private static void Amount(List<UnitProperty> properties, string name, string value)
    {
        if (value is "max" or "-1")
            Set(properties, name, BusValue.Of(Infinity));
        else if (ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
            Set(properties, name, BusValue.Of(number));
    }

    private static void Quota(List<UnitProperty> properties, string? quota, string? period)
    {
        if (quota is null && period is null)
            return;
        ulong microseconds = ResourceNumbers.DefaultPeriod;
        if (period is not null && (!ulong.TryParse(period, NumberStyles.None, CultureInfo.InvariantCulture, out microseconds) || microseconds == 0))
            return;
        ulong perSecond = Infinity;
        if (quota is not (null or "max" or "-1"))
        {
            if (!ulong.TryParse(quota, NumberStyles.None, CultureInfo.InvariantCulture, out ulong allowed) || allowed > Infinity / MicrosecondsPerSecond)
                return;
            // Rounded up, so that the exact quota, which is written after it, fits below.
            perSecond = ((allowed * MicrosecondsPerSecond / microseconds) + QuotaStep - 1) / QuotaStep * QuotaStep;
        }

        if (period is not null)
            Set(properties, "CPUQuotaPeriodUSec", BusValue.Of(microseconds));
        Set(properties, "CPUQuotaPerSecUSec", BusValue.Of(perSecond));
    }

    /// <summary>The last word counts: the map <c>unified</c> overrules other settings.</summary>
    public static void Set(List<UnitProperty> properties, string name, BusValue value)
    {
        properties.RemoveAll(p => p.Name == name);
        properties.Add(new UnitProperty(name, value));
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < 1 << 16;
}
