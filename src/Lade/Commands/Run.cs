using Lade.Lifecycle;
using Lade.Linux;
using Lade.State;
using Lade.Terminal;

namespace Lade.Commands;

/// <summary>`run`: creates and starts a container and, in the foreground, waits for the program and deletes the container.</summary>
internal static class Run
{
    /// <returns>The program's exit code by the shell's convention; 0 when detached.</returns>
    public static int Execute(RunRequest request)
    {
        if (!request.Detach && !request.NoSubreaper)
            Processes.BecomeSubreaper();
        CheckedContainer container = CheckedContainer.Check(request, runs: true, foreground: !request.Detach);
        using var rollback = new Rollback(request.Log);
        BuiltContainer built = ContainerBuilder.Build(container, rollback, waitsOnSocket: false);
        ForegroundTerminal? terminal = request.Detach ? null : built.OpenTerminal();
        CreatedContainer created = built.Publish(ContainerPhase.Started);
        Interruption.Check();
        if (!request.Detach)
            SignalForwarding.Begin(built.Pid);
        RunningContainer running = created.Start(rollback);
        rollback.Complete();
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
            ExitStatus status = terminal is null ? running.WaitForEnd() : terminal.Follow(running.Pid, request.Log, running.BackgroundWork);
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
