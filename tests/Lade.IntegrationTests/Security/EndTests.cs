using System;
using System.Diagnostics;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>`init` ends when it has failed, whatever its filter says.</summary>
public sealed class EndTests : ContainerTest
{
    [Theory]
    [InlineData("""[ "mkdir", "read" ]""")]
    [InlineData("""[ "mkdir", "read", "write" ]""")]
    [InlineData("""[ "mkdir", "read", "write", "exit" ]""")]
    public void A_filter_that_denies_exit_does_not_keep_init_running(string allowed)
    {
        Bundle.SetJson("/linux/seccomp", $$"""{ "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [ { "names": {{allowed}}, "action": "SCMP_ACT_ALLOW" } ] }""");
        Bundle.Args("true").Lade.Timeout = TimeSpan.FromSeconds(20);
        Stopwatch watch = Stopwatch.StartNew();

        NewContainer().Run().ExitCode.Should().NotBe(0);

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(15));
    }
}
