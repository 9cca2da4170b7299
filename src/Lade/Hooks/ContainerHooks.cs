using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Hooks;

/// <summary>The hooks that run inside the container's namespaces, by `init`: createContainer and startContainer. The others are the host side's (HostHooks).</summary>
internal static class ContainerHooks
{
    /// <summary>Open files of <see cref="HookOutput"/>.</summary>
    public static Slot Stdout => new("hooks/stdout");

    /// <inheritdoc cref="Stdout"/>
    public static Slot Stderr => new("hooks/stderr");

    public static bool Any(HooksSpec hooks) => hooks.CreateContainer.Count + hooks.StartContainer.Count > 0;

    /// <summary>Where the hooks of both lists write to; nothing when that is a message's business.</summary>
    public static IEnumerable<Operation> Output(Spec spec, string bundle)
    {
        if (!Any(spec.Hooks))
            yield break;
        (string? stdout, string? stderr) = HookOutput.PathsOf(spec, bundle);
        if (stdout is not null)
            yield return new SetHookOutput(Stdout, 1, stdout) { Origin = RunOciAnnotations.PointerTo(RunOciAnnotations.HooksStdout) };
        if (stderr is not null)
            yield return new SetHookOutput(Stderr, 2, stderr) { Origin = RunOciAnnotations.PointerTo(RunOciAnnotations.HooksStderr) };
    }

    /// <summary>Programs of the host in the container's namespaces. Nothing of the environment of lade's caller: the container may be able to look.</summary>
    public static IEnumerable<Operation> CreateContainer(HooksSpec hooks, HostFacts host) =>
        Plan("createContainer", hooks.CreateContainer, host.HookState.Creating, host, [], null);

    /// <summary>
    /// Programs of the image: whoever made it decides what runs, so they have what the container's program has and nothing else (its user, capabilities,
    /// no_new_privs, filter, label, environment).
    /// </summary>
    /// <param name="confinement">What `init` itself is not under yet.</param>
    public static IEnumerable<Operation> StartContainer(HooksSpec hooks, HostFacts host, HookConfinement? confinement) =>
        Plan("startContainer", hooks.StartContainer, host.HookState.Created, host, null, confinement);

    private static IEnumerable<Operation> Plan(
        string list, IReadOnlyList<HookSpec> hooks, string stateHead, HostFacts host, IReadOnlyList<string>? environment, HookConfinement? confinement)
    {
        for (int i = 0; i < hooks.Count; i++)
        {
            yield return new RunHook(list, i, hooks[i].Path)
            {
                Args = hooks[i].Args,
                Env = hooks[i].Env ?? environment,
                Confinement = confinement,
                Timeout = hooks[i].Timeout ?? 0,
                StateHead = stateHead,
                StateTail = host.HookState.Tail,
                Origin = JsonPointer.Of("hooks", list, i),
            };
        }
    }
}
