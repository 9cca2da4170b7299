using System;
using System.Collections.Concurrent;
using System.Linq;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>A mount on the host inside a test's own directory, detached at the end with all below it.</summary>
public sealed class HostMount : IDisposable
{
    private static readonly ConcurrentDictionary<string, bool> s_paths = [];

    /// <param name="arguments">Of mount(8), besides the target.</param>
    public HostMount(string target, string arguments)
    {
        Path = target;
        s_paths[target] = true;
        Machine.Sh($"mkdir -p '{target}' && mount {arguments} '{target}'");
    }

    public string Path { get; }

    public static HostMount Tmpfs(string target, string options = "rw") => new(target, "-t tmpfs -o " + options + " tmpfs");

    /// <summary>The directory itself becomes a mount, whose mounts are seen by its copies.</summary>
    public static HostMount Shared(string target)
    {
        var mount = new HostMount(target, $"--bind '{target}'");
        Machine.Sh($"mount --make-shared '{target}'");
        return mount;
    }

    /// <summary>True when that mount is a test's own doing.</summary>
    public static bool Made(string path) => s_paths.Keys.Any(p => path == p || path.StartsWith(p + "/", StringComparison.Ordinal));

    public void Dispose() => Machine.Sh($"umount --recursive '{Path}'");
}
