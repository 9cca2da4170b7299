using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;
using Lade.State;

namespace Lade.Hooks;

/// <summary>Runs hooks in the runtime's namespaces: prestart, createRuntime, poststart, poststop. They receive the state on stdin (config.md "POSIX-platform Hooks").</summary>
internal static class HostHooks
{
    /// <summary>Runs a list in order, up to the first failure.</summary>
    /// <param name="list">Its name in config.json: <c>prestart</c>.</param>
    /// <exception cref="LadeException">A hook failed: <c>error running prestart hook #0: exit status 1, stdout: , stderr: </c>.</exception>
    public static void Run(string list, IReadOnlyList<HookSpec> hooks, Spec spec, StateDocument container)
    {
        if (hooks.Count == 0)
            return;
        using HookOutput output = HookOutput.Open(spec, container.State.Bundle);
        for (int i = 0; i < hooks.Count; i++)
            Run(list, i, hooks[i], container.ToHookJson().Span, output);
    }

    /// <summary>Runs all poststop hooks; failures are warnings (runtime.md "Lifecycle", step 13).</summary>
    public static void RunPoststop(Spec spec, ContainerState state, Log log)
    {
        IReadOnlyList<HookSpec> hooks = spec.Hooks.Poststop;
        if (hooks.Count == 0)
            return;
        using HookOutput output = HookOutput.Open(spec, state.Bundle);
        for (int i = 0; i < hooks.Count; i++)
        {
            try
            {
                Run("poststop", i, hooks[i], StateDocument.From(state, ContainerStatus.Stopped).ToHookJson().Span, output);
            }
            catch (LadeException e)
            {
                log.Warning(e.FullMessage);
            }
        }
    }

    private static void Run(string list, int index, HookSpec hook, ReadOnlySpan<byte> state, HookOutput output)
    {
        string prefix = "error running " + list + " hook #" + index + ": ";
        JsonPointer origin = JsonPointer.Of("hooks", list, index);
        ProgramResult result;
        try
        {
            result = Programs.Run(
                hook.Path, hook.Args.Count > 0 ? hook.Args : [hook.Path], hook.Env ?? HostEnvironment(), state, hook.Timeout ?? 0, output.Stdout, output.Stderr);
        }
        catch (LadeException e)
        {
            throw new LadeException(origin, prefix + e.FullMessage) { ExitCode = e.ExitCode };
        }

        if (result.TimedOut)
            throw new LadeException(origin, prefix + "hook ran past specified timeout of " + hook.Timeout + ".0s");
        if (result.Status.Raw != 0)
            throw new LadeException(origin, prefix + result.Status + ", stdout: " + result.Stdout + ", stderr: " + result.Stderr);
    }

    /// <summary>The environment of a hook without <c>env</c>.</summary>
    public static IReadOnlyList<string> HostEnvironment()
    {
        var result = new List<string>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            result.Add(variable.Key + "=" + variable.Value);
        return result;
    }
}

/// <summary>Files for the output of hooks (annotations <c>run.oci.hooks.stdout</c> and <c>stderr</c>); without them its tail is kept for error messages.</summary>
internal sealed record HookOutput(Fd? Stdout, Fd? Stderr) : IDisposable
{
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
