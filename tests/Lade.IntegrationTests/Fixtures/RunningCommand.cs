using System;
using System.IO;
using Xunit.Sdk;
using ChildProcess = System.Diagnostics.Process;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>A command under way, whose output grows in files.</summary>
public sealed class RunningCommand
{
    private readonly ChildProcess _process;
    private readonly string _name;
    private readonly string _output;

    internal RunningCommand(ChildProcess process, string name, string output)
    {
        _process = process;
        _name = name;
        _output = output;
    }

    public int Pid => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>What it and the container that it left behind wrote up to now.</summary>
    public string Stdout => File.Exists(_output + ".out") ? File.ReadAllText(_output + ".out") : "";

    public string Stderr => File.Exists(_output + ".err") ? File.ReadAllText(_output + ".err") : "";

    public CommandResult Wait(TimeSpan timeout)
    {
        if (_process.WaitForExit(timeout))
            return new CommandResult(_process.ExitCode, Stdout, Stderr);
        _process.Kill();
        _process.WaitForExit();
        throw new XunitException("`lade " + _name + "` did not end within " + timeout.TotalSeconds + " s; output: " + Stdout + Stderr);
    }
}
