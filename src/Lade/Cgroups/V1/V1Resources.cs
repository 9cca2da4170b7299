using System.Collections.Generic;
using Lade.Configuration;
using static Lade.Cgroups.ResourceNumbers;

namespace Lade.Cgroups.V1;

/// <summary>
/// <c>linux.resources</c> as files of cgroup v1. The order within a controller is the kernel's wish, with a reason beside each constraint.
/// A 0 that the command lines of engines write for "not given" (memory, shares, quota, weights) leaves the file alone, as with runc.
/// </summary>
internal static class V1Resources
{
    public static CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at)
    {
        resources ??= new ResourcesSpec();
        var plan = new PlanBuilder(change, at);
        if (resources.Cpu is { } cpu)
        {
            Cpuset(plan, cpu, at.At("cpu"));
            Cpu(plan, cpu, at.At("cpu"));
        }

        if (resources.Memory is { } memory)
            Memory(plan, memory, at.At("memory"));
        if (resources.BlockIo is { } blockIo)
            V1BlockIo.Plan(plan, blockIo, at.At("blockIO"));
        Hugepages(plan, resources.HugepageLimits, at.At("hugepageLimits"));
        if (resources.Network is { } network)
            Network(plan, network, at.At("network"));
        Rdma(plan, resources.Rdma, at.At("rdma"));
        if (resources.Unified.Count > 0)
            plan.Problem(at.At("unified"), "is for cgroup v2, and this host has cgroup v1");
        if (resources.Pids?.Limit is { } pids)
            plan.Guard(new CgroupWrite("pids", "pids.max", LimitOrMax(pids), at.At("pids").At("limit")));
        if (change == CgroupChange.Create)
            V1Devices.Plan(plan, DevicePolicy.Of(resources.Devices, at));
        return plan.Build();
    }

    private static void Cpuset(PlanBuilder plan, CpuResources cpu, JsonPointer at)
    {
        if (!string.IsNullOrEmpty(cpu.Cpus))
            plan.Limit("cpuset", "cpuset.cpus", cpu.Cpus, at.At("cpus"));
        if (!string.IsNullOrEmpty(cpu.Mems))
            plan.Limit("cpuset", "cpuset.mems", cpu.Mems, at.At("mems"));
    }

    private static void Cpu(PlanBuilder plan, CpuResources cpu, JsonPointer at)
    {
        // The kernel takes no shares for an idle group.
        if (cpu.Idle == 0)
            plan.Limit("cpu", "cpu.idle", "0", at.At("idle"));
        if (cpu.Shares is { } shares and not 0 && cpu.Idle is null or 0)
        {
            // The kernel would silently take the nearest value.
            if (!AreValidShares(shares))
                plan.Problem(at.At("shares"), Text(shares) + " is not between 2 and 262144");
            plan.Limit("cpu", "cpu.shares", Text(shares), at.At("shares"));
        }

        if (cpu.Idle is { } idle and not 0)
            plan.Limit("cpu", "cpu.idle", Text(idle), at.At("idle"));

        // Real-time group scheduling: a runtime is checked against its period, so that comes first.
        if (cpu.RealtimePeriod is { } rtPeriod and not 0)
            plan.Limit(new CgroupWrite("cpu", "cpu.rt_period_us", Text(rtPeriod), at.At("realtimePeriod")) { RetryLast = cpu.RealtimeRuntime is not (null or 0) });
        if (cpu.RealtimeRuntime is { } rtRuntime and not 0)
            plan.Limit("cpu", "cpu.rt_runtime_us", Text(rtRuntime), at.At("realtimeRuntime"));

        // A shorter period, or a longer burst, can be invalid beside the old quota and valid beside the new one.
        bool hasQuota = cpu.Quota is not (null or 0);
        if (cpu.Period is { } period and not 0)
            plan.Limit(new CgroupWrite("cpu", "cpu.cfs_period_us", Text(period), at.At("period")) { RetryLast = hasQuota });
        if (cpu.Burst is { } burst)
            plan.Limit(new CgroupWrite("cpu", "cpu.cfs_burst_us", Text(burst), at.At("burst")) { RetryLast = hasQuota });
        if (cpu.Quota is { } quota and not 0)
            plan.Limit("cpu", "cpu.cfs_quota_us", quota < 0 ? "-1" : Text(quota), at.At("quota"));
    }

    private static void Memory(PlanBuilder plan, MemoryResources memory, JsonPointer at)
    {
        if (memory.UseHierarchy is { } useHierarchy)
            plan.Limit("memory", "memory.use_hierarchy", useHierarchy ? "1" : "0", at.At("useHierarchy"));

        bool check = memory.CheckBeforeUpdate == true && plan.Change == CgroupChange.Update;
        long limit = memory.Limit ?? 0;
        long swap = memory.Swap ?? 0;
        // Without its own limit, memory+swap would hold an unlimited memory down to the old value.
        if (limit < 0 && swap == 0)
            plan.Limit(new CgroupWrite("memory", "memory.memsw.limit_in_bytes", "-1", at.At("limit")) { IfPresent = true });
        if (limit > 0 && swap > 0 && swap < limit)
            plan.Problem(at.At("swap"), Text(swap) + " is memory and swap together, so it cannot be less than the memory limit of " + Text(limit));
        // memory must stay below memory+swap at every moment: raised, it has to come last, lowered first.
        if (limit != 0)
        {
            plan.Limit(new CgroupWrite("memory", "memory.limit_in_bytes", limit < 0 ? "-1" : Text(limit), at.At("limit"))
            {
                RetryLast = swap != 0,
                UsageFile = "memory.usage_in_bytes",
                CeilingFile = "memory.memsw.limit_in_bytes",
                RefuseBelowUsage = check,
            });
        }

        if (swap != 0)
        {
            plan.Limit(new CgroupWrite("memory", "memory.memsw.limit_in_bytes", swap < 0 ? "-1" : Text(swap), at.At("swap"))
            {
                UsageFile = "memory.memsw.usage_in_bytes",
            });
        }

        if (memory.Kernel is not (null or 0))
            plan.Warn(at.At("kernel"), "is ignored: kernels no longer limit kernel memory by itself");
        if (memory.KernelTcp is { } tcp and not 0)
            plan.Limit("memory", "memory.kmem.tcp.limit_in_bytes", tcp < 0 ? "-1" : Text(tcp), at.At("kernelTCP"));
        if (memory.Reservation is { } reservation and not 0)
            plan.Limit("memory", "memory.soft_limit_in_bytes", reservation < 0 ? "-1" : Text(reservation), at.At("reservation"));
        if (memory.Swappiness is { } swappiness)
        {
            if (swappiness > 100)
                plan.Problem(at.At("swappiness"), Text(swappiness) + " is not between 0 and 100");
            plan.Limit("memory", "memory.swappiness", Text(swappiness), at.At("swappiness"));
        }

        // A new cgroup has the killer on already.
        if (memory.DisableOomKiller is { } disable && (disable || plan.Change == CgroupChange.Update))
            plan.Limit("memory", "memory.oom_control", disable ? "1" : "0", at.At("disableOOMKiller"));
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
            plan.Limit("hugetlb", "hugetlb." + limit.PageSize + ".limit_in_bytes", Text(limit.Limit), origin);
            // Counted at reservation, so that a program fails at mmap instead of dying by SIGBUS at first use.
            plan.Limit(new CgroupWrite("hugetlb", "hugetlb." + limit.PageSize + ".rsvd.limit_in_bytes", Text(limit.Limit), origin) { IfPresent = true });
        }
    }

    private static void Network(PlanBuilder plan, NetworkResources network, JsonPointer at)
    {
        if (network.ClassId is { } classId and not 0)
            plan.Limit("net_cls", "net_cls.classid", Text((ulong)classId), at.At("classID"));
        for (int i = 0; i < network.Priorities.Count; i++)
        {
            InterfacePriority priority = network.Priorities[i];
            plan.Limit("net_prio", "net_prio.ifpriomap", priority.Name + " " + Text((ulong)priority.Priority), at.At("priorities").At(i));
        }
    }

    /// <summary>The same file in both versions.</summary>
    public static void Rdma(PlanBuilder plan, IReadOnlyDictionary<string, RdmaLimit> rdma, JsonPointer at)
    {
        foreach ((string device, RdmaLimit limit) in rdma)
        {
            string value = device;
            if (limit.HcaHandles is { } handles)
                value += " hca_handle=" + Text((ulong)handles);
            if (limit.HcaObjects is { } objects)
                value += " hca_object=" + Text((ulong)objects);
            plan.Limit("rdma", "rdma.max", value, at.At(device));
        }
    }
}
