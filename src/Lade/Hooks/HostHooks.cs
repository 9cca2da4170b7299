using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Hooks;

/// <summary>The hooks that run in the runtime's namespaces: prestart, createRuntime, poststart, poststop. They get the state on stdin (config.md "POSIX-platform Hooks").</summary>
internal static class HostHooks
{
    /// <summary>Runs a list in order; the first failure ends it.</summary>
    /// <param name="list">Name in config.json: <c>prestart</c>.</param>
    /// <exception cref="LadeException">A hook failed: <c>error running prestart hook #0: exit status 1, stdout: , stderr: </c>.</exception>
    public static void Run(string list, IReadOnlyList<HookSpec> hooks, ReadOnlySpan<byte> state, HookOutput? output = null)
    {
        for (int i = 0; i < hooks.Count; i++)
            Run(list, i, hooks[i], state, output);
    }

    /// <summary>Runs every hook of a list even if one fails; failures become warnings (runtime.md "Lifecycle", step 13).</summary>
    public static void RunAll(string list, IReadOnlyList<HookSpec> hooks, ReadOnlySpan<byte> state, Log log, HookOutput? output = null)
    {
        for (int i = 0; i < hooks.Count; i++)
        {
            try
            {
                Run(list, i, hooks[i], state, output);
            }
            catch (LadeException e)
            {
                log.Warning(e.Description);
            }
        }
    }

    private static void Run(string list, int index, HookSpec hook, ReadOnlySpan<byte> state, HookOutput? output)
    {
        string context = "error running " + list + " hook #" + index + ": ";
        JsonPointer origin = JsonPointer.Of("hooks", list, index);
        ProgramResult result;
        try
        {
            result = Programs.Run(hook.Path, hook.Args.Count > 0 ? hook.Args : [hook.Path], hook.Env ?? HostEnvironment(), state, hook.Timeout ?? 0, output?.Stdout, output?.Stderr);
        }
        catch (LadeException e)
        {
            throw new LadeException(origin, context + e.Description) { ExitCode = e.ExitCode };
        }

        if (result.TimedOut)
            throw new LadeException(origin, context + "hook ran past specified timeout of " + hook.Timeout + ".0s");
        if (result.Status.Raw != 0)
            throw new LadeException(origin, context + result.Status + ", stdout: " + result.Stdout + ", stderr: " + result.Stderr);
    }

    /// <summary>What a hook without <c>env</c> gets.</summary>
    public static IReadOnlyList<string> HostEnvironment()
    {
        var result = new List<string>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            result.Add(variable.Key + "=" + variable.Value);
        return result;
    }
}
