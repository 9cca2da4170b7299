using System;
using Lade.Configuration;

namespace Lade.Tests.Seccomp;

/// <summary>Names of the specification as the enumerations that the reader makes of them.</summary>
internal static class ParsedName
{
    public static SeccompAction Action(string? name) => (SeccompAction)IndexOf(SpecNames.SeccompActions, name);

    public static SeccompOperator Operator(string? name) => (SeccompOperator)IndexOf(SpecNames.SeccompOperators, name);

    public static SeccompFlag Flag(string? name) => (SeccompFlag)IndexOf(SpecNames.SeccompFlags, name);

    public static SeccompArch Arch(string? name) => (SeccompArch)IndexOf(SpecNames.SeccompArchs, name);

    private static int IndexOf(string words, string? name) =>
        WordList.IndexOf(words, name ?? "") is >= 0 and int index ? index : throw new ArgumentException(name);
}
