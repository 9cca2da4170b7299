using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Rootfs;

/// <summary>
/// <c>linux.maskedPaths</c> (files masked with a null device, directories with a shared empty tmpfs) and <c>linux.readonlyPaths</c>. Both list paths that
/// some kernels lack, so a missing path is not an error.
/// </summary>
internal static class MaskedPaths
{
    public static IEnumerable<Operation> Plan(LinuxSpec linux)
    {
        for (int i = 0; i < linux.ReadonlyPaths.Count; i++)
            yield return new ReadonlyPath(linux.ReadonlyPaths[i]) { Origin = JsonPointer.Of("linux", "readonlyPaths", i) };

        // Masks come last: a read-only clone of a directory would cover the masks inside it.
        var masked = new HashSet<string>(linux.MaskedPaths.Count);
        for (int i = 0; i < linux.MaskedPaths.Count; i++)
        {
            if (masked.Add(linux.MaskedPaths[i]))
                yield return new MaskPath(linux.MaskedPaths[i]) { Origin = JsonPointer.Of("linux", "maskedPaths", i) };
        }
    }
}
