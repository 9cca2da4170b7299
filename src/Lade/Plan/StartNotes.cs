using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Plan;

/// <summary>What has to be known of an operation to explain its failure where the plan itself is gone.</summary>
/// <param name="Sentence">See <see cref="Operation.Sentence"/>.</param>
/// <param name="Origin">See <see cref="Operation.Origin"/>.</param>
/// <param name="File">The program of an <see cref="Execute"/> or a <see cref="RunHook"/>; null for other operations.</param>
/// <param name="HookTimeout">Seconds that a hook may take, 0 for no limit; null for other operations.</param>
internal sealed record OperationNote(string Sentence, JsonPointer Origin, string? File, int? HookTimeout)
{
    public static OperationNote From(Operation operation) => operation switch
    {
        RunHook hook => new OperationNote(hook.Sentence, hook.Origin, hook.Path, hook.Timeout),
        Execute execute => new OperationNote(execute.Sentence, execute.Origin, execute.File, null),
        _ => new OperationNote(operation.Sentence, operation.Origin, null, null),
    };
}

/// <summary>The operations that follow the wait for `start`: recorded by `create`, so that `start` can name one that fails.</summary>
/// <param name="First">Index of the first of them in the plan.</param>
internal sealed record StartNotes(int First, IReadOnlyList<OperationNote> Operations)
{
    /// <summary>Of a container that was created by a lade that did not record them.</summary>
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
