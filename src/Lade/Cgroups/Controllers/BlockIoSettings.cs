using System;
using System.Collections.Generic;
using Lade.Configuration;
using static Lade.Cgroups.Controllers.ResourceNumbers;

namespace Lade.Cgroups.Controllers;

/// <summary>
/// The controller blkio of v1, io of v2: weights, and rates of single block devices. Weights belong to an I/O scheduler: on v1 to BFQ, on old kernels to CFQ (without
/// prefix); on v2 to BFQ where it is available, else to io.cost. systemd has one property for both and converts.
/// </summary>
internal sealed class BlockIoSettings(BlockIoResources blockIo, JsonPointer at) : ISetting
{
    public const string BfqWeightFile = "io.bfq.weight";
    private const string MaxFile = "io.max";
    private const string WeightFile = "io.weight";
    private const string NoLimits = "rbps=max wbps=max riops=max wiops=max";
    private const string WeightProperty = "IOWeight";
    private const string DeviceWeightProperty = "IODeviceWeight";

    public void Write(V1Files files)
    {
        if (blockIo.Weight is { } weight and not 0)
            V1Weight(files, "weight", key: null, weight, at.At("weight"));
        if (blockIo.LeafWeight is { } leafWeight and not 0)
            files.Limit("blkio.leaf_weight", Text((ulong)leafWeight), at.At("leafWeight"));
        for (int i = 0; i < blockIo.WeightDevice.Count; i++)
        {
            WeightDevice device = blockIo.WeightDevice[i];
            JsonPointer origin = at.At("weightDevice").At(i);
            string key = Device(device.Major, device.Minor);
            if (device.Weight is { } deviceWeight)
                V1Weight(files, "weight_device", key, deviceWeight, origin.At("weight"));
            if (device.LeafWeight is { } deviceLeafWeight)
                files.Limit("blkio.leaf_weight_device", Text((ulong)deviceLeafWeight), origin.At("leafWeight"), key: key, reset: "0");
        }

        V1Rates(files, "read_bps_device", blockIo.ThrottleReadBpsDevice, at.At("throttleReadBpsDevice"));
        V1Rates(files, "write_bps_device", blockIo.ThrottleWriteBpsDevice, at.At("throttleWriteBpsDevice"));
        V1Rates(files, "read_iops_device", blockIo.ThrottleReadIopsDevice, at.At("throttleReadIOPSDevice"));
        V1Rates(files, "write_iops_device", blockIo.ThrottleWriteIopsDevice, at.At("throttleWriteIOPSDevice"));
    }

    public void Write(V2Files files)
    {
        if (blockIo.Weight is { } weight and not 0)
            V2Weight(files, key: null, weight, at.At("weight"));
        files.Refuse(blockIo.LeafWeight is not (null or 0), at.At("leafWeight"));
        for (int i = 0; i < blockIo.WeightDevice.Count; i++)
        {
            WeightDevice device = blockIo.WeightDevice[i];
            JsonPointer origin = at.At("weightDevice").At(i);
            if (device.Weight is { } deviceWeight)
                V2Weight(files, Device(device.Major, device.Minor), deviceWeight, origin.At("weight"));
            files.Refuse(device.LeafWeight is not (null or 0), origin.At("leafWeight"));
        }

        V2Rates(files, "rbps", blockIo.ThrottleReadBpsDevice, at.At("throttleReadBpsDevice"));
        V2Rates(files, "wbps", blockIo.ThrottleWriteBpsDevice, at.At("throttleWriteBpsDevice"));
        V2Rates(files, "riops", blockIo.ThrottleReadIopsDevice, at.At("throttleReadIOPSDevice"));
        V2Rates(files, "wiops", blockIo.ThrottleWriteIopsDevice, at.At("throttleWriteIOPSDevice"));
    }

