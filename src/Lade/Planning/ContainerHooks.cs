using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>The container state passed to the hooks of each list.</summary>
internal sealed record HookStates(SetHookState Creating, SetHookState Created)
{
    /// <summary>For a container without hooks.</summary>
    public static HookStates None { get; } = new(new SetHookState("", "", ""), new SetHookState("", "", ""));
}

/// <summary>
/// The hooks that `init` runs in the container's namespaces: createContainer and startContainer. The others run on the host side (HostHooks).
/// </summary>
internal static class ContainerHooks
{
    /// <summary>Open files of HookOutput.</summary>
    public static Slot Stdout => new("hooks/stdout");

    /// <inheritdoc cref="Stdout"/>
    public static Slot Stderr => new("hooks/stderr");

    public static bool Any(HooksSpec hooks) => hooks.CreateContainer.Count + hooks.StartContainer.Count > 0;

    /// <summary>Files that the annotations redirect hook output to. Relative paths start at the bundle.</summary>
    public static (string? Stdout, string? Stderr) OutputPaths(Spec spec, string bundle)
    {
        (string? stdout, string? stderr) = RunOciAnnotations.HookOutput(spec);
        return (Absolute(bundle, stdout), Absolute(bundle, stderr));
    }

    private static string? Absolute(string bundle, string? path) => path is null || path.StartsWith('/') ? path : bundle + "/" + path;

    /// <summary>Redirects the output of both lists; without the annotations it goes to the error message of a failing hook.</summary>
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

    /// <summary>Host programs in the container's namespaces. They get nothing of lade's own environment: the container may be able to read it.</summary>
    public static IEnumerable<Operation> CreateContainer(HooksSpec hooks, HookStates states) =>
        Plan("createContainer", hooks.CreateContainer, states.Creating, [], null);

    /// <summary>
    /// Programs from the image, and therefore under the image author's control: they get exactly what the container's program gets (user, capabilities,
    /// no_new_privs, filter, label, environment).
    /// </summary>
    /// <param name="confinement">Restrictions that `init` is not under yet.</param>
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
