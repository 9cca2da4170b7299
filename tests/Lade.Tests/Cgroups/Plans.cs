using System.Collections.Generic;
using System.Linq;
using Lade.Cgroups;

namespace Lade.Tests.Cgroups;

/// <summary>Plans in a form that a table can hold: <c>file=value</c>, one per write.</summary>
internal static class Plans
{
    public static string[] Lines(IEnumerable<CgroupWrite> writes) => writes.Select(Line).ToArray();

    private static string Line(CgroupWrite w) =>
        w.File + "=" + w.Value + (w.IfPresent ? " ?" : "") + (w.RetryLast ? " ~" : "") + (w.Fallback is { } o ? " | " + Line(o) : "");
}
