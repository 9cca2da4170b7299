using Lade.Configuration;
using Lade.Hooks;
using Lade.Init;
using Lade.InitSystem;
using Lade.Linux;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>`start`: lets the program of a created container run (runtime.md "Start").</summary>
internal static class Starting
{
    public static void Start(string stateRoot, ContainerId id, ServiceEnvironment service, Log log)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        directory.Lock();
        ContainerState state = directory.Load();
        CheckCreated(Status.Read(state, directory));
        int pid = state.Init!.Value.Pid;

        // The hooks were fixed at create (runtime.md: later edits of config.json have no effect), so it is the copy that counts; it also has the names of the operations.
        Spec spec = directory.LoadConfig();
        if (spec.Process is null)
            throw new LadeException(JsonPointer.Of("process"), "is missing; a container without a program cannot be started");
        using Fd connection = Sockets.TryConnect(directory.Descriptor, ContainerDirectory.StartSocket, out Errno errno)
            ?? throw (errno == Errno.ECONNREFUSED ? new LadeException("cannot start a container that has stopped") : new LadeException("connect to the container", errno));
        directory.Save(state with { Phase = ContainerPhase.Started });
        using Fd process = Processes.TryOpenPidFd(pid) ?? throw new LadeException("open process " + pid, Libc.LastError);
        using Readiness? readiness = Readiness.TryOpen(service, directory, log);
        using InitProcess init = InitProcess.Resume(pid, connection, () => PlanOrder.Replan(spec, state));
        init.IsLimited = spec.Hooks.StartContainer.Count == 0;
        try
        {
            ProgramStart.Follow(init, spec, StateDocument.From(state, ContainerStatus.Created));
            Files.Remove(ContainerDirectory.StartSocket, directory.Descriptor);
            RunHooks(spec, state);
        }
        catch
        {
            // A failure after start stops and destroys the container (runtime.md "Lifecycle", steps 7 and 9).
            Deletion.Destroy(directory, state, log);
            throw;
        }

        // Whoever wants to stop the container meanwhile must be able to.
        directory.Unlock();
        readiness?.Wait(process, pid, log);
    }

    private static void RunHooks(Spec spec, ContainerState state)
    {
        if (spec.Hooks.Poststart.Count == 0)
            return;
        using HookOutput output = HookOutput.Open(spec, state.Bundle);
        HostHooks.Run("poststart", spec.Hooks.Poststart, StateDocument.From(state, ContainerStatus.Running).ToHookJson().Span, output);
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
