using Lade.Lifecycle;
using Lade.State;

namespace Lade.Commands;

/// <summary>`create`: sets up the container's environment and leaves its program waiting for `start` (runtime.md "Create").</summary>
internal static class Create
{
    public static void Execute(CreateRequest request)
    {
        CheckedContainer container = CheckedContainer.Check(request, runs: false, foreground: false);
        using var rollback = new Rollback(request.Log);
        BuiltContainer built = ContainerBuilder.Build(container, rollback, waitsOnSocket: true);
        built.Publish(ContainerPhase.Created).LeaveWaiting();
        rollback.Complete();
    }
}
