using System;
using System.Collections.Generic;
using Lade.Linux;
using Lade.State;

namespace Lade.Cli;

/// <summary>The containers that <c>kill</c> and <c>delete</c> mean: one id, or with <c>--regex</c> every id that the pattern matches.</summary>
internal static class SelectedContainers
{
    public static Option Regex => new("regex", OptionKind.Switch, "take the first argument as a POSIX extended regular expression and act on every container whose id it matches");

    /// <summary>Acts on each. One that fails does not spare the others; the first failure is the command's.</summary>
    public static void ForEach(Invocation invocation, Action<ContainerId> action)
    {
        if (!invocation.Arguments.Switch("regex"))
        {
            action(invocation.ContainerId);
            return;
        }

        LadeException? first = null;
        foreach (ContainerId id in Matching(invocation.StateRoot, invocation.Arguments.Positionals[0]))
        {
            try
            {
                action(id);
            }
            catch (LadeException e)
            {
                if (first is not null)
                    invocation.Log.Warning(id + ": " + e.Description);
                first ??= e.Within(id.ToString());
            }
        }

        if (first is not null)
            throw first;
    }

    private static List<ContainerId> Matching(string stateRoot, string pattern)
    {
        using var regex = new PosixRegex(pattern);
        var matching = new List<ContainerId>();
        foreach (ContainerId id in ContainerDirectory.List(stateRoot) ?? [])
            if (regex.Matches(id.ToString()))
                matching.Add(id);
        return matching;
    }
}
