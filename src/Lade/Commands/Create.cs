using Lade.Lifecycle;
using Lade.State;

namespace Lade.Commands;

/// <summary>`create`: a container whose environment is complete and whose program waits for `start` (runtime.md "Create").</summary>
internal static class Create
{
    public static void Execute(CreateRequest request)
    {
        CheckedContainer container = CheckedContainer.Check(request, runs: false, foreground: false);
        using var undo = new Rollback(request.Log);
        BuiltContainer built = ContainerBuilder.Build(container, undo, waitsOnSocket: true);
        built.Publish(ContainerPhase.Created).LeaveWaiting();
        undo.Complete();
    }
}
