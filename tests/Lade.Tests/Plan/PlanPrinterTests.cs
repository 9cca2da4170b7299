using System;
using System.Linq;
using System.Text.Json;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Xunit;

namespace Lade.Tests.Plan;

public sealed class PlanPrinterTests
{
    private static readonly ContainerPlan s_everything = new()
    {
        StartFlags = CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNS,
        Operations = OperationSamples.All,
        Warnings = ["/process/capabilities/bounding/0: CAP_X ignored: unknown to lade"],
    };

    [Fact]
    public void TextHasALinePerOperationWithItsOrigin()
    {
        var plan = new ContainerPlan
        {
            StartFlags = CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNS,
            Operations =
            [
                new NewSession(),
                new MaskPath("/proc/kcore") { Origin = JsonPointer.Of("linux", "maskedPaths", 0) },
                OperationSamples.Of(typeof(Mount)) with { Origin = JsonPointer.Of("mounts", 12) },
            ],
            Warnings = ["one", "two"],
        };

        PlanPrinter.Text(plan).Should().Be(
            """
            start init in new namespaces: CLONE_NEWNS, CLONE_NEWPID
              0  start a new session
              1  mask /proc/kcore                                                  /linux/maskedPaths/0
              2  mount tmpfs on /dev/shm (size=1k,noswap MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOEXEC)  /mounts/12
            warning: one
            warning: two

            """);
    }

    [Theory]
    [InlineData(typeof(SetTreeAttributes), "set mount attributes of /src: MOUNT_ATTR_RDONLY, clear MOUNT_ATTR_NODEV, MS_PRIVATE, recursively")]
    [InlineData(typeof(SetTargetAttributes), "set mount attributes of /dst: MOUNT_ATTR_RDONLY, clear MOUNT_ATTR__ATIME, MS_UNBINDABLE, recursively")]
    [InlineData(typeof(SetRlimit), "set RLIMIT_NOFILE 1024:18446744073709551615")]
    [InlineData(typeof(SetGroups), "set groups: 10,20")]
    [InlineData(typeof(OpenTree), "open /src, recursively")]
    [InlineData(typeof(SetUmask), "set umask 022")]
    [InlineData(typeof(WriteProc), "write '-5' to /proc/self/oom_score_adj")]
    [InlineData(typeof(LoadSeccomp), "load seccomp filter (3 instructions)")]
    public void DetailsOf(Type kind, string line)
    {
        string text = PlanPrinter.Text(new ContainerPlan { StartFlags = CloneFlags.None, Operations = [OperationSamples.Of(kind)] });

        text.Split('\n')[1].Should().Be("  0  " + line);
    }

    [Fact]
    public void JsonIsOneObjectPerOperation()
    {
        using JsonDocument document = JsonDocument.Parse(PlanPrinter.Json(s_everything));
        JsonElement root = document.RootElement;

        root.GetProperty("startFlags").GetString().Should().Be("CLONE_NEWNS, CLONE_NEWPID");
        root.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()).Should().Equal(s_everything.Warnings);
        root.GetProperty("operations").EnumerateArray().Select(o => o.GetProperty("operation").GetString())
            .Should().Equal(OperationSamples.All.Select(o => o.GetType().Name));
        root.GetProperty("operations").EnumerateArray().Select(o => o.GetProperty("does").GetString())
            .Should().Equal(OperationSamples.All.Select(o => o.Description));
    }

    [Fact]
    public void JsonArgumentsKeepTheirTypes()
    {
        JsonElement mount = JsonOf(OperationSamples.Of(typeof(Mount)) with { Origin = JsonPointer.Of("mounts", 1) });
        JsonElement arguments = mount.GetProperty("arguments");

        mount.GetProperty("origin").GetString().Should().Be("/mounts/1");
        arguments.GetProperty("options").EnumerateArray().Select(o => o.GetString()).Should().Equal("size=1k", "noswap");
        arguments.GetProperty("attributes").GetString().Should().Be("MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOEXEC");
        arguments.GetProperty("copyUp").GetBoolean().Should().BeTrue();
        JsonOf(OperationSamples.Of(typeof(SetRlimit))).GetProperty("arguments").GetProperty("hard").GetUInt64().Should().Be(ulong.MaxValue);
        JsonOf(OperationSamples.Of(typeof(SetCapabilities))).GetProperty("arguments").GetProperty("ambient").GetString().Should().Be("0000000000000008");
    }

    [Fact]
    public void JsonOmitsDefaults()
    {
        JsonElement arguments = JsonOf(new Mount("proc", "proc", "/proc")).GetProperty("arguments");

        arguments.EnumerateObject().Select(member => member.Name).Should().Equal("type", "source", "target");
    }

    [Fact]
    public void EnvironmentAndHookStateAreNeverPrinted()
    {
        PlanPrinter.Text(s_everything).Should().NotContain("hunter2");
        PlanPrinter.Json(s_everything).Should().NotContain("hunter2");
    }

    private static JsonElement JsonOf(Operation operation)
    {
        string json = PlanPrinter.Json(new ContainerPlan { StartFlags = CloneFlags.None, Operations = [operation] });
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("operations")[0].Clone();
    }
}
