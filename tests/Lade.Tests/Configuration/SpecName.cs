using System;
using System.Linq;
using Lade.Configuration;

namespace Lade.Tests.Configuration;

/// <summary>Names of the specification as the reader turns them into enums; for tests whose data are names.</summary>
internal static class SpecName
{
    public static SchedulerPolicy Policy(string name) => SpecNames.SchedulerPolicyAt(IndexOf(SpecNames.SchedulerPolicies, name));

    public static SchedulerFlags SchedulerFlags(string[] names) => SpecNames.SchedulerFlagsFrom([.. names.Select(name => IndexOf(SpecNames.SchedulerFlags, name))]);

    public static IoPriorityClass IoPriorityClass(string name) => SpecNames.IoPriorityClassAt(IndexOf(SpecNames.IoPriorityClasses, name));

    public static MemoryPolicyMode MemoryPolicyMode(string name) => SpecNames.MemoryPolicyModeAt(IndexOf(SpecNames.MemoryPolicyModes, name));

    public static PersonalityDomain PersonalityDomain(string name) => SpecNames.PersonalityDomainAt(IndexOf(SpecNames.PersonalityDomains, name));

    public static Propagation Propagation(string name) => SpecNames.PropagationAt(IndexOf(SpecNames.Propagations, name));

    private static int IndexOf(string words, string name) => WordList.IndexOf(words, name) is >= 0 and int index ? index : throw new ArgumentException(name);
}
