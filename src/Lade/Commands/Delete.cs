using Lade.Lifecycle;
using Lade.State;

namespace Lade.Commands;

/// <summary>`delete`: removes what create made (runtime.md "Delete"). It relies on the recorded state only, at whatever point the creator was killed.</summary>
internal static class Delete
{
    public static void Execute(string stateRoot, ContainerId id, bool force, Log log)
    {
        using ContainerDirectory? directory = ContainerDirectory.TryOpen(stateRoot, id);
        if (directory is null || !(force ? ForcedLock.Take(directory) : directory.LockIfPresent()))
        {
            // Shims force-delete containers that may already have been deleted, or are being deleted concurrently.
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
