using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Hooks;
using Lade.Plan;
using Lade.Tests.Plan;
using Lade.Tests.Rootfs;
using Xunit;

namespace Lade.Tests.Hooks;

public sealed class ContainerHooksTests
{
    private static readonly HostFacts s_host = Hosts.Plain with
    {
        HookState = ("{\"status\":\"creating\",\"pid\":", "{\"status\":\"created\",\"pid\":", "}"),
    };

    private static readonly HooksSpec s_hooks = new()
    {
        Prestart = [new HookSpec { Path = "/host1" }],
        CreateRuntime = [new HookSpec { Path = "/host2" }],
        CreateContainer = [new HookSpec { Path = "/a" }, new HookSpec { Path = "/b", Args = ["b", "x"], Env = [], Timeout = 3 }],
        StartContainer = [new HookSpec { Path = "/c", Env = ["A=1"] }],
        Poststart = [new HookSpec { Path = "/host3" }],
        Poststop = [new HookSpec { Path = "/host4" }],
    };

    [Fact]
    public void CreateContainerSeesCreating() =>
        OperationText.Lines(ContainerHooks.CreateContainer(s_hooks, s_host)).Should().Equal(
            "RunHook(createContainer, 0, /a) StateHead={\"status\":\"creating\",\"pid\": StateTail=} @/hooks/createContainer/0",
            "RunHook(createContainer, 1, /b) Args=[b, x] Timeout=3 StateHead={\"status\":\"creating\",\"pid\": StateTail=} @/hooks/createContainer/1");

    [Fact]
    public void StartContainerSeesCreated() =>
        OperationText.Lines(ContainerHooks.StartContainer(s_hooks, s_host, null)).Should().Equal(
            "RunHook(startContainer, 0, /c) Env=[A=1] StateHead={\"status\":\"created\",\"pid\": StateTail=} @/hooks/startContainer/0");

    /// <summary>Nothing of the environment of lade's caller, which may hold an engine's tokens, reaches a process that the container can see.</summary>
    [Fact]
    public void CreateContainerHasItsOwnEnvironmentOrNone()
    {
        HooksSpec hooks = s_hooks with { CreateContainer = [new HookSpec { Path = "/a" }, new HookSpec { Path = "/b", Env = ["A=1"] }] };

        IReadOnlyList<string>?[] environments = [.. ContainerHooks.CreateContainer(hooks, s_host).Cast<RunHook>().Select(hook => hook.Env)];
        environments[0].Should().NotBeNull().And.BeEmpty();
        environments[1].Should().Equal("A=1");
    }

    [Fact]
    public void StartContainerHasItsOwnEnvironmentOrTheProgramsAndAnEmptyOneIsItsOwn()
    {
        HooksSpec hooks = s_hooks with
        {
            StartContainer = [new HookSpec { Path = "/a" }, new HookSpec { Path = "/b", Env = ["A=1"] }, new HookSpec { Path = "/c", Env = [] }],
        };

        IReadOnlyList<string>?[] environments = [.. ContainerHooks.StartContainer(hooks, s_host, null).Cast<RunHook>().Select(hook => hook.Env)];
        environments[0].Should().BeNull();
        environments[1].Should().Equal("A=1");
        environments[2].Should().NotBeNull().And.BeEmpty();
    }

    [Fact]
    public void HooksOfTheImageAreConfinedAndThoseOfTheHostAreNot()
    {
        var confinement = new HookConfinement(new LoadSeccomp(new byte[8], 0), new SetCapabilities(0, 0, 0, 0));

        ContainerHooks.StartContainer(s_hooks, s_host, confinement).Cast<RunHook>().Should().ContainSingle().Which.Confinement.Should().Be(confinement);
        ContainerHooks.CreateContainer(s_hooks, s_host).Cast<RunHook>().Should().HaveCount(2).And.OnlyContain(hook => hook.Confinement == null);
    }

    [Fact]
    public void OutputGoesToTheFilesOfTheAnnotations()
    {
        var spec = new Spec
        {
            OciVersion = "1.3.0",
            Hooks = s_hooks,
            Annotations = new Dictionary<string, string> { ["run.oci.hooks.stdout"] = "out", ["run.oci.hooks.stderr"] = "/var/log/hooks" },
        };

        OperationText.Lines(ContainerHooks.Output(spec, "/b")).Should().Equal(
            "SetHookOutput(hooks/stdout, 1, /b/out) @/annotations/run.oci.hooks.stdout",
            "SetHookOutput(hooks/stderr, 2, /var/log/hooks) @/annotations/run.oci.hooks.stderr");
        ContainerHooks.Output(spec with { Hooks = s_hooks with { CreateContainer = [], StartContainer = [] } }, "/b").Should().BeEmpty("nobody would write there");
        ContainerHooks.Output(spec with { Annotations = new Dictionary<string, string>() }, "/b").Should().BeEmpty();
    }

    [Fact]
    public void None()
    {
        ContainerHooks.CreateContainer(HooksSpec.None, s_host).Should().BeEmpty();
        ContainerHooks.StartContainer(HooksSpec.None, s_host, null).Should().BeEmpty();
    }
}
