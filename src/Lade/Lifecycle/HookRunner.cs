using System.Collections.Generic;
using Lade.Configuration;
using Lade.Hooks;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>The hooks that run in the runtime's namespaces: prestart, createRuntime, poststart, poststop (config.md "POSIX-platform Hooks").</summary>
internal static class HookRunner
{
    /// <exception cref="LadeException">One failed; those after it were not run.</exception>
    public static void Run(string list, IReadOnlyList<HookSpec> hooks, Spec spec, StateDocument container)
    {
        if (hooks.Count == 0)
            return;
        using HookOutput output = HookOutput.Open(spec, container.State.Bundle);
        HostHooks.Run(list, hooks, container.ToHookJson().Span, output);
    }

    /// <summary>The poststop hooks. All are run; a failure is a warning.</summary>
    public static void RunPoststop(Spec spec, ContainerState state, Log log)
    {
        if (spec.Hooks.Poststop.Count == 0)
            return;
        using HookOutput output = HookOutput.Open(spec, state.Bundle);
        HostHooks.RunAll("poststop", spec.Hooks.Poststop, StateDocument.From(state, ContainerStatus.Stopped).ToHookJson().Span, log, output);
    }
}
