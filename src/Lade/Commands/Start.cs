using Lade.Lifecycle;
using Lade.Configuration;
using Lade.Init;
using Lade.InitSystem;
using Lade.Linux;
using Lade.State;

namespace Lade.Commands;

/// <summary>`start`: lets the program of a created container run (runtime.md "Start").</summary>
internal static class Start
{
    public static void Execute(string stateRoot, ContainerId id, ServiceEnvironment service, Log log)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        directory.Lock();
        ContainerState state = directory.Load();
        CheckCreated(Status.Read(state, directory));
        if (state.Init is not { Pid: var pid })
            throw new LadeException("cannot start a container that has stopped");

        // The hooks were fixed at create (runtime.md: later edits of config.json have no effect), so it is the copy that counts.
        Spec spec = directory.LoadConfig();
        if (spec.Process is null)
            throw new LadeException(JsonPointer.Of("process"), "is missing; a container without a program cannot be started");
        using Fd connection = Sockets.TryConnect(directory.Descriptor, ContainerDirectory.StartSocket, out Errno errno)
            ?? throw (errno == Errno.ECONNREFUSED ? new LadeException("cannot start a container that has stopped") : new LadeException("connect to the container", errno));
        directory.Save(state with { Phase = ContainerPhase.Started });
        using Fd process = Processes.TryOpenPidFd(pid) ?? throw new LadeException("open process " + pid, Libc.LastError);
        using Readiness? readiness = Readiness.TryOpen(service, directory, log);
        using InitProcess init = InitProcess.Resume(pid, connection, state.StartNotes);
        init.HasTimeout = spec.Hooks.StartContainer.Count == 0;
        try
        {
            init.RunUntilExecuted(AgentConnection.Open(spec, StateDocument.From(state, ContainerStatus.Created), pid));
            Files.Remove(ContainerDirectory.StartSocket, directory.Descriptor);
            HookRunner.Run("poststart", spec.Hooks.Poststart, spec, StateDocument.From(state, ContainerStatus.Running));
        }
        catch
        {
            // A failure after start stops and destroys the container (runtime.md "Lifecycle", steps 7 and 9).
            Rollback.Try(log, () => Destruction.Destroy(directory, state, log));
            throw;
        }

        // Whoever wants to stop the container meanwhile must be able to.
        directory.Unlock();
        readiness?.Wait(process, pid, log);
    }

    private static void CheckCreated(ContainerStatus status)
    {
        if (status != ContainerStatus.Created)
        {
            throw new LadeException(status switch
            {
                ContainerStatus.Running => "cannot start an already running container",
                ContainerStatus.Stopped => "cannot start a container that has stopped",
                _ => "cannot start a container in the " + status.SpecName() + " state",
            });
        }
    }
}
