using System.Collections;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

/// <summary>One document with every property of the specification, each with a value of its own, so that none can end in a wrong field.</summary>
public sealed class FullConfigTests
{
    private static readonly Spec s_full = Parse();

    [Fact]
    public void Top()
    {
        s_full.OciVersion.Should().Be("1.3.0");
        s_full.Root.Should().Be(new RootSpec { Path = "rootfs", Readonly = true });
        s_full.Hostname.Should().Be("host");
        s_full.Domainname.Should().Be("domain");
        s_full.Annotations.Should().Equal(new Dictionary<string, string> { ["org.example.a"] = "1", ["org.example.b"] = "" });
        s_full.Mounts.Should().ContainSingle().Which.Should().BeEquivalentTo(new MountSpec
        {
            Destination = "/data",
            Source = "/src",
            Type = "none",
            Options = ["bind", "idmap", "ro"],
            UidMappings = [new IdMapping(10, 11, 12)],
            GidMappings = [new IdMapping(20, 21, 22)],
        });
    }

    [Fact]
    public void Process()
    {
        ProcessSpec process = s_full.Process!;
        process.Terminal.Should().BeTrue();
        process.ConsoleSize.Should().Be(new ConsoleSize(25, 80));
        process.Cwd.Should().Be("/work");
        process.Env.Should().Equal("A=1", "B=2");
        process.Args.Should().Equal("sh", "-c", "true");
        process.User.Should().BeEquivalentTo(new UserSpec { Uid = 1, Gid = 2, Umask = 18, AdditionalGids = [3, 4] });
        process.Rlimits.Should().Equal(new RlimitSpec(Rlimit.Nofile, 5, 6), new RlimitSpec(Rlimit.Core, 0, ulong.MaxValue));
        process.ApparmorProfile.Should().Be("profile");
        process.SelinuxLabel.Should().Be("label");
        process.Capabilities.Should().BeEquivalentTo(new CapabilitiesSpec
        {
            Bounding = ["CAP_KILL"],
            Effective = ["CAP_CHOWN"],
            Inheritable = ["CAP_FOWNER"],
            Permitted = ["CAP_FSETID"],
            Ambient = ["CAP_SETUID"],
        });
        process.NoNewPrivileges.Should().BeTrue();
        process.OomScoreAdj.Should().Be(0);
        process.Scheduler.Should().BeEquivalentTo(new SchedulerSpec
        {
            Policy = SchedulerPolicy.Deadline,
            Nice = -5,
            Flags = SchedulerFlags.ResetOnFork | SchedulerFlags.DeadlineOverrun,
            Runtime = 100,
            Deadline = 200,
            Period = 300,
        });
        process.IoPriority.Should().Be(new IoPrioritySpec(IoPriorityClass.Idle, 7));
        process.ExecCpuAffinity.Should().Be(new ExecCpuAffinitySpec("0-1", "2"));
    }

    [Fact]
    public void Hooks()
    {
        s_full.Hooks.Prestart.Should().ContainSingle().Which.Should().BeEquivalentTo(
            new HookSpec { Path = "/prestart", Args = ["a0", "a1"], Env = ["K=V"], Timeout = 30 });
        s_full.Hooks.CreateRuntime.Should().ContainSingle().Which.Should().BeEquivalentTo(new HookSpec { Path = "/createRuntime", Env = [] });
        s_full.Hooks.CreateContainer.Should().ContainSingle().Which.Path.Should().Be("/createContainer");
        s_full.Hooks.StartContainer.Should().ContainSingle().Which.Env.Should().BeNull();
        s_full.Hooks.StartContainer[0].Path.Should().Be("/startContainer");
        s_full.Hooks.Poststart.Select(hook => hook.Path).Should().Equal("/poststart1", "/poststart2");
        s_full.Hooks.Poststop.Should().ContainSingle().Which.Path.Should().Be("/poststop");
    }

