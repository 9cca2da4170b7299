using Lade.Configuration;
using static Lade.Cgroups.Controllers.ResourceNumbers;

namespace Lade.Cgroups.Controllers;

/// <summary>The controller memory. Sizes are in bytes; swap means memory plus swap, as on v1.</summary>
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

    /// <summary>Swap without memory, as v2 counts it; null leaves it unchanged.</summary>
    private long? SwapOnly => Swap switch
    {
        null => Limit < 0 ? -1 : null,
        < 0 => -1,
        { } sum => sum - (Limit ?? 0),
    };

    public void Write(V1Files files)
    {
        if (memory.UseHierarchy is { } useHierarchy)
            files.Limit("memory.use_hierarchy", useHierarchy ? "1" : "0", at.At("useHierarchy"));

        // The old limit of memory+swap would keep the memory from being unlimited.
        if (Limit < 0 && Swap is null)
            files.Limit(V1Swap, "-1", at.At("limit"), ifPresent: true);
        CheckSwap(files);
        // memory must not exceed memory+swap at any moment: written last when it is raised, first when it is lowered.
        if (Limit is { } limit)
        {
            files.Limit(new CgroupWrite("memory", V1Limit, LimitOrMinusOne(limit), at.At("limit"))
            {
                RetryLast = Swap is not null,
                UsageFile = "memory.usage_in_bytes",
                CeilingFile = V1Swap,
                RefuseBelowUsage = ChecksUsage(files),
            });
        }

        if (Swap is { } swap)
            files.Limit(new CgroupWrite("memory", V1Swap, LimitOrMinusOne(swap), at.At("swap")) { UsageFile = "memory.memsw.usage_in_bytes" });
        WarnAboutKernel(files);
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

        // Enabled in a new cgroup. The file also shows two counters, each value with its name.
        if (memory.DisableOomKiller is { } disable && (disable || files.Change == CgroupChange.Update))
            files.Limit(new CgroupWrite("memory", "memory.oom_control", disable ? "1" : "0", at.At("disableOOMKiller")) { ShownAs = "oom_kill_disable" });
    }

    public void Write(V2Files files)
    {
        if (Swap > 0 && Limit is null or < 0)
            files.Problem(at.At("swap"), "is memory plus swap, so cgroup v2 needs a memory limit too");
        CheckSwap(files);
        // Without swap accounting there is no file, and "no swap" and "any amount" do not need one.
        if (SwapOnly is { } swap)
            files.Limit(SwapMax, LimitOrMax(swap), at.At("swap"), ifPresent: swap <= 0);
        if (Limit is { } limit)
            files.Limit(new CgroupWrite("memory", Max, LimitOrMax(limit), at.At("limit")) { UsageFile = "memory.current", RefuseBelowUsage = ChecksUsage(files) });
        if (Reservation is { } reservation)
            files.Limit(Low, LimitOrMax(reservation), at.At("reservation"));
        WarnAboutKernel(files);
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

        unit.Limit("MemorySwapMax", SwapOnly);
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
    /// <inheritdoc cref="Settings.AddDependent"/>
    public static MemoryResources? AddDependent(MemoryResources? given, MemoryResources? effective) =>
        given is not null && Given(given.Swap) is not null && Given(given.Limit) is null ? given with { Limit = effective!.Limit } : given;

    private bool ChecksUsage(SettingFiles files) => memory.CheckBeforeUpdate == true && files.Change == CgroupChange.Update;

    private void CheckSwap(SettingFiles files)
    {
        if (Limit > 0 && Swap > 0 && Swap < Limit)
            files.Problem(at.At("swap"), Text(Swap.Value) + " is memory plus swap, so it cannot be less than the memory limit of " + Text(Limit.Value));
    }

    private void WarnAboutKernel(SettingFiles files)
    {
        if (Given(memory.Kernel) is not null)
            files.Warn(at.At("kernel"), "is ignored: kernels no longer limit kernel memory separately");
    }
}
