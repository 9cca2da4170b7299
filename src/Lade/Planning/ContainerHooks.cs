using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>What the hooks of each list are told about the container.</summary>
internal sealed record HookStates(SetHookState Creating, SetHookState Created)
{
    /// <summary>Of a container without hooks.</summary>
    public static HookStates None { get; } = new(new SetHookState("", "", ""), new SetHookState("", "", ""));
}

/// <summary>The hooks that run inside the container's namespaces, by `init`: createContainer and startContainer. The others are the host side's (HostHooks).</summary>
internal static class ContainerHooks
{
    /// <summary>Open files of HookOutput.</summary>
    public static Slot Stdout => new("hooks/stdout");

    /// <inheritdoc cref="Stdout"/>
    public static Slot Stderr => new("hooks/stderr");

    public static bool Any(HooksSpec hooks) => hooks.CreateContainer.Count + hooks.StartContainer.Count > 0;

    /// <summary>Where the annotations send what hooks print. A relative path starts at the bundle.</summary>
    public static (string? Stdout, string? Stderr) OutputPaths(Spec spec, string bundle)
    {
        (string? stdout, string? stderr) = RunOciAnnotations.HookOutput(spec);
        return (Below(bundle, stdout), Below(bundle, stderr));
    }

    private static string? Below(string bundle, string? path) => path is null || path.StartsWith('/') ? path : bundle + "/" + path;

    /// <summary>Where the hooks of both lists write to; nothing when that is a message's business.</summary>
    public static IEnumerable<Operation> Output(Spec spec, string bundle)
    {
        if (!Any(spec.Hooks))
            yield break;
        (string? stdout, string? stderr) = OutputPaths(spec, bundle);
        if (stdout is not null)
            yield return new SetHookOutput(Stdout, 1, stdout) { Origin = RunOciAnnotations.PointerTo(RunOciAnnotations.HooksStdout) };
        if (stderr is not null)
            yield return new SetHookOutput(Stderr, 2, stderr) { Origin = RunOciAnnotations.PointerTo(RunOciAnnotations.HooksStderr) };
    }

    /// <summary>Programs of the host in the container's namespaces. Nothing of the environment of lade's caller: the container may be able to look.</summary>
    public static IEnumerable<Operation> CreateContainer(HooksSpec hooks, HookStates states) =>
        Plan("createContainer", hooks.CreateContainer, states.Creating, [], null);

    /// <summary>
    /// Programs of the image: whoever made it decides what runs, so they have what the container's program has and nothing else (its user, capabilities,
    /// no_new_privs, filter, label, environment).
    /// </summary>
    /// <param name="confinement">What `init` itself is not under yet.</param>
    public static IEnumerable<Operation> StartContainer(HooksSpec hooks, HookStates states, HookConfinement? confinement) =>
        Plan("startContainer", hooks.StartContainer, states.Created, null, confinement);

    private static IEnumerable<Operation> Plan(string list, IReadOnlyList<HookSpec> hooks, SetHookState state, IReadOnlyList<string>? environment, HookConfinement? confinement)
    {
        if (hooks.Count > 0)
            yield return state with { Origin = JsonPointer.Of("hooks", list) };
        for (int i = 0; i < hooks.Count; i++)
        {
            yield return new RunHook(list, i, hooks[i].Path)
            {
                Args = hooks[i].Args,
                Env = hooks[i].Env ?? environment,
                Confinement = confinement,
                Timeout = hooks[i].Timeout ?? 0,
                Origin = JsonPointer.Of("hooks", list, i),
            };
        }
    }
}
