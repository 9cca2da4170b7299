using System;
using Lade.Commands;

namespace Lade.Cli;

internal static class EventsCommand
{
    public static Command Define() => new()
    {
        Name = "events",
        Summary = "print resource usage and out-of-memory events of a container",
        Usage = "<container-id>",
        Description = """
            Prints one JSON object per line: the usage of the container's cgroup at every
            interval, and an event each time the container runs out of memory. It exits when
            the container ends.
            """,
        ArgumentCount = 1,
        Options =
        [
            new("interval", OptionKind.Duration, "time between two lines of usage: 500ms, 5s, 1m") { Placeholder = "DURATION", Default = "5s" },
            new("stats", OptionKind.Switch, "print the usage once and exit"),
        ],
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        TimeSpan interval = invocation.Arguments.Duration("interval");
        if (interval <= TimeSpan.Zero)
            throw new LadeException("duration interval must be greater than 0");
        if (invocation.Arguments.Switch("stats"))
            Events.PrintOnce(invocation.StateRoot, invocation.ContainerId);
        else
            Events.Follow(invocation.StateRoot, invocation.ContainerId, interval);
        return 0;
    }
}
