using System;
using System.IO;
using ChildProcess = System.Diagnostics.Process;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>A process in namespaces of its own, for containers to join.</summary>
public sealed class NamespaceHolder : IDisposable
{
    private readonly ChildProcess _process;

    /// <param name="options">Of unshare(1).</param>
    public NamespaceHolder(params string[] options)
    {
        _process = ChildProcess.Start("/usr/bin/unshare", [.. options, "sleep", "1000"]);
        Machine.Eventually(() => Path.Exists("/proc/" + _process.Id) && File.ReadAllText("/proc/" + _process.Id + "/comm").TrimEnd() is "sleep", "unshare " + string.Join(' ', options));
    }

    public int Pid => _process.Id;

    public string PathOf(string name) => "/proc/" + Pid + "/ns/" + name;

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
