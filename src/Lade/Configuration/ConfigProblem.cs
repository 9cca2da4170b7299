using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>One thing wrong with a document: where, what, and what is allowed.</summary>
internal sealed record ConfigProblem(JsonPointer Pointer, string Message)
{
    public override string ToString() => Pointer.IsNone ? Message : Pointer + ": " + Message;
}

internal static class ConfigProblems
{
    /// <param name="message">"what is wrong; what is allowed". Values of environment variables never appear in it: they may be secrets.</param>
    public static void Add(this List<ConfigProblem> problems, JsonPointer pointer, string message) =>
        problems.Add(new ConfigProblem(pointer, message));

    /// <summary>
    /// Adds those of <paramref name="more"/> whose place has no problem yet, nor a direct part of it: what could not be read is not blamed for its
    /// content too.
    /// </summary>
    public static void AddNewPlaces(this List<ConfigProblem> problems, List<ConfigProblem> more)
    {
        int known = problems.Count;
        foreach (ConfigProblem problem in more)
        {
            bool seen = false;
            for (int i = 0; i < known && !seen; i++)
                seen = problems[i].Pointer == problem.Pointer || problems[i].Pointer.IsDirectlyBelow(problem.Pointer);
            if (!seen)
                problems.Add(problem);
        }
    }
}
