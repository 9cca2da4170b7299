using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

/// <summary>What must be accepted: real documents, and legal values that a strict reader could trip over.</summary>
public sealed class ValidConfigTests
{
    public static IEnumerable<object[]> Samples() =>
        Directory.GetFiles(Path.Combine(System.AppContext.BaseDirectory, "Samples"), "*.json")
            .Select(path => Path.GetFileName(path))
            .Where(name => !name.Contains("process") && !name.StartsWith("seccomp-", System.StringComparison.Ordinal))
            .Select(name => new object[] { name });

    [Theory]
    [MemberData(nameof(Samples))]
    public void Real_document(string name)
    {
        Spec spec = SpecReader.Read(ConfigDocument.Sample(name), name);

        spec.OciVersion.Should().Be("1.0.2-dev");
        spec.Process!.Args.Should().NotBeEmpty();
        spec.Linux!.Namespaces.Should().NotBeEmpty();
    }

    [Fact]
    public void Samples_are_there() => Samples().Should().HaveCountGreaterThanOrEqualTo(11);

    [Fact]
    public void Real_process_document()
    {
        ProcessSpec process = SpecReader.ReadProcess(ConfigDocument.Sample("docker-exec-process.json"), "process.json");

        process.Args.Should().Equal("grep", "ecc", "/proc/self/status");
        process.Capabilities!.Bounding.Should().HaveCount(14);
        process.Capabilities.Ambient.Should().BeEmpty();
    }

    [Fact]
    public void Docker_document()
    {
        Spec spec = SpecReader.Read(ConfigDocument.Sample("docker-run.json"), "config.json");

        spec.Mounts.Should().HaveCount(10);
        spec.Hostname.Should().Be("d13b7174b1b2");
        spec.Linux!.Seccomp!.Syscalls.Should().HaveCountGreaterThan(5);
        spec.Linux.Seccomp.Flags.Should().BeNull();
        spec.Linux.Resources!.BlockIo!.Weight.Should().Be(0);
        spec.Linux.Sysctl.Should().Contain("net.ipv4.ping_group_range", "0 2147483647");
    }

