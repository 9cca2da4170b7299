using System;
using System.Collections.Generic;
using Lade.Cgroups.V1;
using Lade.Configuration;
using static Lade.Cgroups.ResourceNumbers;

namespace Lade.Cgroups.V2;

/// <summary>
/// <c>linux.resources</c> as files of cgroup v2. Settings are v1's: each is converted, or refused with its pointer (config-linux.md), never dropped.
/// The map <c>unified</c> comes last, so that it can overrule a converted value.
/// </summary>
internal static class V2Resources
{
    public static CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at)
    {
        resources ??= new ResourcesSpec();
        var plan = new PlanBuilder(change, at);
        if (resources.Cpu is { } cpu)
            Cpu(plan, cpu, at.At("cpu"));
        if (resources.Memory is { } memory)
            Memory(plan, memory, at.At("memory"));
        if (resources.BlockIo is { } blockIo)
            V2BlockIo.Plan(plan, blockIo, at.At("blockIO"));
        Hugepages(plan, resources.HugepageLimits, at.At("hugepageLimits"));
        if (resources.Network is { } network)
            Network(plan, network, at.At("network"));
        V1Resources.Rdma(plan, resources.Rdma, at.At("rdma"));
        if (resources.Pids?.Limit is { } pids)
            plan.Guard(new CgroupWrite("pids", "pids.max", LimitOrMax(pids), at.At("pids").At("limit")));
        Unified(plan, resources.Unified, at.At("unified"));
        if (change == CgroupChange.Create)
            plan.DeviceProgram = DeviceProgram.Generate(DevicePolicy.Of(resources.Devices, at));
        return plan.Build();
    }

    private static void Cpu(PlanBuilder plan, CpuResources cpu, JsonPointer at)
    {
        if (!string.IsNullOrEmpty(cpu.Cpus))
            plan.Limit("cpuset", "cpuset.cpus", cpu.Cpus, at.At("cpus"));
        if (!string.IsNullOrEmpty(cpu.Mems))
            plan.Limit("cpuset", "cpuset.mems", cpu.Mems, at.At("mems"));

        // The kernel takes no weight for an idle group.
        if (cpu.Idle == 0)
            plan.Limit("cpu", "cpu.idle", "0", at.At("idle"));
        if (cpu.Shares is { } shares and not 0 && cpu.Idle is null or 0)
            plan.Limit("cpu", "cpu.weight", Text(WeightOfShares(shares)), at.At("shares"));
        if (cpu.Idle is { } idle and not 0)
            plan.Limit("cpu", "cpu.idle", Text(idle), at.At("idle"));

        bool hasMax = cpu.Quota is not (null or 0) || cpu.Period is not (null or 0);
        // Checked against the quota, which may be the old one or the one that follows.
        if (cpu.Burst is { } burst)
            plan.Limit(new CgroupWrite("cpu", "cpu.max.burst", Text(burst), at.At("burst")) { RetryLast = hasMax });
        if (hasMax)
        {
            string quota = cpu.Quota is > 0 ? Text(cpu.Quota.Value) : "max";
            string period = Text(cpu.Period is { } given and not 0 ? given : DefaultPeriod);
            plan.Limit("cpu", "cpu.max", quota + " " + period, at.At(cpu.Quota is not (null or 0) ? "quota" : "period"));
        }

        Refuse(plan, cpu.RealtimeRuntime is not (null or 0), at.At("realtimeRuntime"));
        Refuse(plan, cpu.RealtimePeriod is not (null or 0), at.At("realtimePeriod"));
    }

    private static void Memory(PlanBuilder plan, MemoryResources memory, JsonPointer at)
    {
        if (SwapMax(plan, memory, at) is { } swap)
        {
            // Without swap accounting there is no file, and none is needed for "no swap" or "any amount".
            plan.Limit(new CgroupWrite("memory", "memory.swap.max", swap, at.At("swap")) { IfPresent = swap is "0" or "max" });
        }

        if (memory.Limit is { } limit and not 0)
        {
            plan.Limit(new CgroupWrite("memory", "memory.max", LimitOrMax(limit), at.At("limit"))
            {
                UsageFile = "memory.current",
                RefuseBelowUsage = memory.CheckBeforeUpdate == true && plan.Change == CgroupChange.Update,
            });
        }

        if (memory.Reservation is { } reservation and not 0)
            plan.Limit("memory", "memory.low", LimitOrMax(reservation), at.At("reservation"));
        if (memory.Kernel is not (null or 0))
            plan.Warn(at.At("kernel"), "is ignored: kernels no longer limit kernel memory by itself");
        Refuse(plan, memory.KernelTcp is not (null or 0), at.At("kernelTCP"));
        Refuse(plan, memory.Swappiness is not null, at.At("swappiness"));
        Refuse(plan, memory.DisableOomKiller == true, at.At("disableOOMKiller"));
        // Accounting is always hierarchical.
        Refuse(plan, memory.UseHierarchy == false, at.At("useHierarchy"));
    }

    /// <summary>The value of memory.swap.max; v1 counts memory and swap together, v2 swap alone. Null leaves the file alone.</summary>
    private static string? SwapMax(PlanBuilder plan, MemoryResources memory, JsonPointer at)
    {
        long limit = memory.Limit ?? 0;
        long swap = memory.Swap ?? 0;
        if (swap == 0)
            return limit < 0 ? "max" : null;
        if (swap < 0)
            return "max";
        if (limit <= 0)
            plan.Problem(at.At("swap"), "is memory and swap together, so cgroup v2 needs a memory limit beside it");
        else if (swap < limit)
            plan.Problem(at.At("swap"), Text(swap) + " is memory and swap together, so it cannot be less than the memory limit of " + Text(limit));
        return Text(swap - limit);
    }

    private static void Hugepages(PlanBuilder plan, IReadOnlyList<HugepageLimit> limits, JsonPointer at)
    {
        for (int i = 0; i < limits.Count; i++)
        {
            HugepageLimit limit = limits[i];
            if (!IsPageSize(limit.PageSize))
            {
                plan.Problem(at.At(i).At("pageSize"), "'" + limit.PageSize + "' is no page size such as 2MB");
                continue;
            }

            JsonPointer origin = at.At(i).At("limit");
            plan.Limit("hugetlb", "hugetlb." + limit.PageSize + ".max", Text(limit.Limit), origin);
            // Counted at reservation, so that a program fails at mmap instead of dying by SIGBUS at first use.
            plan.Limit(new CgroupWrite("hugetlb", "hugetlb." + limit.PageSize + ".rsvd.max", Text(limit.Limit), origin) { IfPresent = true });
        }
    }

    private static void Network(PlanBuilder plan, NetworkResources network, JsonPointer at)
    {
        Refuse(plan, network.ClassId is not (null or 0), at.At("classID"));
        Refuse(plan, network.Priorities.Count > 0, at.At("priorities"));
    }

    /// <summary>Written as they are, known or not; a value of several lines as several writes, for the kernel takes one line at a time.</summary>
    private static void Unified(PlanBuilder plan, IReadOnlyDictionary<string, string> unified, JsonPointer at)
    {
        foreach ((string file, string value) in unified)
        {
            int dot = file.IndexOf('.', StringComparison.Ordinal);
            if (dot <= 0 || file.Contains('/', StringComparison.Ordinal))
            {
                plan.Problem(at.At(file), "is not the name of a cgroup file such as memory.high");
                continue;
            }

            foreach (string line in value.TrimEnd('\n').Split('\n'))
                plan.Limit(file[..dot], file, line, at.At(file));
        }
    }

    private static void Refuse(PlanBuilder plan, bool given, JsonPointer pointer)
    {
        if (given)
            plan.Problem(pointer, "has no equivalent on cgroup v2");
    }
}
