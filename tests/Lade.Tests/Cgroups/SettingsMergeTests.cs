using System.Collections.Generic;
using System.Text;
using FluentAssertions;
using Lade.Cgroups.Controllers;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Cgroups;

/// <summary>Recorded and given resources of an `update`, and how the result is stored.</summary>
public sealed class SettingsMergeTests
{
    private static readonly ResourcesSpec s_full = new()
    {
        Devices = [new DeviceRule { Allow = false }, new DeviceRule { Allow = true, Type = 'c', Major = 1, Minor = 3, Access = "rw" }],
        Memory = new() { Limit = 100, Reservation = 50, Swap = 200, Kernel = -1, KernelTcp = 7, Swappiness = 0, DisableOomKiller = false, UseHierarchy = true, CheckBeforeUpdate = true },
        Cpu = new() { Shares = 512, Quota = -1, Burst = 0, Period = ulong.MaxValue, RealtimeRuntime = 5, RealtimePeriod = 6, Cpus = "0-1", Mems = "0", Idle = 0 },
        BlockIo = new()
        {
            Weight = 500,
            LeafWeight = 20,
            WeightDevice = [new(8, 0, 300, null), new(8, 16, null, 40)],
            ThrottleReadBpsDevice = [new(8, 0, 1)],
            ThrottleWriteBpsDevice = [new(8, 0, ulong.MaxValue)],
            ThrottleReadIopsDevice = [new(8, 0, 3)],
            ThrottleWriteIopsDevice = [new(8, 0, 4)],
        },
        HugepageLimits = [new("2MB", 4194304), new("1GB", 0)],
        Network = new() { ClassId = 9, Priorities = [new("eth0", 5), new("lo", 0)] },
        Pids = new(20),
        Rdma = new Dictionary<string, RdmaLimit> { ["mlx5_0"] = new(2, null) },
        Unified = new Dictionary<string, string> { ["memory.high"] = "1000", ["io.max"] = "8:0 rbps=1\n" },
    };

    [Fact]
    public void Stored_resources_are_read_back()
    {
        Read(SpecWriter.Write(s_full)).Should().BeEquivalentTo(s_full);
        Read(SpecWriter.Write(new ResourcesSpec())).Should().BeEquivalentTo(new ResourcesSpec());
    }

    [Fact]
    public void Nothing_given_changes_nothing()
    {
        var empty = new ResourcesSpec { Memory = new(), Cpu = new(), BlockIo = new(), Network = new(), Pids = new PidsResources(null) };

        Settings.Merge(s_full, new ResourcesSpec()).Should().BeEquivalentTo(s_full);
        Settings.Merge(s_full, empty).Should().BeEquivalentTo(s_full);
        Settings.Merge(new ResourcesSpec(), s_full with { Devices = [] }).Should().BeEquivalentTo(s_full with { Devices = [] });
    }

    /// <summary>Engines write 0 and "" for "not given".</summary>
    [Fact]
    public void Zero_is_not_given_where_it_cannot_be_a_limit()
    {
        var zero = new ResourcesSpec
        {
            Memory = new() { Limit = 0, Reservation = 0, Swap = 0, Kernel = 0, KernelTcp = 0 },
            Cpu = new() { Shares = 0, Quota = 0, Period = 0, RealtimePeriod = 0, RealtimeRuntime = 0, Cpus = "", Mems = "" },
            BlockIo = new() { Weight = 0, LeafWeight = 0 },
            Network = new() { ClassId = 0 },
        };

        Settings.Merge(s_full, zero).Should().BeEquivalentTo(s_full);
    }

