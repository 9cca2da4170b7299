using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Rootfs;

/// <summary>Inputs of a container's mount plan other than config.json.</summary>
internal sealed record MountInputs
{
    /// <summary>Host root: uid 0 of the initial user namespace.</summary>
    public required bool IsPrivileged { get; init; }

    /// <summary>Absolute path; relative bind sources start there.</summary>
    public required string Bundle { get; init; }

    /// <summary>SELinux can label new file systems.</summary>
    public required bool HasSelinux { get; init; }

    /// <summary>Link targets of <c>copy-symlink</c> bind sources, by source path; sources that are not links are absent.</summary>
    public required IReadOnlyDictionary<string, string> SourceLinks { get; init; }

    /// <summary>Layout of <c>cgroup</c> mounts on this host.</summary>
    public required CgroupMountFacts CgroupMounts { get; init; }

    /// <summary>The container has a cgroup namespace, new or joined.</summary>
    public required bool HasCgroupNamespace { get; init; }

    /// <summary>Propagation set on clones of host mounts before they are attached; None if that of "/" already covers them.</summary>
    public required MountPropagation SourcePropagation { get; init; }

    /// <summary>Host paths can be opened while mounts are made: not in a running container.</summary>
    public required bool HostIsReachable { get; init; }
}

/// <summary>
/// Plans <c>mounts[]</c> in two passes: sources of bind mounts are opened before anything in the container can interfere (and before entering a user namespace,
/// which may not have access to them), then all mounts are attached in list order.
/// </summary>
internal sealed class Mounts
{
    private readonly Spec _spec;
    private readonly MountInputs _inputs;
    private readonly MountOptions[] _options;
    private readonly IdMappedMounts _idMaps;

    public Mounts(Spec spec, MountInputs inputs)
    {
        _spec = spec;
        _inputs = inputs;
        _options = new MountOptions[spec.Mounts.Count];
        for (int i = 0; i < _options.Length; i++)
            _options[i] = MountOptions.Parse(spec.Mounts[i].Options);
        _idMaps = new IdMappedMounts(spec);
    }

    /// <summary>Files in /proc that a bind mount may replace, as lxcfs and Kubernetes do.</summary>
    private static readonly string[] s_replaceableInProc =
    [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg", "/proc/slabinfo",
        "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
    ];

    /// <summary>Clones all bind sources as detached mounts.</summary>
    public IEnumerable<Operation> OpenSources()
    {
        for (int i = 0; i < _options.Length; i++)
        {
            CheckIdMap(i);
            // The host's sysfs without the mounts in it, which can be cloned only before entering the user namespace.
            if (_inputs.IsPrivileged && CanFallBackToHostSysfs(i))
            {
                foreach (Operation operation in CgroupMountPlan.Open(SysfsOf(i), "/sys", _options[i].NewMountAttributes, recursive: false))
                    yield return operation with { Origin = OriginOf(i) };
            }

            if (!_options[i].IsBind || _options[i].IsRemount || LinkCopiedBy(i) is not null)
                continue;
            string source = SourceOf(_spec.Mounts[i]);
            yield return new OpenTree(SlotOf(i), source)
            {
                Recursive = _options[i].IsRecursiveBind,
                NoFollow = _options[i].SourceNoFollow,
                Propagation = _inputs.SourcePropagation,
                Origin = OriginOf(i),
            };
            // Before entering a user namespace, whose root may not ID-map mounts that it does not own.
            if (_idMaps[i] is { } map)
                yield return new MapTreeIds(SlotOf(i), map.Namespace, source) { Recursive = map.Recursive, Origin = OriginOf(i) };
        }
    }

    /// <summary>All mounts in list order (config.md: "The runtime MUST mount entries in the listed order").</summary>
    public IEnumerable<Operation> Apply()
    {
        for (int i = 0; i < _options.Length; i++)
        {
            foreach (Operation operation in Apply(i))
                yield return MountLabel.Apply(operation, _spec.Linux?.MountLabel, _inputs.HasSelinux, RunOciAnnotations.MountContextType(_spec)) with { Origin = OriginOf(i) };
        }
    }

    /// <summary>Makes mounts read-only at the very end: later steps create mount points and files in a tmpfs, and device nodes in /dev.</summary>
    public IEnumerable<Operation> MakeReadonly()
    {
        for (int i = 0; i < _options.Length; i++)
        {
            if (IsReadonlyLate(i))
                yield return new SetTargetAttributes(Absolute(_spec.Mounts[i].Destination)) { Set = MountAttributes.MOUNT_ATTR_RDONLY, Origin = OriginOf(i) };
        }
    }

