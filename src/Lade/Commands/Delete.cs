using Lade.Lifecycle;
using Lade.State;

namespace Lade.Commands;

/// <summary>`delete`: undoes what create made (runtime.md "Delete"). It works from what the state recorded alone, whatever instruction the creator was killed at.</summary>
internal static class Delete
{
    public static void Execute(string stateRoot, ContainerId id, bool force, Log log)
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
        Destruction.Destroy(directory, state, log);
    }
}
