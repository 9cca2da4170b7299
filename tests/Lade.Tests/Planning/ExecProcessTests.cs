using FluentAssertions;
using Lade.Configuration;
using Lade.Planning;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class ExecProcessTests
{
    private static readonly ProcessSpec s_container = new()
    {
        Cwd = "/work",
        Args = ["server"],
        Env = ["PATH=/bin", "A=1"],
        Terminal = true,
        ConsoleSize = new ConsoleSize(10, 20),
        User = new UserSpec { Uid = 1000, Gid = 1001, Umask = 63, AdditionalGids = [5] },
        Rlimits = [new RlimitSpec(Rlimit.Nofile, 1024, 2048)],
        Capabilities = new CapabilitiesSpec
        {
            Bounding = ["CAP_KILL"], Permitted = ["CAP_KILL"], Effective = ["CAP_KILL"], Inheritable = ["CAP_CHOWN"], Ambient = [],
        },
        ApparmorProfile = "p",
        SelinuxLabel = "l",
        NoNewPrivileges = true,
        OomScoreAdj = 5,
        Scheduler = new SchedulerSpec { Policy = SchedulerPolicy.Batch },
        IoPriority = new IoPrioritySpec(IoPriorityClass.Idle, 0),
        ExecCpuAffinity = new ExecCpuAffinitySpec("0", "1"),
    };

    [Fact]
    public void OptionsChangeTheCommandLineOnly()
    {
        ProcessSpec process = ExecProcess.FromOptions(new ProcessOptions { Args = ["ls", "-l"] }, s_container);

        process.Args.Should().Equal("ls", "-l");
        process.Env.Should().Equal(s_container.Env);
        (process with { Args = s_container.Args, Env = s_container.Env, User = s_container.User })
            .Should().Be(s_container with { Terminal = false, ConsoleSize = null });
        process.User.AdditionalGids.Should().Equal(5u);
    }

    [Fact]
    public void EachOptionChangesItsProperty()
    {
        ProcessSpec process = ExecProcess.FromOptions(
            new ProcessOptions
            {
                Args = ["a"], Cwd = "/c", Env = ["A=2", "B=3"], Terminal = true, Uid = 7, AdditionalGids = [6], SelinuxLabel = "l2", ApparmorProfile = "p2",
                NoNewPrivileges = false,
            },
            s_container);

        (process.Cwd, process.Terminal, process.NoNewPrivileges).Should().Be(("/c", true, false));
        (process.SelinuxLabel, process.ApparmorProfile).Should().Be(("l2", "p2"));
        process.Env.Should().Equal("PATH=/bin", "A=1", "A=2", "B=3");
        (process.User.Uid, process.User.Gid, process.User.Umask).Should().Be((7u, 1001u, 63u));
        process.User.AdditionalGids.Should().Equal(5u, 6u);
        process.Capabilities.Should().BeSameAs(s_container.Capabilities);
    }

    [Fact]
    public void AddedCapabilitiesAreNeverInheritableAndAmbientOnlyIfInheritableInTheContainer()
    {
        CapabilitiesSpec sets = ExecProcess.FromOptions(new ProcessOptions { Args = ["a"], Capabilities = ["CAP_CHOWN", "CAP_FOWNER"] }, s_container).Capabilities!;

        sets.Bounding.Should().Equal("CAP_KILL", "CAP_CHOWN", "CAP_FOWNER");
        sets.Permitted.Should().Equal("CAP_KILL", "CAP_CHOWN", "CAP_FOWNER");
        sets.Effective.Should().Equal("CAP_KILL", "CAP_CHOWN", "CAP_FOWNER");
        sets.Inheritable.Should().Equal("CAP_CHOWN");
        sets.Ambient.Should().Equal("CAP_CHOWN");
    }

    [Fact]
    public void WithoutAContainerProcessDefaultsApply()
    {
        ProcessSpec process = ExecProcess.FromOptions(new ProcessOptions { Args = ["a"], Capabilities = ["CAP_KILL"] }, null);
        (process.Cwd, process.User.Uid, process.NoNewPrivileges).Should().Be(("/", 0u, false));
        process.Capabilities!.Effective.Should().Equal("CAP_KILL");
        ExecProcess.FromOptions(new ProcessOptions { Args = ["a"] }, null).Capabilities.Should().BeNull();
    }

    [Fact]
    public void DocumentInheritsRestrictionsOnly()
    {
        ProcessSpec process = ExecProcess.FromDocument(new ProcessSpec { Cwd = "/", Args = ["a"] }, s_container);

        process.Should().Be(new ProcessSpec
        {
            Cwd = "/",
            Args = process.Args,
            Env = process.Env,
            User = process.User,
            Rlimits = s_container.Rlimits,
            Capabilities = s_container.Capabilities,
            SelinuxLabel = "l",
            ApparmorProfile = "p",
            OomScoreAdj = 5,
            Scheduler = s_container.Scheduler,
            IoPriority = s_container.IoPriority,
            ExecCpuAffinity = s_container.ExecCpuAffinity,
        });
        process.Args.Should().Equal("a");
        process.Env.Should().BeEmpty();
        (process.User.Uid, process.User.Gid, process.User.Umask).Should().Be((0u, 0u, 63u));
    }

    [Fact]
    public void DocumentOverridesTheContainer()
    {
        ProcessSpec document = s_container with
        {
            Rlimits = [new RlimitSpec(Rlimit.Core, 0, 0)],
            Capabilities = new CapabilitiesSpec(),
            SelinuxLabel = "x",
            ApparmorProfile = "y",
            OomScoreAdj = 0,
            User = new UserSpec { Umask = 0 },
            ExecCpuAffinity = new ExecCpuAffinitySpec(null, null),
        };
        ProcessSpec process = ExecProcess.FromDocument(document, s_container);
        (process with { User = document.User }).Should().Be(document);
        process.User.Umask.Should().Be(0u);
        ExecProcess.FromDocument(document, null).Should().BeSameAs(document);
    }
}
