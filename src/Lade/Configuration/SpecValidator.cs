using System;
using System.Collections.Generic;

namespace Lade.Configuration;

/// <summary>
/// What properties of a configuration must say about each other and about their own syntax, as far as the document alone can tell; nothing here asks
/// the system. Every problem is reported. A value that <see cref="SpecReader"/> could not read (an empty required string, an enum of -1) was reported
/// there and is passed over, or reported again at the same place, which the reader drops.
/// </summary>
internal static partial class SpecValidator
{
    /// <summary>The major version of the runtime-spec that lade implements.</summary>
    private const string Major = "1";

    public static void Validate(Spec spec, List<ConfigProblem> problems)
    {
        if (spec.OciVersion.Length > 0)
            ValidateVersion(spec.OciVersion, problems);
        ValidateRoot(spec.Root, JsonPointer.Of("root"), problems);
        for (int i = 0; i < spec.Mounts.Count; i++)
            ValidateMount(spec.Mounts[i], spec.Linux, JsonPointer.Of("mounts", i), problems);
        ValidateOwnMounts(spec, problems);
        if (spec.Process is not null)
            ValidateProcess(spec.Process, JsonPointer.Of("process"), problems);
        ValidateHostName(spec.Hostname, spec, JsonPointer.Of("hostname"), problems);
        ValidateHostName(spec.Domainname, spec, JsonPointer.Of("domainname"), problems);
        ValidateHooks(spec.Hooks, problems);
        ValidateCreateContainer(spec, problems);
        ValidateAnnotations(spec.Annotations, problems);
        RunOciAnnotations.Validate(spec, problems);
        if (spec.Linux is not null)
            ValidateLinux(spec.Linux, problems);
        // Against a broken map every id would be a second problem.
        if (spec.Process is not null && spec.Makes(NamespaceType.User) && !HasProblemIn(problems, "/linux/uidMappings", "/linux/gidMappings"))
            ValidateMappedUser(spec.Process.User, spec.Linux!, JsonPointer.Of("process", "user"), problems);
    }

    /// <summary>config.md "Root": required on Linux.</summary>
    private static void ValidateRoot(RootSpec? root, JsonPointer at, List<ConfigProblem> problems)
    {
        if (root is null)
            problems.Add(at, "is missing; an object with the path of the root filesystem is required");
        else if (root.Path.Length == 0)
            problems.Add(at.At("path"), "is empty; a path, absolute or relative to the bundle, is required");
    }

