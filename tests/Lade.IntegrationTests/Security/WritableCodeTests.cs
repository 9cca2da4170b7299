using System;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>`init` cannot execute what it has written (PR_SET_MDWE, Linux 6.6); the program can: JIT compilers do.</summary>
public sealed class WritableCodeTests : ContainerTest
{
    private const string Program = """
        #include <stdio.h>
        #include <sys/mman.h>
        #include <sys/prctl.h>
        int main(void)
        {
            void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            printf("%d %d\n", prctl(66, 0, 0, 0, 0), mprotect(p, 4096, PROT_READ | PROT_EXEC));
        }
        """;

    [Theory]
    [InlineData("create")]
    [InlineData("exec")]
    public void Init_denies_itself_writable_code_and_the_program_is_free(string command)
    {
        Machine.NeedsFile("/usr/bin/strace");
        Assert.SkipWhen(Environment.OSVersion.Version < new Version(6, 6), "needs Linux 6.6");
        Bundle.Program("mdwe", Program);
        string trace = Bundle.Directory + "/trace", wrapper = "strace -f -qq -X raw -e trace=prctl -o " + trace;
        CommandResult result;
        if (command == "exec")
        {
            Container container = StartSleeping();
            Bundle.Lade.Wrapper = wrapper;
            result = container.Exec("container", "/bin/mdwe");
        }
        else
        {
            Bundle.Args("/bin/mdwe").Lade.Wrapper = wrapper;
            result = NewContainer().Run();
        }

        result.Output.Should().Be("0 0", result.Stderr);
        File.ReadAllLines(trace).Where(l => l.Contains("prctl(0x41")).Should().ContainSingle().Which.Should().Contain("prctl(0x41, 0x3").And.EndWith("= 0");
    }
}
