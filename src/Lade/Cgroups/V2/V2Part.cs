using System;
using System.Globalization;
using Lade.Linux;

namespace Lade.Cgroups.V2;

/// <summary>
/// The part of a container's cgroup that the container manages itself (<c>run.oci.delegate-cgroup</c>): limits stay on the cgroup above, which has no
/// processes from then on and hands its controllers on.
/// </summary>
internal static class V2Part
{
    /// <param name="part">With a leading slash; what is missing of it is made.</param>
    /// <param name="pid">The one process of <paramref name="path"/>.</param>
    public static void Enter(string path, string part, int pid)
    {
        Files.MakeDirectories(path + part, 0x1ED);
        // By its number (docs/decisions/005): the root of its cgroup namespace was to be the cgroup above, so that it could not be born here.
        Files.WriteValue(path + part + "/cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
        // Only now, because a cgroup with processes may not hand controllers on.
        V2Controllers.EnableBelow(path);
        for (int slash = part.IndexOf('/', 1); slash > 0; slash = part.IndexOf('/', slash + 1))
            V2Controllers.EnableBelow(string.Concat(path, part.AsSpan(0, slash)));
    }
}
