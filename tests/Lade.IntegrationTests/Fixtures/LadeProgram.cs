using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using Xunit.Sdk;
using ChildProcess = System.Diagnostics.Process;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>
/// The executable under test: what LADE names, else artifacts/lade of this repository. Output goes to files, because a container that stays behind
/// keeps its standard output open, and a pipe would not end before it does.
/// </summary>
public sealed class LadeProgram
{
    private static readonly Lazy<string> s_path = new(Find);

    private static int s_number;

    private readonly string _directory;

    /// <param name="directory">A directory of the test's own: here go the state (--root) and the output.</param>
    public LadeProgram(string directory)
    {
        _directory = directory;
        StateRoot = directory + "/state";
    }

    public static string Path => s_path.Value;

    public string StateRoot { get; }

    /// <summary>Options before the command, besides --root: for example --log and --debug.</summary>
    public IReadOnlyList<string> GlobalOptions { get; set; } = [];

    /// <summary>The whole environment of the command besides PATH.</summary>
    public IDictionary<string, string> Environment { get; } = new Dictionary<string, string>();

    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(40);

    /// <summary>Shell commands that prepare the caller of lade, for example `umask 077`, or `exec 7&lt;/`.</summary>
    public string Surroundings { get; set; } = "";

    /// <summary>A program and its arguments that executes lade, for example `env --block-signal=USR1`.</summary>
    public string Wrapper { get; set; } = "";

    public string WorkingDirectory { get; set; } = "/";

    public CommandResult Run(params string[] args) => Run("", args);

    public CommandResult Run(string stdin, string[] args) => Start(stdin, args).Wait(Timeout);

    /// <summary>Starts the command and does not wait for it.</summary>
    public RunningCommand Start(string stdin, params string[] args)
    {
        string output = _directory + "/output-" + Interlocked.Increment(ref s_number);
        File.WriteAllText(output + ".in", stdin);
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = WorkingDirectory };
        start.Environment.Clear();
        foreach ((string name, string value) in Environment)
            start.Environment.Add(name, value);
        start.Environment.TryAdd("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        string files = " <" + output + ".in >" + output + ".out 2>" + output + ".err";
        foreach (string arg in (string[])["-c", Surroundings + "\nexec " + Wrapper + " \"$0\" \"$@\"" + files, Path, "--root", StateRoot, .. GlobalOptions, .. args])
            start.ArgumentList.Add(arg);
        return new RunningCommand(ChildProcess.Start(start)!, string.Join(' ', args), output);
    }

    private static string Find()
    {
        if (System.Environment.GetEnvironmentVariable("LADE") is { Length: > 0 } given)
            return File.Exists(given) ? System.IO.Path.GetFullPath(given) : throw new XunitException("LADE names " + given + ", which does not exist");
        for (string? at = AppContext.BaseDirectory; at is not null; at = System.IO.Path.GetDirectoryName(at))
        {
            string path = at + "/artifacts/lade";
            if (File.Exists(path))
                return path;
        }

        throw new XunitException("no artifacts/lade above " + AppContext.BaseDirectory + ": run scripts/build, or set LADE");
    }
}
