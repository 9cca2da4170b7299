using System.Linq;
using System.Text;
using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

public sealed class DefaultSpecTests
{
    [Fact]
    public void Privileged()
    {
        Spec spec = SpecReader.Read(DefaultSpec.Write(cgroupNamespace: false), "config.json");

        spec.OciVersion.Should().Be("1.3.0");
        spec.Hostname.Should().Be("lade");
        spec.Root.Should().Be(new RootSpec { Path = "rootfs", Readonly = true });
        spec.Process!.Terminal.Should().BeTrue();
        spec.Process.Args.Should().Equal("sh");
        spec.Process.Env.Should().Equal("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm");
        spec.Process.NoNewPrivileges.Should().BeTrue();
        spec.Process.Rlimits.Should().Equal(new RlimitSpec(Rlimit.Nofile, 1024, 1024));
        string[] capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];
        spec.Process.Capabilities!.Bounding.Should().Equal(capabilities);
        spec.Process.Capabilities.Effective.Should().Equal(capabilities);
        spec.Process.Capabilities.Permitted.Should().Equal(capabilities);
        spec.Process.Capabilities.Inheritable.Should().BeEmpty();
        spec.Process.Capabilities.Ambient.Should().BeEmpty();
        spec.Mounts.Select(m => m.Destination).Should().Equal("/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup");
        spec.Linux!.Namespaces.Select(n => n.Type).Should().Equal(
            NamespaceType.Pid, NamespaceType.Network, NamespaceType.Ipc, NamespaceType.Uts, NamespaceType.Mount);
        spec.Linux.Resources!.Devices.Should().Equal(new DeviceRule { Allow = false });
        // A path that is misspelled hides nothing, and nobody hears of it: what is absent is passed over.
        spec.Linux.MaskedPaths.Should().BeEquivalentTo(
            "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
            "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap");
        spec.Linux.ReadonlyPaths.Should().BeEquivalentTo("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");
    }

    [Fact]
    public void Cgroup_namespace_is_listed_on_request() =>
        SpecReader.Read(DefaultSpec.Write(cgroupNamespace: true), "config.json").Linux!.Namespaces.Should().HaveCount(6)
            .And.Contain(new NamespaceSpec(NamespaceType.Cgroup, null));

    [Fact]
    public void Rootless()
    {
        Spec spec = SpecReader.Read(DefaultSpec.WriteRootless(1000, 100, cgroupNamespace: false), "config.json");

        spec.Linux!.UidMappings.Should().Equal(new IdMapping(0, 1000, 1));
        spec.Linux.GidMappings.Should().Equal(new IdMapping(0, 100, 1));
        spec.Linux.Namespaces.Select(n => n.Type).Should().Equal(
            NamespaceType.Pid, NamespaceType.Ipc, NamespaceType.Uts, NamespaceType.Mount, NamespaceType.User);
        spec.Linux.Resources.Should().BeNull();
        spec.Mounts.Should().ContainSingle(m => m.Destination == "/sys").Which.Should().BeEquivalentTo(
            new MountSpec { Destination = "/sys", Type = "none", Source = "/sys", Options = ["rbind", "nosuid", "noexec", "nodev", "ro"] });
        spec.Mounts.SelectMany(m => m.Options).Should().NotContain(o => o.StartsWith("gid=") || o.StartsWith("uid="));
    }

    [Fact]
    public void Is_indented_with_tabs() =>
        Encoding.UTF8.GetString(DefaultSpec.Write(cgroupNamespace: false)).Should().StartWith("{\n\t\"ociVersion\": \"1.3.0\",\n\t\"process\": {\n\t\t\"terminal\": true,\n").And.EndWith("\n}");
}
