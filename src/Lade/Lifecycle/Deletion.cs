using Lade.Cgroups;
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

        ContainerStatus status = Status.Of(state, directory);
        if (!force && status is not (ContainerStatus.Stopped or ContainerStatus.Created))
            throw new LadeException("cannot delete container " + id + " that is not stopped: " + status.Word());
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
            Rollback.Try(log, () => HookRunner.RunPoststop(directory.LoadConfig(), state, log));
        directory.Remove();
    }
}