    [Fact]
    public void Given_values_replace_recorded_ones()
    {
        var given = new ResourcesSpec
        {
            Devices = [new DeviceRule { Allow = true }],
            Memory = new() { Limit = 1000, Swap = -1, Swappiness = 60, DisableOomKiller = true },
            Cpu = new() { Shares = 2, Burst = 7, Idle = 1, Cpus = "3" },
            BlockIo = new() { Weight = 10, WeightDevice = [new(8, 16, 77, null)], ThrottleReadBpsDevice = [new(9, 0, 2), new(8, 0, 0)] },
            HugepageLimits = [new("2MB", 0)],
            Network = new() { Priorities = [new("lo", 1)] },
            Pids = new(0),
            Rdma = new Dictionary<string, RdmaLimit> { ["mlx5_1"] = new(null, 1) },
            Unified = new Dictionary<string, string> { ["memory.high"] = "max" },
        };

        ResourcesSpec merged = Settings.Merge(s_full, given);

        merged.Devices.Should().BeEquivalentTo(s_full.Devices, "update leaves devices alone");
        merged.Memory.Should().Be(s_full.Memory! with { Limit = 1000, Swap = -1, Swappiness = 60, DisableOomKiller = true });
        merged.Cpu.Should().Be(s_full.Cpu! with { Shares = 2, Burst = 7, Idle = 1, Cpus = "3" });
        merged.BlockIo!.Weight.Should().Be(10);
        merged.BlockIo.WeightDevice.Should().Equal(new WeightDevice(8, 0, 300, null), new WeightDevice(8, 16, 77, null));
        merged.BlockIo.ThrottleReadBpsDevice.Should().Equal(new ThrottleDevice(9, 0, 2), new ThrottleDevice(8, 0, 0));
        merged.BlockIo.ThrottleWriteBpsDevice.Should().Equal(s_full.BlockIo!.ThrottleWriteBpsDevice);
        merged.HugepageLimits.Should().Equal(new HugepageLimit("1GB", 0), new HugepageLimit("2MB", 0));
        merged.Network!.ClassId.Should().Be(9);
        merged.Network.Priorities.Should().Equal(new InterfacePriority("eth0", 5), new InterfacePriority("lo", 1));
        merged.Pids!.Limit.Should().Be(0);
        merged.Rdma.Keys.Should().BeEquivalentTo("mlx5_0", "mlx5_1");
        merged.Unified["memory.high"].Should().Be("max");
        merged.Unified["io.max"].Should().Be("8:0 rbps=1\n");
    }

    [Fact]
    public void Unlimited_memory_means_unlimited_swap() =>
        Settings.Merge(s_full, new ResourcesSpec { Memory = new() { Limit = -1 } }).Memory!.Swap.Should().Be(-1);

    [Theory]
    [InlineData(5L, null, 5L, 100ul)]
    [InlineData(null, 7ul, 50L, 7ul)]
    [InlineData(5L, 7ul, 5L, 7ul)]
    [InlineData(null, null, null, null)]
    public void Quota_and_period_are_written_together(long? quota, ulong? period, long? writtenQuota, ulong? writtenPeriod)
    {
        var recorded = new ResourcesSpec { Cpu = new() { Quota = 50, Period = 100, Shares = 3 } };
        var given = new ResourcesSpec { Cpu = new() { Quota = quota, Period = period, Burst = 1 } };

        Settings.AddDependent(given, Settings.Merge(recorded, given)).Cpu.Should().Be(new CpuResources { Quota = writtenQuota, Period = writtenPeriod, Burst = 1 });
    }

    [Theory]
    [InlineData(null, 300L, 100L)]
    [InlineData(200L, 300L, 200L)]
    [InlineData(200L, null, 200L)]
    public void Swap_is_written_with_its_memory(long? limit, long? swap, long? writtenLimit)
    {
        var recorded = new ResourcesSpec { Memory = new() { Limit = 100, Swap = 250 } };
        var given = new ResourcesSpec { Memory = new() { Limit = limit, Swap = swap } };

        Settings.AddDependent(given, Settings.Merge(recorded, given)).Memory.Should().Be(new MemoryResources { Limit = writtenLimit, Swap = swap });
    }

    private static ResourcesSpec Read(System.ReadOnlyMemory<byte> json) => SpecReader.ReadAcceptedResources(json, Encoding.UTF8.GetString(json.Span));
}
