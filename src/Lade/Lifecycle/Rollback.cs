using System;
using System.Collections.Generic;

namespace Lade.Lifecycle;

/// <summary>
/// A stack of rollback steps, each pushed before or while the step it reverts is done. Disposing it without <see cref="Complete"/> runs them, last first.
/// </summary>
internal sealed class Rollback(Log log) : IDisposable
{
    private readonly List<(Action Undo, IDisposable? Needed)> _steps = [];
    private readonly List<IDisposable> _owned = [];

    /// <param name="undo">Runs even if later steps failed to roll back. Its failure is a warning: the error is what caused the rollback.</param>
    /// <param name="needed">Disposed after <paramref name="undo"/>, or on <see cref="Complete"/>.</param>
    public void Push(Action undo, IDisposable? needed = null) => _steps.Add((undo, needed));

    /// <summary>Holds a resource until the command ends, whether or not anything is rolled back.</summary>
    public T Own<T>(T resource)
        where T : class, IDisposable
    {
        _owned.Add(resource);
        return resource;
    }

    /// <summary>Discards all steps: the command has succeeded.</summary>
    public void Complete() => End(undo: false);

    public void Dispose()
    {
        End(undo: true);
        for (int i = _owned.Count - 1; i >= 0; i--)
            _owned[i].Dispose();
        _owned.Clear();
    }

    private void End(bool undo)
    {
        for (int i = _steps.Count - 1; i >= 0; i--)
        {
            if (undo)
                Try(log, _steps[i].Undo);
            _steps[i].Needed?.Dispose();
        }

        _steps.Clear();
    }

    /// <summary>Runs one rollback step. Its failure is a warning: the user needs to see what failed first.</summary>
    public static void Try(Log log, Action step)
    {
        try
        {
            step();
        }
        catch (LadeException e)
        {
            log.Warning("while undoing: " + e.FullMessage);
        }
    }
}
