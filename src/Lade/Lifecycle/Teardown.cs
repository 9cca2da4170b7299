using System;

namespace Lade.Lifecycle;

/// <summary>Undoing: each step is tried whatever became of the one before.</summary>
internal static class Teardown
{
    /// <summary>Runs one step; its failure is a warning, because something else failed first and is what the user has to know.</summary>
    public static void Try(Log log, Action step)
    {
        try
        {
            step();
        }
        catch (LadeException e)
        {
            log.Warning("while undoing: " + e.Sentence);
        }
    }
}
