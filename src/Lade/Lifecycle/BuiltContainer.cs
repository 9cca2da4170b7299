using System;
using System.IO;
using Lade.Configuration;
using Lade.Hooks;
using Lade.Init;
using Lade.InitSystem;
using Lade.Linux;
using Lade.State;
using Lade.Terminal;

namespace Lade.Lifecycle;

/// <summary>A container whose environment is complete. `init` blocks until released, and the container is not yet visible to other commands.</summary>
internal sealed class BuiltContainer(CheckedContainer container, ContainerDirectory directory, ContainerState state, InitProcess init, Fd? console)
{
    /// <summary>The container's process.</summary>
    public int Pid => init.Pid;

    /// <summary>Attaches the caller to the container's terminal, sized before the program can query it; null without a terminal.</summary>
    public ForegroundTerminal? OpenTerminal() => console is null ? null : new ForegroundTerminal(console, container.Spec.Process?.ConsoleSize);

    /// <summary>Makes the container visible to others: records it, and passes its terminal and pid to the caller.</summary>
    /// <param name="phase">Created, or Started when the program is run right away.</param>
    public CreatedContainer Publish(ContainerPhase phase)
    {
        CreateRequest request = container.Request;
        ContainerState published = state with { Phase = phase };
        directory.Save(published);
        ProcessHandles.SendConsole(request.ConsoleSocket, console);
        ProcessHandles.SendPidFd(request.PidfdSocket, Pid);
        if (RunOciAnnotations.PidfdReceiver(container.Spec) is { } receiver)
            ProcessHandles.SendPidFd(Path.GetFullPath(receiver, request.Bundle), Pid);
        ProcessHandles.WritePidFile(request.PidFile, Pid);
        return new CreatedContainer(container, directory, published, init);
    }
}

/// <summary>A published container whose program has not been started.</summary>
internal sealed class CreatedContainer(CheckedContainer container, ContainerDirectory directory, ContainerState state, InitProcess init)
{
    /// <summary>Leaves `init` waiting for a later `start`.</summary>
    public void LeaveWaiting() => init.Go();

    /// <summary>Returns once the program has been executed and the poststart hooks have run.</summary>
    /// <exception cref="LadeException">The program could not be executed, or a hook failed.</exception>
    public RunningContainer Start(Rollback rollback)
    {
        Spec spec = container.Spec;
        init.Go();
        Readiness? readiness = Readiness.TryOpen(container.Request.Service, directory, container.Request.Log);
        if (readiness is not null)
            rollback.Own(readiness);
        init.HasTimeout = spec.Hooks.StartContainer.Count == 0;
        init.RunUntilExecuted(AgentConnection.Open(spec, StateDocument.From(state, ContainerStatus.Created), init.Pid));
        HostHooks.Run("poststart", spec.Hooks.Poststart, spec, StateDocument.From(state, ContainerStatus.Running));
        return new RunningContainer(directory, state, init.Pid, readiness, container.Request.Log);
    }
}

/// <summary>A container whose program is running as our child.</summary>
internal sealed class RunningContainer(ContainerDirectory directory, ContainerState state, int pid, Readiness? readiness, Log log)
{
    public int Pid => pid;

    /// <summary>Lets other commands operate on the container.</summary>
    public void Unlock()
    {
        Interruption.End();
        directory.Unlock();
    }

    /// <summary>
    /// Waits for the program, reaping orphans that become our children; not before the program has signalled readiness, a phase that the service manager limits.
    /// </summary>
    public ExitStatus WaitForEnd()
    {
        if (readiness is not null)
        {
            using Fd process = OpenProcess();
            // The service manager keeps tracking the program's parent as the main process.
            readiness.Follow(process, Environment.ProcessId, log);
        }

        return Processes.WaitReapingOthers(pid);
    }

    /// <summary>To be done while the caller waits by other means than <see cref="WaitForEnd"/>; null when there is nothing.</summary>
    public BackgroundWork? BackgroundWork => readiness is null ? null : new BackgroundWork(readiness.Socket, () => readiness.TryForward(Environment.ProcessId, log));

    /// <summary>For a detached program under a service manager: waits until it has signalled readiness or ended.</summary>
    public void WaitUntilReady()
    {
        if (readiness is null)
            return;
        using Fd process = OpenProcess();
        readiness.Wait(process, pid, log);
    }

    /// <summary>Deletes the stopped container, unless another command has already done so.</summary>
    public void Delete()
    {
        if (directory.LockIfPresent())
            Destruction.Destroy(directory, state, log);
    }

    /// <summary>Our child, not yet reaped, so the pid is still its own.</summary>
    private Fd OpenProcess() => Processes.OpenPidFd(pid);
}
