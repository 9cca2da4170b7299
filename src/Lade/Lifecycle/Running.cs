using Lade.Linux;
using Lade.State;

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
        try
        {
            Creation.CheckConsole(request, container.Spec, foreground: !request.Detach);
            container.Build();
            container.Publish(ContainerPhase.Started);
            container.Release();
            if (!request.Detach)
                SignalForwarding.Begin(container.Pid);
            container.Start();
        }
        catch
        {
            container.Undo();
            throw;
        }

        if (request.Detach)
            return 0;
        container.Unlock();
        ExitStatus status = container.WaitForEnd();
        SignalForwarding.End();
        if (!request.Keep)
            container.Delete();
        return status.ShellCode;
    }
}
