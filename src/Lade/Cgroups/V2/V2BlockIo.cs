using System.Collections.Generic;
using Lade.Configuration;
using static Lade.Cgroups.ResourceNumbers;

namespace Lade.Cgroups.V2;

/// <summary><c>blockIO</c> on the v2 controller io: weights for BFQ if it is there, else for io.cost; rates as <c>io.max</c>.</summary>
internal static class V2BlockIo
{
    public static void Plan(PlanBuilder plan, BlockIoResources blockIo, JsonPointer at)
    {
        if (blockIo.Weight is { } weight and not 0)
            Weight(plan, "", weight, at.At("weight"));
        if (blockIo.LeafWeight is not (null or 0))
            plan.Problem(at.At("leafWeight"), "has no equivalent on cgroup v2");
        for (int i = 0; i < blockIo.WeightDevice.Count; i++)
        {
            WeightDevice device = blockIo.WeightDevice[i];
            JsonPointer origin = at.At("weightDevice").At(i);
            if (device.Weight is { } deviceWeight)
                Weight(plan, Device(device.Major, device.Minor) + " ", deviceWeight, origin.At("weight"));
            if (device.LeafWeight is not (null or 0))
                plan.Problem(origin.At("leafWeight"), "has no equivalent on cgroup v2");
        }

        Throttle(plan, "rbps", blockIo.ThrottleReadBpsDevice, at.At("throttleReadBpsDevice"));
        Throttle(plan, "wbps", blockIo.ThrottleWriteBpsDevice, at.At("throttleWriteBpsDevice"));
        Throttle(plan, "riops", blockIo.ThrottleReadIopsDevice, at.At("throttleReadIOPSDevice"));
        Throttle(plan, "wiops", blockIo.ThrottleWriteIopsDevice, at.At("throttleWriteIOPSDevice"));
    }

    private static void Weight(PlanBuilder plan, string device, ushort weight, JsonPointer origin) =>
        plan.Limit(new CgroupWrite("io", "io.bfq.weight", device + Text((ulong)weight), origin)
        {
            Otherwise = new CgroupWrite("io", "io.weight", device + Text(IoWeight(weight)), origin),
        });

    private static void Throttle(PlanBuilder plan, string key, IReadOnlyList<ThrottleDevice> devices, JsonPointer at)
    {
        for (int i = 0; i < devices.Count; i++)
        {
            // 0 takes a limit away on v1; v2 wants that in words.
            string rate = devices[i].Rate == 0 ? "max" : Text(devices[i].Rate);
            plan.Limit("io", "io.max", Device(devices[i].Major, devices[i].Minor) + " " + key + "=" + rate, at.At(i));
        }
    }
}
