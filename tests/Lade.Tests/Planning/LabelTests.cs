using System;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Lade.Rootfs;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class LabelTests
{
    private const string Context = "system_u:object_r:container_file_t:s0:c1,c2";

    private static LabelSupport Host(bool appArmor = false, bool selinux = false) => new(appArmor, selinux);

    private static ProcessSpec Process(string? profile = null, string? label = null) =>
        new() { Cwd = "/", Args = ["true"], ApparmorProfile = profile, SelinuxLabel = label };

    [Fact]
    public void A_profile_is_written_to_AppArmors_own_file()
    {
        var operation = (SetExecLabel)ProcessLabels.Plan(Process("ship"), Host(appArmor: true)).Should().ContainSingle().Subject;

        operation.Should().Be(new SetExecLabel(SecurityModule.AppArmor, "ship") { Origin = JsonPointer.Of("process", "apparmorProfile") });
        operation.File.Should().Be("self/attr/apparmor/exec");
        operation.Value.Should().Be("exec ship");
    }

    [Fact]
    public void A_label_is_written_as_it_is()
    {
        var operation = (SetExecLabel)ProcessLabels.Plan(Process(label: "u:r:t:s0"), Host(selinux: true)).Should().ContainSingle().Subject;

        operation.Should().Be(new SetExecLabel(SecurityModule.Selinux, "u:r:t:s0") { Origin = JsonPointer.Of("process", "selinuxLabel") });
        operation.File.Should().Be("self/attr/exec");
        operation.Value.Should().Be("u:r:t:s0");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_names_nothing_is_done(string? name)
    {
        ProcessLabels.Plan(Process(name, name), Host(true, true)).Should().BeEmpty();
        ProcessLabels.Warning(Process(name, name), Host()).Should().BeNull();
    }

    [Fact]
    public void A_profile_without_AppArmor_is_a_warning()
    {
        ProcessLabels.Plan(Process("ship"), Host()).Should().BeEmpty();
        ProcessLabels.Warning(Process("ship"), Host()).Should().StartWith("/process/apparmorProfile: profile 'ship' is not applied");
        ProcessLabels.Warning(Process("unconfined"), Host()).Should().BeNull();
        ProcessLabels.Warning(Process("ship"), Host(appArmor: true)).Should().BeNull();
    }

    [Fact]
    public void A_label_without_Selinux_is_an_error()
    {
        Func<List<Operation>> plan = () => [.. ProcessLabels.Plan(Process(label: "u:r:t:s0"), Host(appArmor: true))];

        plan.Should().Throw<LadeException>().Which.Description.Should().Be("/process/selinuxLabel: selinux label is specified in config, but selinux is disabled or not supported");
    }

    [Theory]
    [InlineData("tmpfs", true)]
    [InlineData("devpts", true)]
    [InlineData("mqueue", true)]
    [InlineData("proc", false)]
    [InlineData("sysfs", false)]
    [InlineData("cgroup", false)]
    [InlineData("cgroup2", false)]
    public void New_file_systems_are_labelled(string type, bool labelled)
    {
        var mount = new Mount(type, type, "/mnt") { Options = [new FsOption("a", "b")] };

        var operation = (Mount)MountLabel.Apply(mount, Context, Host(selinux: true).Selinux);

        operation.Options.Should().Equal(labelled ? [new FsOption("a", "b"), new FsOption("context", Context)] : mount.Options);
        MountLabel.Apply(mount, Context, Host().Selinux).Should().BeSameAs(mount);
        MountLabel.Apply(mount, "", Host(selinux: true).Selinux).Should().BeSameAs(mount);
        MountLabel.Apply(mount, null, Host(selinux: true).Selinux).Should().BeSameAs(mount);
    }

    [Fact]
    public void A_label_of_the_mounts_own_stays()
    {
        var mount = new Mount("tmpfs", "tmpfs", "/mnt") { Options = [new FsOption("context", "other")] };

        MountLabel.Apply(mount, Context, Host(selinux: true).Selinux).Should().BeSameAs(mount);
    }

    [Fact]
    public void What_is_no_new_file_system_is_not_labelled()
    {
        var attach = new Attach(new Slot("mounts/0"), "/a", "/b");

        MountLabel.Apply(attach, Context, Host(selinux: true).Selinux).Should().BeSameAs(attach);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Labels_come_after_hooks_of_the_host_and_before_all_that_is_the_programs(bool noNewPrivileges)
    {
        var spec = new Spec
        {
            OciVersion = "1.3.0",
            Root = new RootSpec { Path = "rootfs" },
            Process = Process("ship", "u:r:t:s0") with { NoNewPrivileges = noNewPrivileges, Rlimits = [new RlimitSpec("RLIMIT_NOFILE", 1, 1)] },
            Hooks = new HooksSpec { CreateContainer = [new HookSpec { Path = "/host" }], StartContainer = [new HookSpec { Path = "/hook" }] },
        };
        ContainerPlan plan = (Hosts.Plain with { HasAppArmor = true, HasSelinux = true, Seccomp = new LoadSeccomp(new byte[8], 0) }).Compile(spec);

        List<Type> order = [.. plan.Operations.Select(o => o.GetType())];
        int label = order.IndexOf(typeof(SetExecLabel));
        label.Should().BeGreaterThan(order.IndexOf(typeof(RunHook))).And.BeLessThan(order.LastIndexOf(typeof(RunHook)));
        order[label + 1].Should().Be<SetExecLabel>();
        Type[] later = [typeof(CloseDescriptors), typeof(DropBounding), typeof(SetUser), typeof(LoadSeccomp), typeof(Execute)];
        later.Should().OnlyContain(type => order.IndexOf(type) > label + 1);
        order.LastIndexOf(typeof(SetRlimit)).Should().BeGreaterThan(label + 1);
    }
}
