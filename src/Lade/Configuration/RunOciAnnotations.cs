using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>
/// The annotations <c>run.oci.*</c> that change what lade does, as crun and Podman know them. Each lets who writes config.json do something that the
/// specification has no property for; docs/guide.md says what is dangerous about it.
/// </summary>
internal static class RunOciAnnotations
{
    public const string SeccompReceiver = "run.oci.seccomp.receiver";
    public const string SeccompBpfData = "run.oci.seccomp_bpf_data";
    public const string HooksStdout = "run.oci.hooks.stdout";
    public const string HooksStderr = "run.oci.hooks.stderr";
    public const string DelegateCgroup = "run.oci.delegate-cgroup";
    public const string HandlerName = "run.oci.handler";
    private const string SeccompFailUnknown = "run.oci.seccomp_fail_unknown_syscall";
    private const string KeepGroups = "run.oci.keep_original_groups";
    private const string MountContext = "run.oci.mount_context_type";
    private const string Receiver = "run.oci.pidfd_receiver";

    /// <summary>Mount options that carry a label; the first is the default.</summary>
    private const string ContextTypes = "context fscontext defcontext rootcontext";

    /// <summary>The program keeps the supplementary groups of lade's caller.</summary>
    public static bool KeepsGroups(Spec spec) => IsOn(spec, KeepGroups);

    /// <summary>A name in the seccomp profile that no architecture has is an error.</summary>
    public static bool FailsOnUnknownCalls(Spec spec) => IsOn(spec, SeccompFailUnknown);

    /// <summary>A seccomp program in base64 that takes the place of the profile's; null without one.</summary>
    public static string? SeccompProgram(Spec spec) => Find(spec, SeccompBpfData);

    /// <summary>Socket that gets a pidfd of the container's process.</summary>
    public static string? PidfdReceiver(Spec spec) => Find(spec, Receiver);

    /// <summary>Files to which hooks write.</summary>
    public static (string? Stdout, string? Stderr) HookOutput(Spec spec) => (Find(spec, HooksStdout), Find(spec, HooksStderr));

    /// <summary>Name of the sub-cgroup that the container manages itself.</summary>
    public static string? DelegatedCgroup(Spec spec) => Find(spec, DelegateCgroup);

    /// <summary>What else than a container the program is to run in: a virtual machine (<c>krun</c>), an engine for WebAssembly.</summary>
    public static string? Handler(Spec spec) => Find(spec, HandlerName);

    /// <summary>The mount option that carries linux.mountLabel.</summary>
    public static string MountContextType(Spec spec) => Find(spec, MountContext) ?? WordList.At(ContextTypes, 0);

    public static JsonPointer PointerTo(string annotation) => JsonPointer.Of("annotations").At(annotation);

    public static void Validate(Spec spec, List<ConfigProblem> problems)
    {
        if (Find(spec, MountContext) is { } type && !WordList.Contains(ContextTypes, type))
            problems.Add(PointerTo(MountContext), JsonObjectReader.Quote(type) + " is no kind of context; allowed are " + WordList.Describe(ContextTypes));
    }

    private static bool IsOn(Spec spec, string name) => Find(spec, name) == "1";

    /// <summary>An empty value is none.</summary>
    private static string? Find(Spec spec, string name) => spec.Annotations.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}
