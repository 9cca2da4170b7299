using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;

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

    /// <summary>Opened for appending.</summary>
    public static HookOutput Open(Spec spec, string bundle)
    {
        (string? stdout, string? stderr) = ContainerHooks.OutputPaths(spec, bundle);
        return new HookOutput(Open(stdout), Open(stderr));
    }

    /// <summary>Adds the open files for the hooks that `init` runs.</summary>
    public static void Open(Spec spec, string bundle, Dictionary<Slot, Fd> slots)
    {
        if (!ContainerHooks.Any(spec.Hooks))
            return;
        (string? stdout, string? stderr) = ContainerHooks.OutputPaths(spec, bundle);
        if (Open(stdout) is { } output)
            slots.Add(ContainerHooks.Stdout, output);
        if (Open(stderr) is { } errors)
            slots.Add(ContainerHooks.Stderr, errors);
    }

    public void Dispose()
    {
        Stdout?.Dispose();
        Stderr?.Dispose();
    }

    private static Fd? Open(string? path) => path is null ? null : Files.Open(path, Libc.O_CREAT | Libc.O_WRONLY | Libc.O_APPEND, 0b110_000_000);
}
