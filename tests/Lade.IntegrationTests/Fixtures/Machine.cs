using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Mono.Unix.Native;
using Xunit;
using Xunit.Sdk;
using ChildProcess = System.Diagnostics.Process;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>What tests ask of the machine, and look at on it.</summary>
public static partial class Machine
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);

    /// <summary>Skips the test where containers with all their parts cannot be made.</summary>
    public static void NeedsRoot() => Assert.SkipUnless(Syscall.geteuid() == 0 && File.ReadAllText("/proc/self/uid_map").TrimEnd().EndsWith("4294967295", StringComparison.Ordinal), "needs root of the initial user namespace");

    public static void NeedsFile(string path) => Assert.SkipUnless(Path.Exists(path), "needs " + path);

    public static void NeedsCgroup1() => Assert.SkipUnless(CgroupHierarchies.Any(m => m.Type == "cgroup"), "needs cgroup v1 hierarchies");

    /// <summary>All mounts of cgroup hierarchies.</summary>
    public static IReadOnlyList<MountInfo> CgroupHierarchies { get; } = [.. MountInfo.Read("self").Where(m => m.Type is "cgroup" or "cgroup2")];

    /// <summary>Runs a host command that has to succeed.</summary>
    public static string Sh(string script)
    {
        var start = new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardOutput = true };
        using ChildProcess process = ChildProcess.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.TrimEnd('\n') : throw new XunitException("`" + script + "` failed: " + process.ExitCode);
    }

    /// <summary>Kind, device number (hexadecimal), mode and owner of a file, as in `character special file 1:3 666 0:0`.</summary>
    public static string Stat(string path) => Sh("stat -c '%F %t:%T %a %u:%g' '" + path + "'");

    /// <summary>True when the process holds a capability.</summary>
    public static bool HasCapability(int number) =>
        (Convert.ToUInt64(Container.Status(Environment.ProcessId)["CapEff"], 16) & (1UL << number)) != 0;

    /// <summary>Waits for something that happens soon, or fails.</summary>
    public static void Eventually(Func<bool> condition, string what)
    {
        // Long, because a busy machine can take seconds for what takes milliseconds.
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > s_soon)
                throw new XunitException("not within " + s_soon.TotalSeconds + " s: " + what);
            Thread.Sleep(1);
        }
    }

    /// <summary>A file of /proc/PID; empty when the process has ended meanwhile.</summary>
    public static string Proc(int pid, string file)
    {
        try
        {
            return File.ReadAllText("/proc/" + pid + "/" + file);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>False for a zombie: nobody but its parent can end that.</summary>
    public static bool IsAlive(int pid)
    {
        try
        {
            string stat = File.ReadAllText("/proc/" + pid + "/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    public static string NamespaceOf(int pid, string name) => new FileInfo("/proc/" + pid + "/ns/" + name).LinkTarget!;

    public static string OwnNamespace(string name) => NamespaceOf(Environment.ProcessId, name);

    public static void HardLink(string existing, string path)
    {
        if (Syscall.link(existing, path) != 0)
            throw new IOException("link " + path + ": " + Stdlib.GetLastError());
    }

    /// <summary>Removes a directory with everything in it, also what Directory.Delete stumbles over: names that are not UTF-8, device nodes.</summary>
    public static void RemoveTree(string path) => Sh("rm -rf --one-file-system '" + path + "'");

    /// <summary>Two files take each other's name in one step: renameat2(2) with RENAME_EXCHANGE.</summary>
    public static void Exchange(string one, string other)
    {
        const int AT_FDCWD = -100;
        const uint RENAME_EXCHANGE = 2;
        if (Libc.Renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) != 0)
            throw new IOException("exchange " + one + ": errno " + Marshal.GetLastPInvokeError());
    }

    public static void Kill(int pid) => _ = Syscall.kill(pid, Signum.SIGKILL);

    /// <summary>What Mono.Unix.Native lacks.</summary>
    private static partial class Libc
    {
        [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial int Renameat2(int oldDirectory, string oldPath, int newDirectory, string newPath, uint flags);
    }
}