    [Theory]
    [InlineData("/ociVersion", "\"1.0.0\"")]
    [InlineData("/ociVersion", "\"1.0.2-dev\"")]
    [InlineData("/ociVersion", "\"1.1.0-rc.1\"")]
    [InlineData("/ociVersion", "\"1.3.0+dev\"")]
    [InlineData("/ociVersion", "\"1.0.0-0a.x-y+001\"")]
    [InlineData("/ociVersion", "\"1.99.0\"")]
    [InlineData("/process", null)]
    [InlineData("/process/user", null)]
    [InlineData("/process/user", "{}")]
    [InlineData("/process/env", "null")]
    [InlineData("/process/env", "[\"A=\", \"B==\", \"A=twice\"]")]
    [InlineData("/process/apparmorProfile", "\"\"")]
    [InlineData("/process/oomScoreAdj", "-1000")]
    [InlineData("/process/user/umask", "511")]
    [InlineData("/process/capabilities", "{\"bounding\": [\"CAP_NOT_REAL\"]}")]
    [InlineData("/process/execCPUAffinity", "{\"initial\": \"0-3, 7\", \"final\": \"\"}")]
    [InlineData("/hostname", "\"\"")]
    [InlineData("/hooks", "{}")]
    [InlineData("/hooks", "null")]
    [InlineData("/annotations", "{\"a\": \"\", \"org.opencontainers.x\": \"y\\u0000\"}")]
    [InlineData("/mounts", "[{\"destination\": \"tmp\", \"type\": \"tmpfs\"}]")]
    [InlineData("/mounts", "[{\"destination\": \"/a\", \"source\": \"b\", \"options\": [\"bind\", \"x=y\"]}]")]
    [InlineData("/mounts", "[{\"destination\": \"/\", \"options\": [\"rshared\"]}]")]
    [InlineData("/mounts", "[{\"destination\": \"/\", \"options\": [\"remount\", \"ro\"]}]")]
    [InlineData("/mounts", "[{\"destination\": \"/\", \"options\": [\"remount\", \"bind\", \"ro\"]}]")]
    [InlineData("/Process", "7")]
    [InlineData("/root/Path", "7")]
    [InlineData("/process/commandLine", "7")]
    [InlineData("/process/user/username", "7")]
    [InlineData("/linux/resources", "{\"oomScoreAdj\": 100, \"unknown\": []}")]
    [InlineData("/mounts/0/unknown", "{}")]
    [InlineData("/windows", "7")]
    [InlineData("/vm", "\"x\"")]
    [InlineData("/solaris", "[]")]
    [InlineData("/zos", "{\"namespaces\": 1}")]
    [InlineData("/freebsd", "{\"jail\": {\"vnet\": \"disable\"}}")]
    [InlineData("/linux/namespaces/0/path", "\"\"")]
    [InlineData("/linux/namespaces/0", "{\"type\": \"user\", \"path\": \"/proc/1/ns/user\"}")]
    [InlineData("/linux/cgroupsPath", "\"system.slice:lade:x\"")]
    [InlineData("/linux/cgroupsPath", "\"a/../b\"")]
    [InlineData("/linux/resources/pids", "{}")]
    [InlineData("/linux/resources/pids", "{\"limit\": 0}")]
    [InlineData("/linux/resources/memory", "{\"limit\": 100, \"swap\": -1}")]
    [InlineData("/linux/resources/memory", "{\"limit\": 100, \"swap\": 0}")]
    [InlineData("/linux/resources/memory", "{\"limit\": -1, \"swap\": 5}")]
    [InlineData("/linux/resources/cpu", "{\"quota\": -1, \"burst\": 5}")]
    [InlineData("/linux/resources/cpu", "{\"cpus\": \"\", \"mems\": \"0\"}")]
    [InlineData("/linux/resources/blockIO", "{\"weight\": 10, \"leafWeight\": 1000}")]
    [InlineData("/linux/resources/hugepageLimits", "[{\"pageSize\": \"64KB\", \"limit\": 0}, {\"pageSize\": \"1GB\", \"limit\": 1}]")]
    [InlineData("/linux/sysctl", "{\"kernel/shmmax\": \"1\", \"net.ipv4.conf.eth0/1.forwarding\": \"1\", \"fs.mqueue.msg_max\": \"9\"}")]
    [InlineData("/linux/devices", "[{\"type\": \"p\", \"path\": \"/dev/p\", \"fileMode\": 4095}]")]
    [InlineData("/linux/rootfsPropagation", "\"\"")]
    [InlineData("/linux/rootfsPropagation", "\"rslave\"")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_TRACE\", \"defaultErrnoRet\": 65535, \"listenerPath\": \"/s\"}")]
    public void Is_accepted(string editAt, string? json) => ConfigDocument.ProblemsOf(ConfigDocument.With(editAt, json)).Should().BeEmpty();

    [Fact]
    public void Without_linux_section() =>
        ConfigDocument.ProblemsOf(ConfigDocument.Edit(ConfigDocument.With("/linux", null), "/mounts", null)).Should().BeEmpty();

    [Fact]
    public void Whole_st_mode_of_a_device_is_its_permissions()
    {
        Spec spec = ConfigDocument.Read(ConfigDocument.With("/linux/devices", """[{"type": "b", "path": "/a", "major": 1, "minor": 2, "fileMode": 25008}]"""));

        spec.Linux!.Devices[0].FileMode.Should().Be(0x1b0); // octal 660
    }

    [Fact]
    public void Wildcards_and_unset_numbers_of_engines()
    {
        ResourcesSpec resources = SpecReader.ReadResources(
            ConfigDocument.Bytes("""{"devices": [{"allow": true, "major": -1, "minor": -1}], "memory": {"swappiness": 18446744073709551615}}"""), "-");

        resources.Devices[0].Should().Be(new DeviceRule { Allow = true });
        resources.Memory!.Swappiness.Should().BeNull();
    }

    [Fact]
    public void All_bits_of_numbers_arrive()
    {
        string document = ConfigDocument.With("/process/rlimits", """[{"type": "RLIMIT_AS", "soft": 9007199254740993, "hard": 18446744073709551615}]""");
        document = ConfigDocument.Edit(document, "/linux/resources/memory", """{"limit": 9223372036854775807}""");
        document = ConfigDocument.Edit(
            document,
            "/linux/seccomp",
            """{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["a"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 18446744073709551615, "valueTwo": 18446744073709551614, "op": "SCMP_CMP_MASKED_EQ"}]}]}""");

        Spec spec = ConfigDocument.Read(document);

        spec.Process!.Rlimits[0].Should().Be(new RlimitSpec(Rlimit.As, 9007199254740993, ulong.MaxValue));
        spec.Linux!.Resources!.Memory!.Limit.Should().Be(long.MaxValue);
        spec.Linux.Seccomp!.Syscalls[0].Args[0].Should().Be(new SeccompArg(0, ulong.MaxValue, ulong.MaxValue - 1, SeccompOperator.MaskedEqual));
    }

    [Fact]
    public void Text_arrives_byte_exact()
    {
        Spec spec = ConfigDocument.Read(ConfigDocument.With("/process/env", """["A=äß€😀\u00e4\ud83d\ude00\n"]"""));

        spec.Process!.Env.Should().Equal("A=äß€😀ä😀\n");
    }
}