    [Fact]
    public void Linux()
    {
        LinuxSpec linux = s_full.Linux!;
        linux.Namespaces.Should().Equal(
            new NamespaceSpec(NamespaceType.Pid, null),
            new NamespaceSpec(NamespaceType.Network, "/proc/1/ns/net"),
            new NamespaceSpec(NamespaceType.Mount, null),
            new NamespaceSpec(NamespaceType.Ipc, null),
            new NamespaceSpec(NamespaceType.Uts, null),
            new NamespaceSpec(NamespaceType.User, null),
            new NamespaceSpec(NamespaceType.Cgroup, null),
            new NamespaceSpec(NamespaceType.Time, null));
        linux.UidMappings.Should().Equal(new IdMapping(0, 100000, 65536), new IdMapping(70000, 200000, 1));
        linux.GidMappings.Should().Equal(new IdMapping(0, 300000, 65536));
        linux.TimeOffsets.Should().Equal(new Dictionary<string, TimeOffset> { ["monotonic"] = new(-172800, 5), ["boottime"] = new(0, 999999999) });
        linux.Devices.Should().Equal(
            new DeviceSpec { Type = 'c', Path = "/dev/fuse", Major = 10, Minor = 229, FileMode = 438, Uid = 1, Gid = 2 },
            new DeviceSpec { Type = 'p', Path = "/dev/pipe" },
            new DeviceSpec { Type = 'u', Path = "/dev/u", Major = 0, Minor = 0, FileMode = 0, Uid = 0, Gid = 0 });
        linux.NetDevices.Should().Equal(new Dictionary<string, NetDeviceSpec> { ["eth0"] = new("c%d"), ["eth1"] = new((string?)null) });
        linux.CgroupsPath.Should().Be("/lade/full");
        linux.IntelRdt.Should().BeEquivalentTo(new IntelRdtSpec
        {
            ClosId = "guaranteed",
            L3CacheSchema = "L3:0=7f0",
            MemBwSchema = "MB:0=70",
            Schemata = ["L3:0=ff", "MB:1=50"],
            EnableMonitoring = true,
        });
        linux.MemoryPolicy.Should().BeEquivalentTo(new MemoryPolicySpec { Mode = MemoryPolicyMode.Bind, Nodes = "0-1", Flags = MemoryPolicyFlags.StaticNodes });
        linux.Sysctl.Should().Equal(new Dictionary<string, string> { ["net.ipv4.ip_forward"] = "1", ["kernel.shmmax"] = "4096" });
        linux.RootfsPropagation.Should().Be(Propagation.RecursiveSlave);
        linux.MaskedPaths.Should().Equal("/proc/kcore");
        linux.ReadonlyPaths.Should().Equal("/proc/sys");
        linux.MountLabel.Should().Be("mlabel");
        linux.Personality.Should().BeEquivalentTo(new PersonalitySpec { Domain = PersonalityDomain.Linux32 });
    }

