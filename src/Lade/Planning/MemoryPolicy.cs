using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>Plans <c>linux.memoryPolicy</c>: the NUMA nodes of the program's memory (set_mempolicy(2)).</summary>
internal static class MemoryPolicy
{
    /// <summary>MPOL_F_NUMA_BALANCING, followed by the other two flags.</summary>
    private const int FirstFlag = 13;

    public static IEnumerable<Operation> Plan(LinuxSpec linux)
    {
        if (linux.MemoryPolicy is { } policy)
        {
            uint number = NumberOf(policy.Mode) | (uint)(WordList.MaskOf(SpecNames.MemoryPolicyFlags, policy.Flags) << FirstFlag);
            yield return new SetMemoryPolicy(policy.Mode, number, policy.Nodes) { Origin = JsonPointer.Of("linux", "memoryPolicy") };
        }
    }

    /// <summary>MPOL_* of linux/mempolicy.h.</summary>
    public static uint NumberOf(string mode) => mode switch
    {
        "MPOL_DEFAULT" => 0,
        "MPOL_PREFERRED" => 1,
        "MPOL_BIND" => 2,
        "MPOL_INTERLEAVE" => 3,
        "MPOL_LOCAL" => 4,
        "MPOL_PREFERRED_MANY" => 5,
        "MPOL_WEIGHTED_INTERLEAVE" => 6,
        _ => throw new LadeException("unknown memory policy " + mode),
    };
}