    private static bool HasProblemIn(List<ConfigProblem> problems, string first, string second)
    {
        foreach (ConfigProblem problem in problems)
        {
            if (problem.Pointer.ToString().StartsWith(first, StringComparison.Ordinal) || problem.Pointer.ToString().StartsWith(second, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    /// <summary>SemVer 2.0.0. Any 1.x is taken: unknown properties of a later minor version are to be ignored, and values lade does not know are errors by themselves.</summary>
    private static void ValidateVersion(string version, List<ConfigProblem> problems)
    {
        if (!SemanticVersion.TryMajor(version, out ReadOnlySpan<char> major))
            problems.Add(JsonPointer.Of("ociVersion"), JsonObjectReader.Quote(version) + " is no semantic version; one such as 1.3.0 is required");
        else if (!major.SequenceEqual(Major))
            problems.Add(JsonPointer.Of("ociVersion"), JsonObjectReader.Quote(version) + " is a version that lade does not implement; any 1.x is allowed");
    }

    /// <summary>config.md "Hostname" and "Domainname".</summary>
    private static void ValidateHostName(string? name, Spec spec, JsonPointer at, List<ConfigProblem> problems)
    {
        const int MaxLength = 64; // __NEW_UTS_LEN
        if (name is null)
            return;
        // Without one the name would be the host's.
        if (!spec.Has(NamespaceType.Uts))
            problems.Add(at, "needs a uts namespace; list one in /linux/namespaces");
        if (System.Text.Encoding.UTF8.GetByteCount(name) > MaxLength)
            problems.Add(at, "is longer than the kernel takes; " + MaxLength + " bytes are allowed");
    }

    /// <summary>Hooks of the operator's run in the container's namespaces with the operator's rights: nobody who is there before may choose, or take over, what runs.</summary>
    private static void ValidateCreateContainer(Spec spec, List<ConfigProblem> problems)
    {
        if (spec.Hooks.CreateContainer.Count == 0)
            return;
        JsonPointer at = JsonPointer.Of("hooks", "createContainer");
        if (spec.PathOf(NamespaceType.Mount) is not null)
            problems.Add(at, "cannot be used with a mount namespace that is joined: who is in it decides what stands at the hook's path; createRuntime hooks are allowed");
        if (spec.PathOf(NamespaceType.Pid) is not null && spec.Has(NamespaceType.User))
            problems.Add(at, "cannot be used with a user namespace and a pid namespace that is joined: who is in it could trace the hook; createRuntime hooks are allowed");
    }

    private static void ValidateHooks(HooksSpec hooks, List<ConfigProblem> problems)
    {
        ValidateHooks(hooks.Prestart, "prestart", problems);
        ValidateHooks(hooks.CreateRuntime, "createRuntime", problems);
        ValidateHooks(hooks.CreateContainer, "createContainer", problems);
        ValidateHooks(hooks.StartContainer, "startContainer", problems);
        ValidateHooks(hooks.Poststart, "poststart", problems);
        ValidateHooks(hooks.Poststop, "poststop", problems);
    }

    /// <summary>config.md "POSIX-platform Hooks": paths are absolute.</summary>
    private static void ValidateHooks(IReadOnlyList<HookSpec> hooks, string list, List<ConfigProblem> problems)
    {
        for (int i = 0; i < hooks.Count; i++)
        {
            HookSpec hook = hooks[i];
            JsonPointer at = JsonPointer.Of("hooks", list, i);
            ValidateAbsolute(hook.Path, at, "path", problems);
            ValidateEnvironment(hook.Env ?? [], at, problems);
        }
    }

    /// <summary>config.md "Annotations": keys are not empty.</summary>
    private static void ValidateAnnotations(IReadOnlyDictionary<string, string> annotations, List<ConfigProblem> problems)
    {
        if (annotations.ContainsKey(""))
            problems.Add(JsonPointer.Of("annotations").At(""), "has an empty name; a name with at least one character is required");
    }

    private static bool IsAbsolute(string path) => path.Length > 0 && path[0] == '/';

    private static void ValidateAbsolute(string path, JsonPointer at, string name, List<ConfigProblem> problems)
    {
        if (!IsAbsolute(path))
            AddNotAbsolute(path, at.At(name), problems);
    }

    private static void ValidateAbsolute(IReadOnlyList<string> paths, JsonPointer at, List<ConfigProblem> problems)
    {
        for (int i = 0; i < paths.Count; i++)
        {
            if (!IsAbsolute(paths[i]))
                AddNotAbsolute(paths[i], at.At(i), problems);
        }
    }

    private static void AddNotAbsolute(string path, JsonPointer at, List<ConfigProblem> problems) =>
        problems.Add(at, JsonObjectReader.Quote(path) + " is no absolute path; a path that begins with / is required");

    /// <summary>environ(7). The value may be a secret, so the text is not shown.</summary>
    private static void ValidateEnvironment(IReadOnlyList<string> env, JsonPointer at, List<ConfigProblem> problems)
    {
        for (int i = 0; i < env.Count; i++)
        {
            int equals = env[i].IndexOf('=');
            if (equals < 0)
                problems.Add(at.At("env").At(i), "has no '='; NAME=VALUE is required");
            else if (equals == 0)
                problems.Add(at.At("env").At(i), "has an empty name; NAME=VALUE is required");
        }
    }

    private static bool Contains(IReadOnlyList<string> list, string value)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] == value)
                return true;
        }

        return false;
    }
}
