using Lade.Lifecycle;
using Lade.Linux;
using Lade.State;
using Lade.Terminal;

namespace Lade.Commands;

/// <summary>`run`: create, start and, in the foreground, stay until the program ends and remove the container.</summary>
internal static class Run
{
    /// <returns>The program's exit status as a shell shows it; 0 when detached.</returns>
    public static int Execute(RunRequest request)
    {
        if (!request.Detach && !request.NoSubreaper)
            Processes.BecomeSubreaper();
        CheckedContainer container = CheckedContainer.Check(request, runs: true, foreground: !request.Detach);
        using var undo = new Rollback(request.Log);
        BuiltContainer built = ContainerBuilder.Build(container, undo, waitsOnSocket: false);
        ForegroundTerminal? terminal = request.Detach ? null : built.OpenTerminal();
        CreatedContainer created = built.Publish(ContainerPhase.Started);
        Interruption.Check();
        if (!request.Detach)
            SignalForwarding.Begin(built.Pid);
        RunningContainer running = created.Start(undo);
        undo.Complete();
        running.Unlock();
        if (!request.Detach)
            return Follow(running, terminal, request);
        running.WaitUntilReady();
        return 0;
    }

    private static int Follow(RunningContainer running, ForegroundTerminal? terminal, RunRequest request)
    {
        try
        {
            ExitStatus status = terminal is null ? running.WaitForEnd() : terminal.Follow(running.Pid, request.Log, running.WhileItRuns);
            return status.ShellCode;
        }
        finally
        {
            SignalForwarding.End();
            if (!request.Keep)
                running.Delete();
        }
    }
}