    public void Write(UnitProperties unit)
    {
        if (blockIo.Weight is { } weight and not 0)
            unit.Number(unit.IsUnified ? WeightProperty : "BlockIOWeight", UnitWeight(unit, weight));
        foreach (WeightDevice device in blockIo.WeightDevice)
        {
            if (device.Weight is { } deviceWeight)
                unit.DeviceNumber(unit.IsUnified ? DeviceWeightProperty : "BlockIODeviceWeight", Device(device.Major, device.Minor), UnitWeight(unit, deviceWeight));
        }

        UnitRates(unit, unit.IsUnified ? RateProperty("rbps") : "BlockIOReadBandwidth", blockIo.ThrottleReadBpsDevice);
        UnitRates(unit, unit.IsUnified ? RateProperty("wbps") : "BlockIOWriteBandwidth", blockIo.ThrottleWriteBpsDevice);
        UnitRates(unit, unit.IsUnified ? RateProperty("riops") : null, blockIo.ThrottleReadIopsDevice);
        UnitRates(unit, unit.IsUnified ? RateProperty("wiops") : null, blockIo.ThrottleWriteIopsDevice);
    }

    /// <inheritdoc cref="UnifiedSettings.Translate"/>
    public static void Translate(UnitProperties unit, string file, string value)
    {
        string[] words = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool hasDevice = words.Length > 1 && IsDevice(words[0]);
        if (file == WeightFile && hasDevice)
            unit.DeviceNumber(DeviceWeightProperty, words[0], Amount(words[1]));
        else if (file == WeightFile && words.Length > 0)
            unit.Number(WeightProperty, Amount(words[^1]));
        if (file != MaxFile || !hasDevice)
            return;
        foreach (string word in words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && RateProperty(word[..equals]) is { } property)
                unit.DeviceNumber(property, words[0], Amount(word[(equals + 1)..]));
        }
    }

    /// <summary>The value that removes a device's line from a file of v2; null when <paramref name="key"/> is not a device number.</summary>
    public static string? ResetValueOf(string file, string key) => !IsDevice(key) ? null : file == MaxFile ? NoLimits : "default";

    /// <summary>blkio.weight (10..1000) to io.weight (1..10000), linear.</summary>
    public static ulong IoWeight(ushort weight) => weight < 10 ? 1 : 1 + ((ulong)weight - 10) * 9999 / 990;

    private static bool IsDevice(string key) => key.Contains(':', StringComparison.Ordinal);

    private static string? RateProperty(string key) => key switch
    {
        "rbps" => "IOReadBandwidthMax",
        "wbps" => "IOWriteBandwidthMax",
        "riops" => "IOReadIOPSMax",
        "wiops" => "IOWriteIOPSMax",
        _ => null,
    };

    /// <summary>On v1 0 removes the weight of a device.</summary>
    private static ulong UnitWeight(UnitProperties unit, ushort weight) => unit.IsUnified ? IoWeight(weight) : weight == 0 ? UnitProperties.Infinity : weight;

    private static void V1Weight(V1Files files, string file, string? key, ushort weight, JsonPointer origin)
    {
        string value = Text((ulong)weight);
        files.LimitEither("blkio.bfq." + file, value, "blkio." + file, value, origin, key, reset: "0");
    }

    private static void V2Weight(V2Files files, string? key, ushort weight, JsonPointer origin) =>
        files.LimitEither(BfqWeightFile, Text((ulong)weight), WeightFile, Text(IoWeight(weight)), origin, key, reset: "default");

    private static void V1Rates(V1Files files, string file, IReadOnlyList<ThrottleDevice> devices, JsonPointer at)
    {
        for (int i = 0; i < devices.Count; i++)
            files.Limit("blkio.throttle." + file, Text(devices[i].Rate), at.At(i), key: Device(devices[i].Major, devices[i].Minor), reset: "0");
    }

    private static void V2Rates(V2Files files, string rate, IReadOnlyList<ThrottleDevice> devices, JsonPointer at)
    {
        for (int i = 0; i < devices.Count; i++)
        {
            // 0 removes a limit on v1; v2 has a word for it.
            files.Limit(MaxFile, rate + "=" + (devices[i].Rate == 0 ? "max" : Text(devices[i].Rate)), at.At(i), key: Device(devices[i].Major, devices[i].Minor), reset: NoLimits);
        }
    }

    private static void UnitRates(UnitProperties unit, string? property, IReadOnlyList<ThrottleDevice> devices)
    {
        foreach (ThrottleDevice device in devices)
        {
            if (property is not null)
                unit.DeviceNumber(property, Device(device.Major, device.Minor), device.Rate == 0 ? UnitProperties.Infinity : device.Rate);
        }
    }
}
