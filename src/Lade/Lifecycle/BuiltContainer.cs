using System;
using System.IO;
using Lade.Configuration;
using Lade.Init;
using Lade.InitSystem;
using Lade.Linux;
using Lade.State;
using Lade.Terminal;

namespace Lade.Lifecycle;

/// <summary>A container whose environment is complete: `init` waits to be released, and nobody else knows of it yet.</summary>
internal sealed class BuiltContainer(CheckedContainer container, ContainerDirectory directory, ContainerState state, InitProcess init, Fd? console)
{
    /// <summary>The container's process.</summary>
    public int Pid => init.Pid;

    /// <summary>The caller's hold on the container's terminal, with the right size before the program can ask for it; null without one.</summary>
    public ForegroundTerminal? OpenTerminal() => console is null ? null : new ForegroundTerminal(console, container.Spec.Process?.ConsoleSize);

    /// <summary>From now on the container exists for everybody: it is recorded, its terminal and pid are handed out.</summary>
    /// <param name="phase">Created, or Started when the program follows at once.</param>
    public CreatedContainer Publish(ContainerPhase phase)
    {
        CreateRequest request = container.Request;
        ContainerState published = state with { Phase = phase };
        directory.Save(published);
        Handover.SendConsole(request.ConsoleSocket, console);
        Handover.SendPidFd(request.PidfdSocket, Pid);
        if (RunOciAnnotations.PidfdReceiver(container.Spec) is { } receiver)
            Handover.SendPidFd(Path.GetFullPath(receiver, request.Bundle), Pid);
        Handover.WritePidFile(request.PidFile, Pid);
        return new CreatedContainer(container, directory, published, init);
    }
}

/// <summary>A container that exists and whose program has not been started.</summary>
internal sealed class CreatedContainer(CheckedContainer container, ContainerDirectory directory, ContainerState state, InitProcess init)
{
    /// <summary>Leaves it to a later `start`.</summary>
    public void LeaveWaiting() => init.Go();

    /// <summary>Executes the program and returns when that has happened; then runs the poststart hooks.</summary>
    /// <exception cref="LadeException">The program could not be executed, or a hook failed.</exception>
    public RunningContainer Start(Rollback undo)
    {
        Spec spec = container.Spec;
        init.Go();
        Readiness? readiness = Readiness.TryOpen(container.Request.Service, directory, container.Request.Log);
        if (readiness is not null)
            undo.Own(readiness);
        init.HasTimeout = spec.Hooks.StartContainer.Count == 0;
        init.RunUntilExecuted(AgentConnection.Open(spec, StateDocument.From(state, ContainerStatus.Created), init.Pid));
        HookRunner.Run("poststart", spec.Hooks.Poststart, spec, StateDocument.From(state, ContainerStatus.Running));
        return new RunningContainer(directory, state, init.Pid, readiness, container.Request.Log);
    }
}

/// <summary>A container whose program runs as our child.</summary>
internal sealed class RunningContainer(ContainerDirectory directory, ContainerState state, int pid, Readiness? readiness, Log log)
{
    public int Pid => pid;

    /// <summary>Other commands may work on the container from now on.</summary>
    public void Unlock()
    {
        Interruption.End();
        directory.Unlock();
    }

    /// <summary>
    /// Waits for the program. Orphans that become our children meanwhile are reaped, except in the time before a program says that it is ready, which the
    /// service manager limits.
    /// </summary>
    public ExitStatus WaitForEnd()
    {
        if (readiness is not null)
        {
            using Fd process = OpenProcess();
            // The service manager goes on to watch the program's parent.
            readiness.Follow(process, Environment.ProcessId, log);
        }

        return Processes.WaitReapingOthers(pid);
    }

    /// <summary>What else has to be done while something other than <see cref="WaitForEnd"/> waits; null when there is nothing.</summary>
    public SideTask? WhileItRuns => readiness is null ? null : new SideTask(readiness.Socket, () => readiness.TryForward(Environment.ProcessId, log));

    /// <summary>Under a service manager that wants to know: waits until a program that runs on without us has said that it is ready, or has ended.</summary>
    public void WaitUntilReady()
    {
        if (readiness is null)
            return;
        using Fd process = OpenProcess();
        readiness.Wait(process, pid, log);
    }

    /// <summary>Removes the container after its end, unless another command has already done so.</summary>
    public void Delete()
    {
        if (directory.LockIfPresent())
            Destruction.Destroy(directory, state, log);
    }

    /// <summary>Our child, not yet waited for: the number is still its own.</summary>
    private Fd OpenProcess() => Processes.TryOpenPidFd(pid) ?? throw new LadeException("open process " + pid, Libc.LastError);
}
