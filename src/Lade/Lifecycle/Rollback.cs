using System;
using System.Collections.Generic;

namespace Lade.Lifecycle;

/// <summary>
/// How what was done so far is undone: every step pushes the way back before or as it is taken. Disposed without <see cref="Complete"/>, all of them are run, the
/// last first.
/// </summary>
internal sealed class Rollback(Log log) : IDisposable
{
    private readonly List<(Action Undo, IDisposable? Needed)> _steps = [];
    private readonly List<IDisposable> _owned = [];

    /// <param name="undo">Runs whatever became of the steps after it. Its failure is a warning: the reason for the rollback is the error.</param>
    /// <param name="needed">Disposed after it, and when it is clear that it will not be run.</param>
    public void Push(Action undo, IDisposable? needed = null) => _steps.Add((undo, needed));

    /// <summary>Something that is held until the command ends, whether or not anything is undone.</summary>
    public T Own<T>(T resource)
        where T : class, IDisposable
    {
        _owned.Add(resource);
        return resource;
    }

    /// <summary>Nothing is undone any more.</summary>
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

    /// <summary>Runs one step of undoing; its failure is a warning, because something else failed first and is what the user has to know.</summary>
    public static void Try(Log log, Action step)
    {
        try
        {
            step();
        }
        catch (LadeException e)
        {
            log.Warning("while undoing: " + e.Description);
        }
    }
}