    /// <summary>Whether the bundle bind-mounts its own /dev: then no devices are created in it.</summary>
    public bool BindsDev()
    {
        bool binds = false;
        for (int i = 0; i < _options.Length; i++)
        {
            if (Normalize(_spec.Mounts[i].Destination) == "/dev" && !_options[i].IsRemount && !ChangesPropagation(i))
                binds = _options[i].IsBind;
        }

        return binds;
    }

    /// <summary>The destination as an absolute path; relative ones start at the root (config.md, deprecated).</summary>
    public static string Absolute(string destination) => destination.StartsWith('/') ? destination : "/" + destination;

    private IEnumerable<Operation> Apply(int i)
    {
        MountSpec mount = _spec.Mounts[i];
        MountOptions options = _options[i];
        string target = Absolute(mount.Destination);
        if (options.IsRemount)
            return ApplyRemount(target, options);
        if (options.IsBind)
            return ApplyBind(i, mount, options, target);
        if (ChangesPropagation(i))
            return LaterPropagation(target, options, 0);
        if (mount.Type == "cgroup")
            return CgroupMountPlan.Plan(_inputs.CgroupMounts, target, options, _inputs.HasCgroupNamespace, _inputs.HostIsReachable && IsInUserNamespace);
        if (CanFallBackToHostSysfs(i))
            return ApplySysfs(i, mount, options, target);
        return ApplyNew(i, mount, options, target);
    }

    private static IEnumerable<Operation> ApplyRemount(string target, MountOptions options)
    {
        yield return new Remount(target)
        {
            Superblock = !options.IsBind && options.FileSystem.Count > 0,
            Options = options.IsBind ? [] : options.FileSystem,
            Set = options.Set,
            Clear = options.Clear,
        };
        if (options.RecursiveSet != MountAttributes.None || options.RecursiveClear != MountAttributes.None)
            yield return new SetTargetAttributes(target) { Set = options.RecursiveSet, Clear = options.RecursiveClear, Recursive = true };
        foreach (Operation operation in LaterPropagation(target, options, 0))
            yield return operation;
    }

    private IEnumerable<Operation> ApplyBind(int i, MountSpec mount, MountOptions options, string target)
    {
        if (options.Data.Count > 0)
            throw new LadeException(OriginOf(i).At("options"), "'" + options.Data[0] + "' is not an option of a bind mount, which has no file system options");
        if (LinkCopiedBy(i) is { } link)
        {
            yield return new MakeSymlink(target, link) { Replace = true };
            yield break;
        }

        Slot tree = SlotOf(i);
        string source = SourceOf(mount);
        if (options.Set != MountAttributes.None || options.Clear != MountAttributes.None)
            yield return new SetTreeAttributes(tree, source, options.Set, options.Clear);
        if (options.RecursiveSet != MountAttributes.None || options.RecursiveClear != MountAttributes.None)
            yield return new SetTreeAttributes(tree, source, options.RecursiveSet, options.RecursiveClear) { Recursive = true };
        foreach (MountPropagation propagation in options.Propagation)
        {
            yield return new SetTreeAttributes(tree, source, MountAttributes.None, MountAttributes.None)
            {
                Propagation = propagation & ~MountPropagation.MS_REC,
                Recursive = (propagation & MountPropagation.MS_REC) != 0,
            };
        }

        yield return new Attach(tree, source, target)
        {
            InProc = Array.IndexOf(s_replaceableInProc, Normalize(target)) >= 0,
            NoFollow = options.TargetNoFollow,
            RealPath = !_inputs.HostIsReachable,
        };
    }

    /// <summary>
    /// A process in a user namespace may mount sysfs if its user namespace owns the network namespace and nothing of the host's sysfs is masked. Otherwise the
    /// host's sysfs is bind-mounted read-only, as requested; but not if host root is mapped, which owns its files and may remount it.
    /// </summary>
    private bool CanFallBackToHostSysfs(int i) =>
        _spec.Mounts[i].Type == "sysfs" && _options[i].IsReadonly && !_options[i].IsRemount && !_options[i].IsBind && _inputs.HostIsReachable && IsInUserNamespace
        && !(_inputs.IsPrivileged && _spec.Linux is { } linux && (linux.MapsHostRoot || linux.PathOf(NamespaceType.User) is not null));

    private static Slot SysfsOf(int i) => new("sysfs/" + i);

