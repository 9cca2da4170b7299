using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary><c>process.rlimits</c>. Hard limits are only lowered here, for raising one needs CAP_SYS_RESOURCE, which test machines may lack.</summary>
public sealed class RlimitTests : ContainerTest
{
    [Theory]
    [InlineData("RLIMIT_AS", "Max address space", 1UL << 40, 1UL << 41)]
    [InlineData("RLIMIT_CORE", "Max core file size", 0UL, 4096UL)]
    [InlineData("RLIMIT_CPU", "Max cpu time", 1000UL, 2000UL)]
    [InlineData("RLIMIT_DATA", "Max data size", 1UL << 32, 1UL << 33)]
    [InlineData("RLIMIT_FSIZE", "Max file size", 1UL << 30, 1UL << 31)]
    [InlineData("RLIMIT_LOCKS", "Max file locks", 10UL, 20UL)]
    [InlineData("RLIMIT_MEMLOCK", "Max locked memory", 4096UL, 8192UL)]
    [InlineData("RLIMIT_MSGQUEUE", "Max msgqueue size", 4096UL, 8192UL)]
    [InlineData("RLIMIT_NICE", "Max nice priority", 0UL, 0UL)]
    [InlineData("RLIMIT_NOFILE", "Max open files", 64UL, 128UL)]
    [InlineData("RLIMIT_NPROC", "Max processes", 1000UL, 1001UL)]
    [InlineData("RLIMIT_RSS", "Max resident set", 1UL << 32, 1UL << 33)]
    [InlineData("RLIMIT_RTPRIO", "Max realtime priority", 0UL, 0UL)]
    [InlineData("RLIMIT_RTTIME", "Max realtime timeout", 1000000UL, 2000000UL)]
    [InlineData("RLIMIT_SIGPENDING", "Max pending signals", 100UL, 200UL)]
    [InlineData("RLIMIT_STACK", "Max stack size", 1UL << 20, 1UL << 21)]
    public void A_limit_is_set(string type, string name, ulong soft, ulong hard)
    {
        Bundle.SetJson("/process/rlimits", $$"""[ { "type": "{{type}}", "soft": {{soft}}, "hard": {{hard}} } ]""");

        Limit(StartSleeping(), name).Should().Be((soft.ToString(), hard.ToString()));
    }

    [Fact]
    public void The_largest_number_is_no_limit()
    {
        Bundle.SetJson("/process/rlimits", """[ { "type": "RLIMIT_CORE", "soft": 18446744073709551615, "hard": 18446744073709551615 } ]""");

        Limit(StartSleeping(), "Max core file size").Should().Be(("unlimited", "unlimited"));
    }

    [Fact]
    public void Without_limits_the_callers_are_inherited()
    {
        Bundle.Remove("/process/rlimits");
        Bundle.Lade.Surroundings = "ulimit -S -n 333; ulimit -H -n 777";

        Limit(StartSleeping(), "Max open files").Should().Be(("333", "777"));
    }

    [Fact]
    public void A_low_limit_is_for_the_program_and_does_not_hinder_what_comes_before()
    {
        Bundle.SetJson("/process/rlimits", """[ { "type": "RLIMIT_NOFILE", "soft": 3, "hard": 3 }, { "type": "RLIMIT_FSIZE", "soft": 0, "hard": 0 }, { "type": "RLIMIT_NPROC", "soft": 1, "hard": 1 } ]""");

        Limit(StartSleeping(), "Max open files").Should().Be(("3", "3"));
    }

    [Fact]
    public void A_user_other_than_root_has_the_limits_too()
    {
        Bundle.User(1000, 1000).Capabilities([]);

        Limit(StartSleeping(), "Max open files").Should().Be(("1024", "1024"));
    }

    [Fact]
    public void A_limit_that_may_not_be_set_is_an_error_that_names_it()
    {
        const int CAP_SYS_RESOURCE = 24;
        Assert.SkipWhen(Machine.HasCapability(CAP_SYS_RESOURCE), "root may raise every limit here");
        Bundle.SetJson("/process/rlimits", """[ { "type": "RLIMIT_NICE", "soft": 10, "hard": 10 } ]""");

        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain("/process/rlimits/0").And.Contain("RLIMIT_NICE").And.Contain("EPERM");
    }

    [Theory]
    [InlineData("""[ { "type": "RLIMIT_TEST", "soft": 1, "hard": 1 } ]""")]
    [InlineData("""[ { "type": "RLIMIT_CORE", "soft": 1, "hard": 1 }, { "type": "RLIMIT_CORE", "soft": 2, "hard": 2 } ]""")]
    [InlineData("""[ { "type": "RLIMIT_CORE", "soft": 2, "hard": 1 } ]""")]
    [InlineData("""[ { "type": "RLIMIT_CORE", "hard": 1 } ]""")]
    public void Wrong_lists_are_errors(string list)
    {
        Bundle.SetJson("/process/rlimits", list);

        CreationError().Should().Contain("/process/rlimits/");
    }

    private static (string Soft, string Hard) Limit(Container container, string name)
    {
        string[] words = File.ReadAllLines("/proc/" + container.Pid + "/limits").Single(l => l.StartsWith(name))[name.Length..].Split(' ', System.StringSplitOptions.RemoveEmptyEntries);
        return (words[0], words[1]);
    }

    /// <summary>It cannot be made up for later, so that `create` is where the caller hears of it.</summary>
    [Fact]
    public void A_limit_that_may_not_be_raised_fails_at_create()
    {
        Bundle.SetJson("/process/rlimits", """[ { "type": "RLIMIT_CORE", "soft": 0, "hard": 100 }, { "type": "RLIMIT_SIGPENDING", "soft": 5, "hard": 101 } ]""");
        Bundle.Lade.Wrapper = "setpriv --bounding-set -sys_resource --inh-caps -sys_resource prlimit --sigpending=100:100";

        CommandResult result = NewContainer().TryCreate();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("/process/rlimits/1: set RLIMIT_SIGPENDING").And.Contain("EPERM");
    }
}
