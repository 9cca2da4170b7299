using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lade.Cgroups;
using Lade.Hooks;
using Lade.Linux;
using Lade.State;

namespace Lade.Commands;

/// <summary>`ps`: lists the processes of a container as seen from the host.</summary>
internal static class Ps
{
    /// <summary>More than any process list, but bounded in case ps never stops printing.</summary>
    private const int MaxOutput = 1 << 28;

    /// <summary>Host pids, including those in sub-cgroups; empty when the container is stopped.</summary>
    /// <exception cref="LadeException">The container runs without a cgroup, so its processes are unknown.</exception>
    public static IReadOnlyList<int> Pids(string stateRoot, ContainerId id)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        ContainerState state = directory.Load();
        IExistingCgroup? cgroup = state.Cgroup?.Open();
        IReadOnlyList<int> pids = cgroup?.Processes() ?? [];
        if (pids.Count == 0 && Status.ReadUnpaused(state, directory) != ContainerStatus.Stopped)
            throw new LadeException("cannot list the processes: the container runs without a cgroup of its own");
        return pids;
    }

    /// <summary>The header line and rows that the host's ps prints for these pids.</summary>
    /// <param name="options">Passed to ps; the output must have a PID column.</param>
    public static string Table(IReadOnlyList<int> pids, IReadOnlyList<string> options)
    {
        string ps = Programs.Find("ps") ?? throw new LadeException("exec: \"ps\": executable file not found in $PATH");
        ProgramResult result = Programs.Run(ps, ["ps", .. options], HostHooks.HostEnvironment(), default, 0, kept: MaxOutput);
        if (result.Status.Raw != 0)
            throw new LadeException("ps: " + result.Status + ": " + result.Stdout + result.Stderr);
        return Rows(result.Stdout, pids);
    }

    /// <summary>The header line, and the rows with one of <paramref name="pids"/> in the PID column.</summary>
    public static string Rows(string table, IReadOnlyList<int> pids)
    {
        string[] lines = table.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int column = lines.Length == 0 ? -1 : Array.IndexOf(Words(lines[0]), "PID");
        if (column < 0)
            throw new LadeException("couldn't find PID field in ps output");
        int end = (" " + lines[0] + " ").IndexOf(" PID ", StringComparison.Ordinal) + "PID".Length;
        StringBuilder text = new StringBuilder(lines[0]).Append('\n');
        foreach (string line in lines.AsSpan(1))
        {
            if (PidOf(line, column, end) is { } pid && Contains(pids, pid))
                text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>
    /// ps right-aligns the number below the PID header, after a command of any number of words. If a long name has shifted the row to the right, it is the word at the index
    /// of the header instead.
    /// </summary>
    private static int? PidOf(string line, int column, int end)
    {
        if (end <= line.Length && (end == line.Length || line[end] == ' '))
        {
            int start = line.LastIndexOf(' ', end - 1) + 1;
            if (int.TryParse(line.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out int below))
                return below;
        }

        string[] words = Words(line);
        return words.Length > column && int.TryParse(words[column], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : null;
    }

    private static bool Contains(IReadOnlyList<int> pids, int pid)
    {
        for (int i = 0; i < pids.Count; i++)
        {
            if (pids[i] == pid)
                return true;
        }

        return false;
    }

    private static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