    [Fact]
    public void Resources()
    {
        ResourcesSpec resources = s_full.Linux!.Resources!;
        resources.Devices.Should().Equal(
            new DeviceRule { Allow = false, Type = 'a', Access = "rwm" },
            new DeviceRule { Allow = true, Type = 'c', Major = 10, Minor = 229, Access = "rw" },
            new DeviceRule { Allow = true, Type = 'b', Major = 8, Access = "r" });
        resources.Memory.Should().Be(new MemoryResources
        {
            Limit = 1000,
            Reservation = 500,
            Swap = 2000,
            Kernel = -1,
            KernelTcp = 3,
            Swappiness = 0,
            DisableOomKiller = false,
            UseHierarchy = true,
            CheckBeforeUpdate = true,
        });
        resources.Cpu.Should().Be(new CpuResources
        {
            Shares = 1024,
            Quota = 1000000,
            Burst = 999,
            Period = 500000,
            RealtimeRuntime = 950000,
            RealtimePeriod = 1000001,
            Cpus = "2-3",
            Mems = "0-7",
            Idle = 0,
        });
        resources.BlockIo.Should().BeEquivalentTo(new BlockIoResources
        {
            Weight = 10,
            LeafWeight = 11,
            WeightDevice = [new WeightDevice(8, 0, 500, 300), new WeightDevice(8, 16, 501, null), new WeightDevice(8, 32, null, 301)],
            ThrottleReadBpsDevice = [new ThrottleDevice(8, 1, 600)],
            ThrottleWriteBpsDevice = [new ThrottleDevice(8, 2, 601)],
            ThrottleReadIopsDevice = [new ThrottleDevice(8, 3, 602)],
            ThrottleWriteIopsDevice = [new ThrottleDevice(8, 4, 18446744073709551615)],
        });
        resources.HugepageLimits.Should().Equal(new HugepageLimit("2MB", 209715200), new HugepageLimit("64KB", 0));
        resources.Network.Should().BeEquivalentTo(new NetworkResources { ClassId = 1048577, Priorities = [new InterfacePriority("eth0", 500), new InterfacePriority("lo", 0)] });
        resources.Pids.Should().Be(new PidsResources(32771));
        resources.Rdma.Should().Equal(new Dictionary<string, RdmaLimit> { ["mlx5_1"] = new(3, 10000), ["mlx4_0"] = new(null, 1000) });
        resources.Unified.Should().Equal(new Dictionary<string, string> { ["memory.high"] = "max", ["hugetlb.1GB.max"] = "0" });
    }

    [Fact]
    public void Seccomp()
    {
        SeccompSpec seccomp = s_full.Linux!.Seccomp!;
        seccomp.DefaultAction.Should().Be(SeccompAction.Errno);
        seccomp.DefaultErrnoRet.Should().Be(38);
        seccomp.Architectures.Should().Equal(SeccompArch.X86_64, SeccompArch.X86, SeccompArch.ShEb);
        seccomp.Flags.Should().Equal(SeccompFlag.Log, SeccompFlag.WaitKillableRecv);
        seccomp.ListenerPath.Should().Be("/run/agent.sock");
        seccomp.ListenerMetadata.Should().Be("meta");
        seccomp.Syscalls.Should().BeEquivalentTo([
            new SeccompRule
            {
                Names = ["getcwd", "chmod"],
                Action = SeccompAction.Notify,
                Args = [new SeccompArg(1, 2080505856, 5, SeccompOperator.MaskedEqual), new SeccompArg(0, 7, 0, SeccompOperator.GreaterThan)],
            },
            new SeccompRule { Names = ["clone3"], Action = SeccompAction.Errno, ErrnoRet = 0 },
        ]);
    }

    /// <summary>A property added to a record without a value in the document above would be tested nowhere.</summary>
    [Fact]
    public void Nothing_is_left_at_its_default()
    {
        var unset = new List<string>();
        Collect(s_full, "", unset);

        // The only values a full document cannot have: the specification knows no personality flag.
        unset.Should().Equal("/Linux/Personality/Flags");
    }

    [Fact]
    public void Is_valid()
    {
        var problems = new List<ConfigProblem>();

        SpecValidator.Validate(s_full, problems);

        problems.Should().BeEmpty();
    }

    private static void Collect(object record, string path, List<string> unset)
    {
        foreach (System.Reflection.PropertyInfo property in record.GetType().GetProperties().Where(p => p.GetMethod!.IsStatic is false))
        {
            string name = path + "/" + property.Name;
            object? value = property.GetValue(record);
            if (value is null or ICollection { Count: 0 })
                unset.Add(name);
            else if (property.PropertyType.Namespace == "Lade.Configuration" && property.PropertyType.IsClass)
                Collect(value, name, unset);
        }
    }

    private static Spec Parse()
    {
        var problems = new List<ConfigProblem>();
        Spec? spec = SpecReader.Parse(ConfigDocument.Sample("../Configuration/full.json"), problems);
        problems.Should().BeEmpty();
        return spec!;
    }
}
