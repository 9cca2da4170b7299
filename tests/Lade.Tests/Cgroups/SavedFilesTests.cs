using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.Cgroups;
using Lade.Cgroups.Controllers;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Cgroups;

/// <summary>Old values of cgroup files, for an update that fails halfway.</summary>
public sealed class SavedFilesTests
{
    [Theory]
    [InlineData("pids.max", "5", "max", "max")]
    [InlineData("cpu.max", "50000 100000", "max 100000", "max 100000")]
    [InlineData("cpuset.cpus", "0", "", "\n")]
    [InlineData("memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 0", "0")]
    [InlineData("net_prio.ifpriomap", "lo 7", "eth0 1\nlo 3", "lo 3")]
    [InlineData("rdma.max", "mlx5_0 hca_handle=2", "mlx5_0 hca_handle=max hca_object=max\nmlx5_1 hca_handle=1 hca_object=1", "mlx5_0 hca_handle=max hca_object=max")]
    [InlineData("io.weight", "300", "default 100\n8:0 50", "default 100")]
    [InlineData("io.weight", "8:0 300", "default 100\n8:0 50", "8:0 50")]
    [InlineData("io.weight", "8:16 300", "default 100\n8:0 50", "8:16 default")]
    [InlineData("io.max", "8:16 rbps=1", "8:0 rbps=1 wbps=max riops=max wiops=max", "8:16 rbps=max wbps=max riops=max wiops=max")]
    [InlineData("io.max", "8:0 wbps=1", "8:0 rbps=1 wbps=max riops=max wiops=max", "8:0 rbps=1 wbps=max riops=max wiops=max")]
    [InlineData("io.bfq.weight", "8:16 300", "", "8:16 default")]
    [InlineData("blkio.throttle.read_bps_device", "8:0 1", "", "8:0 0")]
    [InlineData("blkio.throttle.read_bps_device", "8:0 1", "8:0 9\n8:16 7", "8:0 9")]
    [InlineData("blkio.weight_device", "8:0 300", "8:16 7", "8:0 0")]
    [InlineData("misc.max", "sev 5", "sev 9\nsev_es max", "sev 9")]
    public void The_old_value_of_a_write(string file, string written, string content, string restored) => SavedFiles.OldValue(Planned(file, written), content).Should().Be(restored);

    /// <summary>The write that the planners make of a setting.</summary>
    private static CgroupWrite Planned(string file, string written)
    {
        ResourcesSpec resources = file switch
        {
            "memory.oom_control" => new() { Memory = new() { DisableOomKiller = written == "1" } },
            "net_prio.ifpriomap" => new() { Network = new() { Priorities = [new InterfacePriority("lo", 7)] } },
            "rdma.max" => new() { Rdma = new Dictionary<string, RdmaLimit> { ["mlx5_0"] = new(2, null) } },
            "blkio.throttle.read_bps_device" => new() { BlockIo = new() { ThrottleReadBpsDevice = [new ThrottleDevice(8, 0, 1)] } },
            "io.bfq.weight" => new() { BlockIo = new() { WeightDevice = [new WeightDevice(8, 16, 300, null)] } },
            "blkio.weight_device" => new() { BlockIo = new() { WeightDevice = [new WeightDevice(8, 0, 300, null)] } },
            _ => new() { Unified = new Dictionary<string, string> { [file] = written } },
        };
        CgroupPlan plan = file.StartsWith("io.", StringComparison.Ordinal) || resources.Unified.Count > 0
            ? new V2Files(CgroupChange.Update).Plan(resources, JsonPointer.None)
            : new V1Files(CgroupChange.Update).Plan(resources, JsonPointer.None);
        CgroupWrite write = plan.Limits.Single();
        write = write.File == file ? write : write.Fallback!;
        (write.File, write.Value).Should().Be((file, written));
        return write;
    }

    [Fact]
    public void Changed_files_are_restored()
    {
        using var files = new TemporaryCgroups();
        files.Put("c1/memory.max", "100");
        files.Put("c1/pids.max", "max");
        files.Put("c1/io.weight", "default 100");
        files.Put("c1/cpu.weight", "9");
        ICgroup cgroup = Cgroupfs.Open([":1:" + files.Path("c1")]);
        ISavedLimits before = cgroup.Save(new CgroupPlan
        {
            Limits =
            [
                Write("memory", "memory.max", "200"),
                Write("io", "io.bfq.weight", "7") with { Fallback = Write("io", "io.weight", "8") },
                Write("cpu", "cpu.weight", "50"),
                Write("cpu", "cpu.absent", "1"),
            ],
            DeferredLimits = [Write("pids", "pids.max", "5")],
        });

        files.Put("c1/memory.max", "200");
        files.Put("c1/pids.max", "5");
        files.Put("c1/io.weight", "8");
        DateTime untouched = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(files.Path("c1/cpu.weight"), untouched);
        using Log log = Log.ToStandardError();
        before.Restore(log);

        files.Read("c1/memory.max").Should().Be("100");
        files.Read("c1/pids.max").Should().Be("max");
        files.Read("c1/io.weight").Should().Be("default 100");
        File.GetLastWriteTimeUtc(files.Path("c1/cpu.weight")).Should().Be(untouched);
        File.Exists(files.Path("c1/io.bfq.weight")).Should().BeFalse();
    }

    private static CgroupWrite Write(string controller, string file, string value) => new(controller, file, value, JsonPointer.None);
}
