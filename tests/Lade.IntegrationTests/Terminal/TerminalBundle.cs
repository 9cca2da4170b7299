using System;
using System.Diagnostics;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using Xunit;
using Xunit.Sdk;
using ChildProcess = System.Diagnostics.Process;

namespace Lade.IntegrationTests.Terminal;

/// <summary>
/// The bundle that `lade spec` writes, with a root file system of busybox, in a directory that also holds lade's state. Tests say what they do with it in a shell
/// script, because only a shell can hand a terminal or a closed descriptor to lade. $run is `lade run` of the bundle's container, $lade the program with its state.
/// </summary>
internal sealed class TerminalBundle : IDisposable
{
    private const string Busybox = "/bin/busybox";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static int s_number;

    private readonly JsonNode _config;

    public TerminalBundle()
    {
        Skip.IfNot(Environment.UserName == "root" && File.Exists(Busybox), "needs root and a static busybox");
        Name = "lade-tty-" + Environment.ProcessId + "-" + Interlocked.Increment(ref s_number);
        Path = Directory.CreateTempSubdirectory(Name).FullName;
        foreach (string directory in (string[])["bin", "dev", "etc", "proc", "sys", "tmp"])
            Directory.CreateDirectory(Path + "/rootfs/" + directory);
        File.Copy(Busybox, Path + "/rootfs/bin/busybox");
        foreach (string applet in Sh(Busybox + " --list; $lade spec").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (applet != "busybox")
                File.CreateSymbolicLink(Path + "/rootfs/bin/" + applet, "busybox");
        }

        _config = JsonNode.Parse(File.ReadAllText(Path + "/config.json"))!;
        _config["linux"]!["cgroupsPath"] = "/" + Name;
    }

    /// <summary>Id and cgroup of the container.</summary>
    public string Name { get; }

    /// <summary>Directory of the bundle; scripts run in it.</summary>
    public string Path { get; }

    private static string Program => Environment.GetEnvironmentVariable("LADE") is { Length: > 0 } given ? System.IO.Path.GetFullPath(given) : Built();

    public TerminalBundle Args(params string[] args)
    {
        var array = new JsonArray();
        foreach (string arg in args)
            array.Add((JsonNode)arg);
        _config["process"]!["args"] = array;
        return Save();
    }

    /// <summary>The program is a shell with this script.</summary>
    public TerminalBundle Script(string script) => Args("sh", "-c", script);

    public TerminalBundle WithoutTerminal()
    {
        _config["process"]!["terminal"] = false;
        return Save();
    }

    public TerminalBundle ConsoleSize(int height, int width)
    {
        _config["process"]!["consoleSize"] = new JsonObject { ["height"] = height, ["width"] = width };
        return Save();
    }

    public TerminalBundle WithoutPidNamespace()
    {
        JsonArray namespaces = _config["linux"]!["namespaces"]!.AsArray();
        for (int i = namespaces.Count - 1; i >= 0; i--)
        {
            if ((string)namespaces[i]!["type"]! == "pid")
                namespaces.RemoveAt(i);
        }

        return Save();
    }

    /// <summary>Runs a script and gives all that it and its descendants print.</summary>
    public string Sh(string script)
    {
        using ChildProcess process = ChildProcess.Start(Shell(script))!;
        process.StandardInput.Close();
        System.Threading.Tasks.Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!output.Wait(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new XunitException("not ended after " + s_patience.TotalSeconds + " s: " + script);
        }

        process.WaitForExit();
        return output.Result;
    }

    /// <summary>A shell that runs the script with standard output and error in one pipe.</summary>
    public ProcessStartInfo Shell(string script)
    {
        var start = new ProcessStartInfo("/bin/bash") { WorkingDirectory = Path, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec 2>&1\n" + Prelude + script);
        return start;
    }

    /// <summary>What a script on a terminal needs to be told first.</summary>
    public string Prelude => "lade='" + Program + " --root " + Path + "/state'\nrun=\"$lade run " + Name + "\"\nid=" + Name + "\n";

    public void Dispose()
    {
        Sh("$lade delete --force $id; rm -rf --one-file-system '" + Path + "'");
    }

    private static string Built()
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = System.IO.Path.GetDirectoryName(at))
        {
            if (File.Exists(at + "/artifacts/lade"))
                return at + "/artifacts/lade";
        }

        throw new XunitException("no artifacts/lade above " + AppContext.BaseDirectory + ": run scripts/build, or set LADE");
    }

    private TerminalBundle Save()
    {
        File.WriteAllText(Path + "/config.json", _config.ToJsonString());
        return this;
    }
}
