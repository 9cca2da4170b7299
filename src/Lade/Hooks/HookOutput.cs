using System;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Hooks;

/// <summary>Files that get what hooks print (annotations <c>run.oci.hooks.stdout</c> and <c>stderr</c>); without them the end of it is kept for a message.</summary>
internal sealed class HookOutput : IDisposable
{
    private HookOutput(Fd? stdout, Fd? stderr)
    {
        Stdout = stdout;
        Stderr = stderr;
    }

    public Fd? Stdout { get; }

    public Fd? Stderr { get; }

    /// <summary>Opened for appending; a relative path starts at the bundle.</summary>
    public static HookOutput Open(Spec spec, string bundle)
    {
        (string? stdout, string? stderr) = RunOciAnnotations.HookOutput(spec);
        return new HookOutput(Open(stdout, bundle), Open(stderr, bundle));
    }

    public void Dispose()
    {
        Stdout?.Dispose();
        Stderr?.Dispose();
    }

    private static Fd? Open(string? path, string bundle) =>
        path is null ? null : Files.Open(path.StartsWith('/') ? path : bundle + "/" + path, Libc.O_CREAT | Libc.O_WRONLY | Libc.O_APPEND, 0b110_000_000);
}
