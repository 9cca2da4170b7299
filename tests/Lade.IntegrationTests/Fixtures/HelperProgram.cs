using System;
using System.Collections.Concurrent;
using System.IO;
using System.Threading;
using Xunit;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>A small program in C for what busybox cannot do in a container. Each is compiled once per test run; without a compiler the test is skipped.</summary>
public static class HelperProgram
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_compiled = new();

    private static int s_count;

    /// <summary>Puts the program into the bundle's /bin.</summary>
    public static Bundle Program(this Bundle bundle, string name, string source)
    {
        Assert.SkipWhen(Machine.Sh("command -v musl-gcc || true").Length == 0, "needs musl-gcc for a static program");
        string compiled = s_compiled.GetOrAdd(source, s => new Lazy<string>(() => Compile(name, s))).Value;
        Machine.HardLink(compiled, bundle.Rootfs + "/bin/" + name);
        return bundle;
    }

    private static string Compile(string name, string source)
    {
        // Two programs may have one name.
        string path = Path.GetTempPath() + "lade-test-" + Environment.ProcessId + "-" + Interlocked.Increment(ref s_count) + "-" + name;
        File.WriteAllText(path + ".c", source);
        Machine.Sh($"musl-gcc -static -O1 -o '{path}' '{path}.c'");
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            File.Delete(path);
            File.Delete(path + ".c");
        };
        return path;
    }
}
