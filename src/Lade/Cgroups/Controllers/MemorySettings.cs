using Lade.Configuration;
using static Lade.Cgroups.Controllers.ResourceNumbers;

namespace Lade.Cgroups.Controllers;

/// <summary>The controller memory. Sizes in bytes; swap is memory and swap together, as on v1.</summary>
internal sealed class MemorySettings(MemoryResources memory, JsonPointer at) : ISetting
{
    private const string V1Limit = "memory.limit_in_bytes";
    private const string V1Swap = "memory.memsw.limit_in_bytes";
    private const string Max = "memory.max";
    private const string Low = "memory.low";
    private const string SwapMax = "memory.swap.max";

    private long? Limit => Given(memory.Limit);

    private long? Swap => Given(memory.Swap);

    private long? Reservation => Given(memory.Reservation);

    /// <summary>Swap alone, as v2 counts it; null leaves it alone.</summary>
    private long? SwapAlone => Swap switch
    {
        null => Limit < 0 ? -1 : null,
        < 0 => -1,
        { } sum => sum - (Limit ?? 0),
    };

    public void Write(V1Files files)
    {
        if (memory.UseHierarchy is { } useHierarchy)
            files.Limit("memory.use_hierarchy", useHierarchy ? "1" : "0", at.At("useHierarchy"));

        // Without its own limit, memory+swap would hold an unlimited memory down to the old value.
        if (Limit < 0 && Swap is null)
            files.Limit(V1Swap, "-1", at.At("limit"), ifPresent: true);
        CheckSwap(files);
        // memory must stay below memory+swap at every moment: raised, it has to come last, lowered first.
        if (Limit is { } limit)
        {
            files.Limit(new CgroupWrite("memory", V1Limit, LimitOrMinusOne(limit), at.At("limit"))
            {
                RetryLast = Swap is not null,
                UsageFile = "memory.usage_in_bytes",
                CeilingFile = V1Swap,
                RefuseBelowUsage = RefusesBelowUsage(files),
            });
        }

        if (Swap is { } swap)
            files.Limit(new CgroupWrite("memory", V1Swap, LimitOrMinusOne(swap), at.At("swap")) { UsageFile = "memory.memsw.usage_in_bytes" });
        WarnOfKernel(files);
        if (Given(memory.KernelTcp) is { } tcp)
            files.Limit("memory.kmem.tcp.limit_in_bytes", LimitOrMinusOne(tcp), at.At("kernelTCP"));
        if (Reservation is { } reservation)
            files.Limit("memory.soft_limit_in_bytes", LimitOrMinusOne(reservation), at.At("reservation"));
        if (memory.Swappiness is { } swappiness)
        {
            if (swappiness > 100)
                files.Problem(at.At("swappiness"), Text(swappiness) + " is not between 0 and 100");
            files.Limit("memory.swappiness", Text(swappiness), at.At("swappiness"));
        }

        // A new cgroup has the killer on already. The file shows its name and two counters beside.
        if (memory.DisableOomKiller is { } disable && (disable || files.Change == CgroupChange.Update))
            files.Limit(new CgroupWrite("memory", "memory.oom_control", disable ? "1" : "0", at.At("disableOOMKiller")) { ShownAs = "oom_kill_disable" });
    }

    public void Write(V2Files files)
    {
        if (Swap > 0 && Limit is null or < 0)
            files.Problem(at.At("swap"), "is memory and swap together, so cgroup v2 needs a memory limit beside it");
        CheckSwap(files);
        // Without swap accounting there is no file, and none is needed for "no swap" or "any amount".
        if (SwapAlone is { } swap)
            files.Limit(SwapMax, LimitOrMax(swap), at.At("swap"), ifPresent: swap <= 0);
        if (Limit is { } limit)
            files.Limit(new CgroupWrite("memory", Max, LimitOrMax(limit), at.At("limit")) { UsageFile = "memory.current", RefuseBelowUsage = RefusesBelowUsage(files) });
        if (Reservation is { } reservation)
            files.Limit(Low, LimitOrMax(reservation), at.At("reservation"));
        WarnOfKernel(files);
        files.Refuse(Given(memory.KernelTcp) is not null, at.At("kernelTCP"));
        files.Refuse(memory.Swappiness is not null, at.At("swappiness"));
        files.Refuse(memory.DisableOomKiller == true, at.At("disableOOMKiller"));
        // Accounting is always hierarchical.
        files.Refuse(memory.UseHierarchy == false, at.At("useHierarchy"));
    }

    public void Write(UnitProperties unit)
    {
        if (!unit.IsUnified)
        {
            unit.Limit("MemoryLimit", Limit);
            return;
        }

        unit.Limit("MemorySwapMax", SwapAlone);
        unit.Limit("MemoryMax", Limit);
        unit.Limit("MemoryLow", Reservation);
    }

    /// <inheritdoc cref="UnifiedSettings.Translate"/>
    public static void Translate(UnitProperties unit, string file, string value)
    {
        string? property = file switch
        {
            Max => "MemoryMax",
            "memory.high" => "MemoryHigh",
            Low => "MemoryLow",
            "memory.min" => "MemoryMin",
            SwapMax => "MemorySwapMax",
            _ => null,
        };
        if (property is not null)
            unit.Number(property, Amount(value));
    }

    /// <summary>The limit of swap is on v2 the given sum less the limit of memory.</summary>
    /// <inheritdoc cref="SettingsUpdate.WithPartners"/>
    public static MemoryResources? WithPartners(MemoryResources? given, MemoryResources? effective) =>
        given is not null && Given(given.Swap) is not null && Given(given.Limit) is null ? given with { Limit = effective!.Limit } : given;

    private bool RefusesBelowUsage(CgroupFiles files) => memory.CheckBeforeUpdate == true && files.Change == CgroupChange.Update;

    private void CheckSwap(CgroupFiles files)
    {
        if (Limit > 0 && Swap > 0 && Swap < Limit)
            files.Problem(at.At("swap"), Text(Swap.Value) + " is memory and swap together, so it cannot be less than the memory limit of " + Text(Limit.Value));
    }

    private void WarnOfKernel(CgroupFiles files)
    {
        if (Given(memory.Kernel) is not null)
            files.Warn(at.At("kernel"), "is ignored: kernels no longer limit kernel memory by itself");
    }
}
