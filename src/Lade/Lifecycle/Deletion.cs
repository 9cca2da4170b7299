using Lade.Cgroups;
using Lade.Configuration;
using Lade.Hooks;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>`delete`: undoes what create made (runtime.md "Delete"). It works from what the state recorded alone, whatever instruction the creator was killed at.</summary>
internal static class Deletion
{
    public static void Delete(string stateRoot, ContainerId id, bool force, Log log)
    {
        using ContainerDirectory? directory = ContainerDirectory.TryOpen(stateRoot, id);
        if (directory is null || !(force ? ForcedLock.Take(directory) : directory.LockIfPresent()))
        {
            // Shims delete by force what may be gone already, or is deleted by somebody else meanwhile.
            if (force)
                return;
            throw new LadeException("container does not exist");
        }

        if (directory.TryLoad() is not { } state)
        {
            if (!force)
                throw new LadeException("container does not exist");
            directory.Remove();
            return;
        }

        ContainerStatus status = Status.Read(state, directory);
        if (!force && status is not (ContainerStatus.Stopped or ContainerStatus.Created))
            throw new LadeException("cannot delete container " + id + " that is not stopped: " + status.SpecName());
        Destroy(directory, state, log);
    }

    /// <summary>Kills what still runs, then removes cgroup, runs the poststop hooks, removes the directory. The caller holds the lock.</summary>
    public static void Destroy(ContainerDirectory directory, ContainerState state, Log log)
    {
        IExistingCgroup? cgroup = state.Cgroup?.Open();
        Killing.Finish(state, cgroup);
        state.IntelRdt?.Remove();
        cgroup?.Remove();
        if ((state.Hooks & HookKinds.Poststop) != 0)
            Teardown.Try(log, () => RunHooks(directory, state, log));
        directory.Remove();
    }

    /// <summary>The poststop hooks as they were at create.</summary>
    private static void RunHooks(ContainerDirectory directory, ContainerState state, Log log)
    {
        Spec spec = directory.LoadConfig();
        using HookOutput output = HookOutput.Open(spec, state.Bundle);
        HostHooks.RunAll("poststop", spec.Hooks.Poststop, StateDocument.From(state, ContainerStatus.Stopped).ToHookJson().Span, log, output);
    }
}
