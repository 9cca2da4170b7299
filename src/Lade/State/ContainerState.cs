using System;
using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Cgroups.Systemd;
using Lade.Configuration;
using Lade.Resctrl;
using Lade.Plan;

namespace Lade.State;

/// <summary>The recorded progress of the lifecycle; what the process does now is <see cref="ContainerStatus"/>.</summary>
internal enum ContainerPhase
{
    /// <summary>Recorded before anything is created, so that delete knows what a crash has left.</summary>
    Creating,

    /// <summary>create succeeded.</summary>
    Created,

    /// <summary>Recorded by start before it releases the container.</summary>
    Started,
}

/// <summary>The hook lists that are not empty, bit N for the name at N of <see cref="SpecNames.Hooks"/>; for the others the configuration is not read again.</summary>
[Flags]
internal enum HookKinds
{
    None = 0,
    Prestart = 1,
    CreateRuntime = 2,
    CreateContainer = 4,
    StartContainer = 8,
    Poststart = 16,
    Poststop = 32,
}

/// <summary>The container's place in the cgroup tree.</summary>
internal sealed record CgroupState
{
    /// <param name="unit">Of the systemd driver; null without it.</param>
    public static CgroupState From(INewCgroup cgroup, UnitRecord? unit)
    {
        var recorded = new string[cgroup.Directories.Count];
        for (int i = 0; i < recorded.Length; i++)
            recorded[i] = cgroup.Directories[i].ToString();
        return new CgroupState { Directories = recorded, Unit = unit, DelegatedPath = cgroup.DelegatedPath };
    }

    /// <summary>The unit of the systemd driver, recorded before systemd is asked for it.</summary>
    public UnitRecord? Unit { get; init; }

    public IExistingCgroup Open() => OpenUnit() ?? (IExistingCgroup)OpenFiles();

    /// <summary>As <see cref="Open"/>; null when it is not a systemd unit.</summary>
    public ExistingUnit? OpenUnit() => Unit is null ? null : new ExistingUnit(OpenFiles(), Unit);

    private ICgroup OpenFiles() => Cgroupfs.Open(Directories, DelegatedPath);

    /// <summary><see cref="CgroupDirectory"/> as text: one per hierarchy on cgroup v1, a single one on v2.</summary>
    public IReadOnlyList<string> Directories { get; init; } = [];

    /// <summary>See <see cref="IDelegatable.DelegatedPath"/>.</summary>
    public string DelegatedPath { get; init; } = "";
}

/// <summary>
/// The content of state.json: what a container is, and what delete has to remove. Anything outside the container's directory is recorded before it is created: a record
/// of something that does not exist is harmless, something without a record would leak.
/// </summary>
internal sealed record ContainerState
{
    public required ContainerId Id { get; init; }

    /// <summary>The config's ociVersion.</summary>
    public required string OciVersion { get; init; }

    /// <summary>Absolute path of the bundle, as the caller named it.</summary>
    public required string Bundle { get; init; }

    /// <summary>Absolute path of the root filesystem.</summary>
    public required string Rootfs { get; init; }

    /// <summary>UTC.</summary>
    public required DateTime Created { get; init; }

    public required ContainerPhase Phase { get; init; }

    /// <summary>The process that creates the container, which is abandoned in phase creating when this process is gone.</summary>
    public required ProcessIdentity Creator { get; init; }

    /// <summary>The first process of the container; null until it was started.</summary>
    public ProcessIdentity? Init { get; init; }

    /// <summary>False for a container that shares a pid namespace: its processes do not end with init, and only the cgroup lists them.</summary>
    public bool OwnPidNamespace { get; init; }

    /// <summary>The container keeps its caller's session keyring, and so does what `exec` starts in it.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>
    /// Name of the container's session keyring, by which `exec` joins it. A secret: everyone who knows the name and has the uid of its owner can join it. null in states
    /// of versions that named it after the id.
    /// </summary>
    public string? Keyring { get; init; }

    /// <summary>The session keyring of its processes; null when they keep that of lade's caller.</summary>
    public string? KeyringName => NoNewKeyring ? null : Keyring ?? "_ses." + Id;

    public CgroupState? Cgroup { get; init; }

    /// <summary>The class of service; null without <c>linux.intelRdt</c>.</summary>
    public ResctrlGroup? IntelRdt { get; init; }

    /// <summary>The mounts of `mounts add`, in order, which `mounts remove` may remove.</summary>
    public IReadOnlyList<AddedMount> AddedMounts { get; init; } = [];

    /// <summary>The user namespace of the first process (readlink(2) of /proc/PID/ns/user); null where it could not be read, or in states of older versions.</summary>
    public string? UserNamespace { get; init; }

    /// <summary>By which `start` explains what fails then.</summary>
    public StartNotes StartNotes { get; init; } = StartNotes.None;

    public HookKinds Hooks { get; init; }

    /// <summary>Effective user of the `create`.</summary>
    public uint OwnerUid { get; init; }

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
