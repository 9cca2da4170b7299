using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>Plans <c>linux.memoryPolicy</c>: from which NUMA nodes the program's memory comes (set_mempolicy(2)).</summary>
internal static class MemoryPolicy
{
    public static IEnumerable<Operation> Plan(LinuxSpec linux)
    {
        if (linux.MemoryPolicy is { } policy)
        {
            uint number = (uint)policy.Mode | (uint)policy.Flags;
            yield return new SetMemoryPolicy(SpecNames.NameOf(policy.Mode), number, policy.Nodes) { Origin = JsonPointer.Of("linux", "memoryPolicy") };
        }
    }
}
