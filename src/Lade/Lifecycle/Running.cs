using Lade.Linux;
using Lade.State;
using Lade.Terminal;

namespace Lade.Lifecycle;

/// <summary>`run`: create, start and, in the foreground, stay until the program ends and remove the container.</summary>
internal static class Running
{
    /// <returns>The program's exit status as a shell shows it; 0 when detached.</returns>
    public static int Run(RunRequest request)
    {
        if (!request.Detach && !request.NoSubreaper)
            Processes.BecomeSubreaper();
        using NewContainer container = NewContainer.Begin(request, waitsOnSocket: false);
        ForegroundTerminal? terminal = null;
        try
        {
            Creation.CheckConsole(request, container.Spec, foreground: !request.Detach);
            container.Build();
            if (!request.Detach)
                terminal = container.OpenTerminal();
            container.Publish(ContainerPhase.Started);
            Interruption.Check();
            if (!request.Detach)
                SignalForwarding.Begin(container.Pid);
            container.Release();
            container.Start();
        }
        catch
        {
            container.Undo();
            throw;
        }

        container.Unlock();
        if (request.Detach)
        {
            container.WaitUntilReady();
            return 0;
        }

        try
        {
            ExitStatus status = terminal is null ? container.WaitForEnd() : terminal.Follow(container.Pid, request.Log, container.WhileItRuns);
            return status.ShellCode;
        }
        finally
        {
            SignalForwarding.End();
            if (!request.Keep)
                container.Delete();
        }
    }
}
