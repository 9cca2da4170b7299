using System;
using Lade.InitSystem;
using Lade.Linux;
using Lade.State;

namespace Lade.Cli;

/// <summary>One invocation of a command: the input of a <see cref="CommandBody"/>.</summary>
internal sealed record Invocation(GlobalOptions Globals, ParsedArguments Arguments, Log Log)
{
    /// <summary>The directory that holds the state of containers.</summary>
    public string StateRoot => Globals.StateRoot.Path;

    /// <summary>What a service manager passed to this process.</summary>
    public static ServiceEnvironment Service => ServiceEnvironment.Read(new(Environment.GetEnvironmentVariable), Environment.ProcessId);

    /// <summary>The container id, the first argument of most commands.</summary>
    public ContainerId ContainerId => ContainerId.Parse(Arguments.Positionals[0]);

    /// <summary>The bundle, by default the current directory.</summary>
    public string Bundle => AbsolutePath("bundle") ?? Directories.Current();

    /// <summary>The value of a path option as an absolute path; null when not given or empty.</summary>
    public string? AbsolutePath(string option) =>
        Arguments.Text(option) is { Length: > 0 } path ? Paths.Absolute(path) : null;
}
