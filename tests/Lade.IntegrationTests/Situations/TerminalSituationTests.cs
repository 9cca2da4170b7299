using FluentAssertions;
using Lade.IntegrationTests.Terminal;
using Xunit;

namespace Lade.IntegrationTests.Situations;

/// <summary>Terminals of containers and joining processes as other runtimes' suites try them.</summary>
public sealed class TerminalSituationTests : TerminalTest
{
    // Not smaller or larger: stty of busybox would show 24 and 80.
    [Theory]
    [InlineData(2, 3)]
    [InlineData(10, 110)]
    [InlineData(500, 500)]
    [InlineData(20000, 29999)]
    public void The_size_is_the_configs(int height, int width)
    {
        Bundle.SetJson("/process/consoleSize", $$"""{ "height": {{height}}, "width": {{width}} }""").Script("stty size");

        Sh("$run </dev/null").Should().Be(height + " " + width + "\r\n");
    }

    [Fact]
    public void The_size_is_that_of_execs_document()
    {
        Bundle.Set("/process/terminal", false).Sleeps();

        Sh("""
            $lade run --detach $id </dev/null >/dev/null 2>&1
            echo '{ "terminal": true, "consoleSize": { "height": 10, "width": 110 }, "args": [ "stty", "size" ], "cwd": "/" }' >process.json
            $lade exec --process process.json $id </dev/null
            $lade delete --force $id >/dev/null 2>&1
            """).Should().Be("10 110\r\n");
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(1000u, 100u)]
    public void All_three_streams_are_the_terminal_and_it_belongs_to_the_user(uint user, uint group)
    {
        Bundle.User(user, group).Script("for fd in 0 1 2; do readlink /proc/self/fd/$fd; done; stat -c %u:%g $(tty); [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all");

        Sh("$run </dev/null").Should().Be("/dev/pts/0\r\n/dev/pts/0\r\n/dev/pts/0\r\n" + user + ":5\r\nall\r\n");
    }
}
