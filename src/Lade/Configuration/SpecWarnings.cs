using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>What a configuration may say but hardly means, or what lade does not do and must not refuse (config.md: an annotation is never an error).</summary>
internal static class SpecWarnings
{
    public static IEnumerable<ConfigProblem> Of(Spec spec)
    {
        for (int i = 0; i < spec.Mounts.Count; i++)
        {
            if (!spec.Mounts[i].Destination.StartsWith('/'))
            {
                string destination = JsonObjectReader.Quote(spec.Mounts[i].Destination);
                yield return new ConfigProblem(JsonPointer.Of("mounts", i).At("destination"), destination
                    + " is relative, which the specification calls deprecated; it is taken from the root");
            }
        }

        // Somebody may believe that the program is in a virtual machine.
        if (RunOciAnnotations.Handler(spec) is { } handler)
            yield return new ConfigProblem(RunOciAnnotations.PointerTo(RunOciAnnotations.HandlerName), "there is no handler " + JsonObjectReader.Quote(handler)
                + "; the program runs as in any container");
    }
}
