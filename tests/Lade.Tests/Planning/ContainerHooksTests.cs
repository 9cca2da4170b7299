using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Lade.Tests.Plan;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class ContainerHooksTests
{
    private static readonly HookStates s_states = new(new SetHookState("creating", "{\"pid\":", "}"), new SetHookState("created", "{\"pid\":", "}"));

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
        OperationText.Lines(ContainerHooks.CreateContainer(s_hooks, s_states)).Should().Equal(
            "SetHookState(creating, {\"pid\":, }) @/hooks/createContainer",
            "RunHook(createContainer, 0, /a) @/hooks/createContainer/0",
            "RunHook(createContainer, 1, /b) Args=[b, x] Timeout=3 @/hooks/createContainer/1");

    [Fact]
    public void StartContainerSeesCreated() =>
        OperationText.Lines(ContainerHooks.StartContainer(s_hooks, s_states, null)).Should().Equal(
            "SetHookState(created, {\"pid\":, }) @/hooks/startContainer",
            "RunHook(startContainer, 0, /c) Env=[A=1] @/hooks/startContainer/0");

    /// <summary>An engine's environment, which may contain tokens, must not reach a process that the container can see.</summary>
    [Fact]
    public void CreateContainerHooksDoNotInheritAnEnvironment()
    {
        HooksSpec hooks = s_hooks with { CreateContainer = [new HookSpec { Path = "/a" }, new HookSpec { Path = "/b", Env = ["A=1"] }] };

        IReadOnlyList<string>?[] environments = [.. ContainerHooks.CreateContainer(hooks, s_states).OfType<RunHook>().Select(hook => hook.Env)];
        environments[0].Should().NotBeNull().And.BeEmpty();
        environments[1].Should().Equal("A=1");
    }

    [Fact]
    public void StartContainerHooksDefaultToTheProgramsEnvironment()
    {
        HooksSpec hooks = s_hooks with
        {
            StartContainer = [new HookSpec { Path = "/a" }, new HookSpec { Path = "/b", Env = ["A=1"] }, new HookSpec { Path = "/c", Env = [] }],
        };

        IReadOnlyList<string>?[] environments = [.. ContainerHooks.StartContainer(hooks, s_states, null).OfType<RunHook>().Select(hook => hook.Env)];
        environments[0].Should().BeNull();
        environments[1].Should().Equal("A=1");
        environments[2].Should().NotBeNull().And.BeEmpty();
    }

    [Fact]
    public void OnlyImageHooksAreConfined()
    {
        var confinement = new HookConfinement([], new LoadSeccomp(new byte[8], 0), new SetCapabilities(0, 0, 0, 0));

        ContainerHooks.StartContainer(s_hooks, s_states, confinement).OfType<RunHook>().Should().ContainSingle().Which.Confinement.Should().Be(confinement);
        ContainerHooks.CreateContainer(s_hooks, s_states).OfType<RunHook>().Should().HaveCount(2).And.OnlyContain(hook => hook.Confinement == null);
    }

    [Fact]
    public void OutputIsRedirectedByAnnotations()
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
        ContainerHooks.Output(spec with { Hooks = s_hooks with { CreateContainer = [], StartContainer = [] } }, "/b").Should().BeEmpty("there are no hooks to write output");
        ContainerHooks.Output(spec with { Annotations = new Dictionary<string, string>() }, "/b").Should().BeEmpty();
    }

    [Fact]
    public void WithoutHooks()
    {
        ContainerHooks.CreateContainer(HooksSpec.None, s_states).Should().BeEmpty();
        ContainerHooks.StartContainer(HooksSpec.None, s_states, null).Should().BeEmpty();
    }
}