    private IEnumerable<Operation> ApplySysfs(int i, MountSpec mount, MountOptions options, string target)
    {
        // An unprivileged user may clone it only along with everything mounted in it.
        if (!_inputs.IsPrivileged)
        {
            foreach (Operation operation in CgroupMountPlan.Open(SysfsOf(i), "/sys", options.NewMountAttributes, recursive: true))
                yield return operation;
        }

        foreach (Operation operation in ApplyNew(i, mount, options, target))
            yield return operation is Mount sysfs ? sysfs with { Fallback = SysfsOf(i) } : operation;
        string cgroups = target.TrimEnd('/') + "/fs/cgroup";
        foreach (MountSpec other in _spec.Mounts)
        {
            if (Normalize(other.Destination) == Normalize(cgroups))
                yield break;
        }

        if (!_inputs.IsPrivileged)
            yield return new MaskPath(cgroups) { AfterFallback = true };
    }

    private IEnumerable<Operation> ApplyNew(int i, MountSpec mount, MountOptions options, string target)
    {
        string type = mount.Type ?? throw new LadeException(OriginOf(i), "a mount other than a bind mount needs a type; e.g. tmpfs");
        yield return new Mount(type, mount.Source ?? type, target)
        {
            Options = options.FileSystem,
            Attributes = IsReadonlyLate(i) ? options.NewMountAttributes & ~MountAttributes.MOUNT_ATTR_RDONLY : options.NewMountAttributes,
            Propagation = options.Propagation.Count > 0 ? options.Propagation[0] : MountPropagation.None,
            NoSymlinks = type is "proc" or "sysfs",
            InheritMode = type == "tmpfs" && !options.HasMode,
            CopyUp = options.CopyUp && type == "tmpfs",
            // Kernels whose file system always versions its inodes no longer accept the option.
            OptionalFlags = HasIversion(options),
            NoFollow = options.TargetNoFollow,
            RealPath = !_inputs.HostIsReachable,
            IdMap = _idMaps[i]?.Namespace,
        };
        foreach (Operation operation in LaterPropagation(target, options, 1))
            yield return operation;
    }

    /// <summary>Propagation options that need a call of their own.</summary>
    private static IEnumerable<Operation> LaterPropagation(string target, MountOptions options, int from)
    {
        for (int i = from; i < options.Propagation.Count; i++)
            yield return new SetTargetAttributes(target) { Propagation = options.Propagation[i] };
    }

    /// <summary>An entry without a type and with propagation options only changes the existing mount at its destination.</summary>
    private bool ChangesPropagation(int i) => _spec.Mounts[i].Type is null && !_options[i].IsBind && _options[i].IsPropagationOnly;

    /// <summary>Whether the entry only changes the existing mount at its destination.</summary>
    public bool OnlyChanges(int i) => _options[i].IsRemount || ChangesPropagation(i);

    private bool IsReadonlyLate(int i)
    {
        MountSpec mount = _spec.Mounts[i];
        return _options[i].IsReadonly && !_options[i].IsBind && !_options[i].IsRemount && (mount.Type == "tmpfs" || Normalize(mount.Destination) == "/dev");
    }

    /// <summary>Target of the link to copy; null if the entry is mounted.</summary>
    private string? LinkCopiedBy(int i) =>
        _options[i].CopySymlink && _inputs.SourceLinks.TryGetValue(SourceOf(_spec.Mounts[i]), out string? link) ? link : null;

    private void CheckIdMap(int i)
    {
        if (_idMaps[i] is not { } map)
            return;
        if (!_inputs.IsPrivileged)
            throw new LadeException(map.Origin, "only the host's root can create an ID-mapped mount");
        if (!_options[i].IsBind && _spec.Has(NamespaceType.User))
            throw new LadeException(map.Origin, "a new file system in a user namespace uses that namespace's IDs; only a bind mount can be ID-mapped there");
    }

    /// <summary>Whether the container or lade itself is in a user namespace.</summary>
    private bool IsInUserNamespace => !_inputs.IsPrivileged || _spec.Has(NamespaceType.User);

    private string SourceOf(MountSpec mount) => Source(_inputs.Bundle, mount);

    /// <summary>Absolute path of a bind source.</summary>
    public static string Source(string bundle, MountSpec mount) => mount.Source!.StartsWith('/') ? mount.Source : bundle + "/" + mount.Source;

    private static bool HasIversion(MountOptions options)
    {
        foreach (FsOption option in options.FileSystem)
        {
            if (option is { Key: "iversion", Value: null })
                return true;
        }

        return false;
    }

    /// <summary>An absolute path without trailing slashes.</summary>
    public static string Normalize(string path) => "/" + path.Trim('/');

    private static Slot SlotOf(int i) => new("mounts/" + i);

    private static JsonPointer OriginOf(int i) => JsonPointer.Of("mounts", i);
}
