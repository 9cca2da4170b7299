using System;
using Lade.Configuration;
using static Lade.Cgroups.Controllers.ResourceNumbers;

namespace Lade.Cgroups.Controllers;

/// <summary>The controller cpu: weight among siblings, quota per period, real-time budget. Times in microseconds.</summary>
internal sealed class CpuSettings(CpuResources cpu, JsonPointer at) : ISetting
{
    public const string MaxFile = "cpu.max";
    public const string QuotaFile = "cpu.cfs_quota_us";
    public const string IdleFile = "cpu.idle";
    public const string WeightProperty = "CPUWeight";

    /// <summary>The value of <see cref="WeightProperty"/> for cpu.idle: only CPU time that nobody else wants.</summary>
    public const ulong IdleWeight = 0;

    private const ulong DefaultPeriod = 100_000;
    private const ulong MinShares = 2;
    private const ulong MaxShares = 262_144;
    private const ulong MicrosecondsPerSecond = 1_000_000;

    /// <summary>systemd keeps the quota in whole percents of a CPU.</summary>
    private const ulong QuotaStep = MicrosecondsPerSecond / 100;

    /// <summary>The kernel refuses shares and weight of an idle group.</summary>
    private ulong? Shares => cpu.Idle is null or 0 ? Given(cpu.Shares) : null;

    private long? Quota => Given(cpu.Quota);

    private ulong? Period => Given(cpu.Period);

    /// <summary>On v2 quota and period are one file.</summary>
    private bool HasMax => Quota is not null || Period is not null;

    public void Write(V1Files files)
    {
        if (cpu.Idle == 0)
            files.Limit(IdleFile, "0", at.At("idle"));
        if (Shares is { } shares)
        {
            // The kernel would silently clamp it.
            if (shares is < MinShares or > MaxShares)
                files.Problem(at.At("shares"), Text(shares) + " is not between 2 and 262144");
            files.Limit("cpu.shares", Text(shares), at.At("shares"));
        }

        if (Given(cpu.Idle) is { } idle)
            files.Limit(IdleFile, Text(idle), at.At("idle"));

        // The kernel checks a real-time runtime against its period, so the period comes first.
        if (Given(cpu.RealtimePeriod) is { } rtPeriod)
            files.Limit("cpu.rt_period_us", Text(rtPeriod), at.At("realtimePeriod"), retryLast: Given(cpu.RealtimeRuntime) is not null);
        if (Given(cpu.RealtimeRuntime) is { } rtRuntime)
            files.Limit("cpu.rt_runtime_us", Text(rtRuntime), at.At("realtimeRuntime"));

        // A shorter period, or a longer burst, can be invalid with the old quota and valid with the new one.
        if (Period is { } period)
            files.Limit("cpu.cfs_period_us", Text(period), at.At("period"), retryLast: Quota is not null);
        if (cpu.Burst is { } burst)
            files.Limit("cpu.cfs_burst_us", Text(burst), at.At("burst"), retryLast: Quota is not null);
        if (Quota is { } quota)
            files.Limit(QuotaFile, LimitOrMinusOne(quota), at.At("quota"));
    }

    public void Write(V2Files files)
    {
        if (cpu.Idle == 0)
            files.Limit(IdleFile, "0", at.At("idle"));
        if (Shares is { } shares)
            files.Limit("cpu.weight", Text(WeightOfShares(shares)), at.At("shares"));
        if (Given(cpu.Idle) is { } idle)
            files.Limit(IdleFile, Text(idle), at.At("idle"));

        // Checked against the quota, which is the old one until the write below.
        if (cpu.Burst is { } burst)
            files.Limit("cpu.max.burst", Text(burst), at.At("burst"), retryLast: HasMax);
        if (HasMax)
            files.Limit(MaxFile, LimitOrMax(Quota ?? -1) + " " + Text(Period ?? DefaultPeriod), at.At(Quota is null ? "period" : "quota"));

        files.Refuse(Given(cpu.RealtimeRuntime) is not null, at.At("realtimeRuntime"));
        files.Refuse(Given(cpu.RealtimePeriod) is not null, at.At("realtimePeriod"));
    }

    public void Write(UnitProperties unit)
    {
        if (cpu.Idle is { } idle)
            Idle(unit, idle != 0);
        if (Shares is { } shares)
            unit.Number(unit.IsUnified ? WeightProperty : "CPUShares", unit.IsUnified ? WeightOfShares(shares) : shares);
        if (HasMax)
            Bandwidth(unit, Quota ?? -1, unit.IsUnified ? Period ?? DefaultPeriod : Period);
    }

    /// <inheritdoc cref="UnifiedSettings.Translate"/>
    public static void Translate(UnitProperties unit, string file, string value)
    {
        switch (file)
        {
            case "cpu.weight":
                unit.Number(WeightProperty, Amount(value));
                break;
            case IdleFile when Amount(value) is { } idle:
                Idle(unit, idle != 0);
                break;
            case MaxFile:
                string[] words = value.Split(' ');
                ulong? period = words.Length > 1 ? Amount(words[1]) : null;
                if (Amount(words[0]) is { } quota && (words.Length == 1 || period is > 0))
                    Bandwidth(unit, quota > long.MaxValue ? -1 : (long)quota, period);
                break;
        }
    }

    /// <summary>Quota and period stand in one file of v2.</summary>
    /// <inheritdoc cref="Settings.AddDependent"/>
    public static CpuResources? AddDependent(CpuResources? given, CpuResources? effective) =>
        given is not null && Given(given.Quota) is null != Given(given.Period) is null ? given with { Quota = effective!.Quota, Period = effective.Period } : given;

    /// <summary>
    /// cpu.shares (2..262144) to cpu.weight (1..10000), with 1024 at the default of 100: the curve of Kubernetes, runc 1.4 and crun.
    /// </summary>
    public static ulong WeightOfShares(ulong shares)
    {
        if (shares <= MinShares)
            return 1;
        if (shares >= MaxShares)
            return 10_000;
        double l = Math.Log2(shares);
        double exponent = (l * l + 125 * l) / 612.0 - 7.0 / 34.0;
        // Rounding errors of pow must not lift a whole number to the next one.
        return (ulong)Math.Ceiling(Math.Pow(10, exponent) - 1e-9);
    }

    /// <summary>No longer idle and no weight given: the default of units.</summary>
    private static void Idle(UnitProperties unit, bool isIdle) => unit.Number(WeightProperty, isIdle ? IdleWeight : UnitProperties.Infinity);

    /// <param name="quota">Negative is "no limit".</param>
    /// <param name="period">null leaves it to systemd; the quota then refers to the kernel's default period.</param>
    private static void Bandwidth(UnitProperties unit, long quota, ulong? period)
    {
        ulong perSecond = UnitProperties.Infinity;
        if (quota >= 0)
        {
            if ((ulong)quota > UnitProperties.Infinity / MicrosecondsPerSecond)
                return;
            // Rounded up, so that the exact quota, which is written afterwards, is not above it.
            perSecond = (((ulong)quota * MicrosecondsPerSecond / (period ?? DefaultPeriod)) + QuotaStep - 1) / QuotaStep * QuotaStep;
        }

        unit.Unset("CPUQuotaPeriodUSec");
        unit.Number("CPUQuotaPeriodUSec", period);
        unit.Number("CPUQuotaPerSecUSec", perSecond);
    }
}
