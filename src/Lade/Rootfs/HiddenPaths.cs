using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Rootfs;

/// <summary>
/// <c>linux.maskedPaths</c> (files behind /dev/null, directories behind one shared empty tmpfs) and <c>linux.readonlyPaths</c>.
/// Both list paths that some kernels lack, so an absent one is no error.
/// </summary>
internal static class HiddenPaths
{
    public static IEnumerable<Operation> Plan(LinuxSpec linux)
    {
        for (int i = 0; i < linux.ReadonlyPaths.Count; i++)
            yield return new ReadonlyPath(linux.ReadonlyPaths[i]) { Origin = JsonPointer.Of("linux", "readonlyPaths", i) };

        // Masks come after: a read-only copy of a directory would otherwise be laid over the masks inside it.
        var masked = new HashSet<string>(linux.MaskedPaths.Count);
        for (int i = 0; i < linux.MaskedPaths.Count; i++)
        {
            if (masked.Add(linux.MaskedPaths[i]))
                yield return new MaskPath(linux.MaskedPaths[i]) { Origin = JsonPointer.Of("linux", "maskedPaths", i) };
        }
    }
}
