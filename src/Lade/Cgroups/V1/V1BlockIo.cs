using System.Collections.Generic;
using Lade.Configuration;
using static Lade.Cgroups.ResourceNumbers;

namespace Lade.Cgroups.V1;

/// <summary><c>blockIO</c> on the v1 controller blkio. Weights belong to an I/O scheduler: BFQ on all kernels in use, CFQ (without prefix) on old ones.</summary>
internal static class V1BlockIo
{
    public static void Plan(PlanBuilder plan, BlockIoResources blockIo, JsonPointer at)
    {
        if (blockIo.Weight is { } weight and not 0)
            Weight(plan, "weight", Text((ulong)weight), at.At("weight"));
        if (blockIo.LeafWeight is { } leafWeight and not 0)
            plan.Limit("blkio", "blkio.leaf_weight", Text((ulong)leafWeight), at.At("leafWeight"));
        for (int i = 0; i < blockIo.WeightDevice.Count; i++)
        {
            WeightDevice device = blockIo.WeightDevice[i];
            JsonPointer origin = at.At("weightDevice").At(i);
            string number = Device(device.Major, device.Minor);
            if (device.Weight is { } deviceWeight)
                Weight(plan, "weight_device", number + " " + Text((ulong)deviceWeight), origin.At("weight"));
            if (device.LeafWeight is { } deviceLeafWeight)
                plan.Limit("blkio", "blkio.leaf_weight_device", number + " " + Text((ulong)deviceLeafWeight), origin.At("leafWeight"));
        }

        Throttle(plan, "read_bps_device", blockIo.ThrottleReadBpsDevice, at.At("throttleReadBpsDevice"));
        Throttle(plan, "write_bps_device", blockIo.ThrottleWriteBpsDevice, at.At("throttleWriteBpsDevice"));
        Throttle(plan, "read_iops_device", blockIo.ThrottleReadIopsDevice, at.At("throttleReadIOPSDevice"));
        Throttle(plan, "write_iops_device", blockIo.ThrottleWriteIopsDevice, at.At("throttleWriteIOPSDevice"));
    }

    private static void Weight(PlanBuilder plan, string file, string value, JsonPointer origin) =>
        plan.Limit(new CgroupWrite("blkio", "blkio.bfq." + file, value, origin)
        {
            Otherwise = new CgroupWrite("blkio", "blkio." + file, value, origin),
        });

    private static void Throttle(PlanBuilder plan, string file, IReadOnlyList<ThrottleDevice> devices, JsonPointer at)
    {
        for (int i = 0; i < devices.Count; i++)
            plan.Limit("blkio", "blkio.throttle." + file, Device(devices[i].Major, devices[i].Minor) + " " + Text(devices[i].Rate), at.At(i));
    }
}
