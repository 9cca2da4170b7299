using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Plan;

/// <summary>What must be known about an operation to explain its failure once the plan is gone.</summary>
/// <param name="Description">See <see cref="Operation.Description"/>.</param>
/// <param name="Origin">See <see cref="Operation.Origin"/>.</param>
/// <param name="File">Program of an <see cref="Execute"/> or a <see cref="RunHook"/>; null for other operations.</param>
/// <param name="HookTimeout">Timeout of a hook in seconds, 0 for none; null for other operations.</param>
internal sealed record OperationNote(string Description, JsonPointer Origin, string? File, int? HookTimeout)
{
    public static OperationNote From(Operation operation) => operation switch
    {
        RunHook hook => new OperationNote(hook.Description, hook.Origin, hook.Path, hook.Timeout),
        Execute execute => new OperationNote(execute.Description, execute.Origin, execute.File, null),
        _ => new OperationNote(operation.Description, operation.Origin, null, null),
    };
}

/// <summary>The operations that follow the wait for `start`, recorded by `create` so that `start` can name the one that fails.</summary>
/// <param name="First">Index of the first one in the plan.</param>
internal sealed record StartNotes(int First, IReadOnlyList<OperationNote> Operations)
{
    /// <summary>For a container created by a version of lade that did not record them.</summary>
    public static StartNotes None { get; } = new(0, []);

    public static StartNotes From(IReadOnlyList<Operation> plan)
    {
        int first = 0;
        while (first < plan.Count && plan[first] is not WaitForStart)
            first++;
        first++;
        var notes = new List<OperationNote>();
        for (int i = first; i < plan.Count; i++)
            notes.Add(OperationNote.From(plan[i]));
        return new StartNotes(first, notes);
    }

    /// <param name="index">Index in the plan.</param>
    public OperationNote? At(int index) => index >= First && index - First < Operations.Count ? Operations[index - First] : null;
}
