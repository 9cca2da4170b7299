using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Xunit.Sdk;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>A container of a bundle. At the end it is removed by force, and nothing of it may be left.</summary>
public sealed class Container : IDisposable
{
    private RunningCommand? _creator;
    private int? _pid;

    public Container(Bundle bundle, string id = "container")
    {
        Bundle = bundle;
        Id = id;
    }

    public Bundle Bundle { get; }

    /// <summary>Unique below the bundle's own --root.</summary>
    public string Id { get; }

    /// <summary>Host pid of the container's first process.</summary>
    public int Pid => _pid ??= (int)State()["pid"]!;

    public string StateDirectory => Bundle.Lade.StateRoot + "/" + Id;

    /// <summary>What the program wrote up to now, after <see cref="Create"/> or a detached run.</summary>
    public string Stdout => _creator!.Stdout;

    /// <summary>`create`, which has to succeed.</summary>
    public Container Create(params string[] options)
    {
        CommandResult result = TryCreate(options);
        return result.ExitCode == 0 ? this : throw new XunitException("create failed: " + result.Stderr);
    }

    public CommandResult TryCreate(params string[] options) => Launch(["create", "--bundle", Bundle.Path, .. options, Id]);

    /// <summary>`start`, which has to succeed.</summary>
    public Container Start()
    {
        CommandResult result = TryStart();
        return result.ExitCode == 0 ? this : throw new XunitException("start failed: " + result.Stderr);
    }

    public CommandResult TryStart() => Bundle.Lade.Run("start", Id);

    /// <summary>`run` in the foreground.</summary>
    public CommandResult Run(params string[] options) => Launch(["run", "--bundle", Bundle.Path, .. options, Id]);

    /// <summary>`run --detach`, which has to succeed.</summary>
    public Container RunDetached(params string[] options)
    {
        CommandResult result = Run(["--detach", .. options]);
        return result.ExitCode == 0 ? this : throw new XunitException("run --detach failed: " + result.Stderr);
    }

    public CommandResult Kill(string signal = "KILL") => Bundle.Lade.Run("kill", Id, signal);

    public CommandResult Delete(bool force = false) => force ? Bundle.Lade.Run("delete", "--force", Id) : Bundle.Lade.Run("delete", Id);

    /// <summary>`exec`, with options first.</summary>
    public CommandResult Exec(params string[] args) => Bundle.Lade.Run(["exec", .. args]);

    /// <summary>The document that `state` prints.</summary>
    public JsonNode State()
    {
        CommandResult result = Bundle.Lade.Run("state", Id);
        return result.ExitCode == 0 ? JsonNode.Parse(result.Stdout)! : throw new XunitException("state failed: " + result.Stderr);
    }

    public string StatusWord => (string)State()["status"]!;

    /// <summary>A line of /proc/PID/status, without its name.</summary>
    public string Status(string name) => Status(Pid)[name];

    public static IReadOnlyDictionary<string, string> Status(int pid) =>
        File.ReadAllLines("/proc/" + pid + "/status").Select(l => l.Split(':', 2)).ToDictionary(p => p[0], p => p[1].Trim());

    /// <summary>The mounts that the container has.</summary>
    public IReadOnlyList<MountInfo> MountInfo() => Fixtures.MountInfo.Read(Pid);

    /// <summary>The mount on top of those at a path of the container.</summary>
    public MountInfo MountAt(string target) =>
        MountInfo().LastOrDefault(m => m.Target == target) ?? throw new XunitException("nothing is mounted at " + target + ", only at " + string.Join(", ", MountInfo().Select(m => m.Target)));

    /// <summary>The path by which the host sees a file of the container.</summary>
    public string PathOf(string path) => "/proc/" + Pid + "/root" + path;

    public Container WaitForExit()
    {
        int pid = Pid;
        Machine.Eventually(() => !Machine.IsAlive(pid), "end of the container's process " + pid);
        return this;
    }

    /// <summary>Waits until the program has written a line with that text.</summary>
    public Container WaitForOutput(string text)
    {
        Machine.Eventually(() => Stdout.Contains(text, StringComparison.Ordinal), "output '" + text + "'");
        return this;
    }

    /// <summary>The container's directories in all hierarchies that exist now.</summary>
    public IReadOnlyList<string> Cgroups() =>
        [.. Machine.CgroupHierarchies.Select(m => m.Target + "/" + Bundle.Name).Where(Directory.Exists)];

    /// <summary>What there still is of the container outside its bundle.</summary>
    public IReadOnlyList<string> Leftovers()
    {
        var left = new List<string>();
        if (Directory.Exists(StateDirectory))
            left.Add(StateDirectory);
        left.AddRange(Cgroups());
        left.AddRange(Fixtures.MountInfo.Read("self").Where(m => m.Target.StartsWith(Bundle.Path + "/", StringComparison.Ordinal) && !HostMount.Made(m.Target)).Select(m => "mount at " + m.Target));
        if (_pid is { } pid && Machine.IsAlive(pid))
            left.Add("process " + pid);
        return left;
    }

    public void Dispose()
    {
        CommandResult result = Delete(force: true);
        IReadOnlyList<string> left = Leftovers();
        if (_pid is { } pid && left.Contains("process " + pid))
            Machine.Kill(pid);
        if (left.Count > 0)
            throw new XunitException("after delete --force there is left: " + string.Join(", ", left) + "; " + result.Stderr);
    }

    private CommandResult Launch(string[] args)
    {
        Bundle.Save();
        _creator = Bundle.Lade.Start("", args);
        return _creator.Wait(Bundle.Lade.Timeout);
    }
}
