using System;
using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Cgroups.Systemd;
using Lade.Configuration;
using Lade.IntelRdt;
using Lade.Plan;

namespace Lade.State;

/// <summary>How far the lifecycle has come, as lade recorded it; what the process does now is <see cref="ContainerStatus"/>.</summary>
internal enum ContainerPhase
{
    /// <summary>Recorded before anything is made, so that whatever a crash leaves is known.</summary>
    Creating,

    /// <summary>create succeeded.</summary>
    Created,

    /// <summary>start was called: recorded before the container is told.</summary>
    Started,

    /// <summary>delete has begun.</summary>
    Deleting,
}

/// <summary>The hook lists that are not empty, bit N for the name at N of <see cref="SpecNames.Hooks"/>; the others are skipped without reading the config again.</summary>
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
    /// <summary><c>cgroupfs</c>, <c>systemd</c> or <c>disabled</c>.</summary>
    public required string Driver { get; init; }

    /// <summary>What is recorded of a cgroup.</summary>
    /// <param name="unit">Of the systemd driver; null without it.</param>
    public static CgroupState Of(INewCgroup cgroup, UnitRecord? unit)
    {
        var recorded = new string[cgroup.Directories.Count];
        for (int i = 0; i < recorded.Length; i++)
            recorded[i] = cgroup.Directories[i].ToString();
        return new CgroupState { Driver = unit is null ? "cgroupfs" : "systemd", Directories = recorded, Unit = unit, Part = cgroup.Part };
    }

    /// <summary>The unit of the systemd driver, recorded before systemd is asked for it.</summary>
    public UnitRecord? Unit { get; init; }

    /// <summary>The cgroup that was recorded.</summary>
    public IExistingCgroup Open() => OpenUnit() ?? (IExistingCgroup)OpenFiles();

    /// <summary>The same, when it is a unit of systemd's.</summary>
    public ExistingUnit? OpenUnit() => Unit is null ? null : new ExistingUnit(OpenFiles(), Unit);

    private ICgroup OpenFiles() => Cgroup.OpenExisting(Directories, Part);

    /// <summary>One per hierarchy on cgroup v1, one in all on v2; in the form of the cgroup code, which knows from it what to remove.</summary>
    public IReadOnlyList<string> Directories { get; init; } = [];

    /// <summary>The part of it that the container manages itself, with a leading slash; empty without one.</summary>
    public string Part { get; init; } = "";
}

/// <summary>
/// The content of state.json: what a container is, and what delete has to undo. Anything outside the container's directory is recorded here
/// before it is made; a record without the thing is harmless, a thing without the record would be lost.
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

    /// <summary>The lade that creates: a container in phase creating is abandoned when this process is gone.</summary>
    public required ProcessIdentity Creator { get; init; }

    /// <summary>The first process of the container; null until it was started.</summary>
    public ProcessIdentity? Init { get; init; }

    /// <summary>False for a container that shares its pid namespace: its processes do not end with init, the cgroup says who they are.</summary>
    public bool OwnPidNamespace { get; init; }

    /// <summary>The container keeps its caller's session keyring, and so does what `exec` starts in it.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>
    /// Name of the container's session keyring, by which `exec` joins it. A secret: whoever knows the name and has the uid of its owner can join it too. null in
    /// states of versions that named it after the id.
    /// </summary>
    public string? Keyring { get; init; }

    /// <summary>The session keyring of its processes; null when they keep that of lade's caller.</summary>
    public string? KeyringName => NoNewKeyring ? null : Keyring ?? "_ses." + Id;

    public CgroupState? Cgroup { get; init; }

    /// <summary>Its class of service; null without <c>linux.intelRdt</c>.</summary>
    public ResctrlGroup? IntelRdt { get; init; }

    /// <summary>What `mounts add` has made and `mounts remove` may take away, in order.</summary>
    public IReadOnlyList<AddedMount> AddedMounts { get; init; } = [];

    /// <summary>The user namespace of the first process, as readlink(2) of /proc/PID/ns/user says it; null where it could not be read, or of an older lade.</summary>
    public string? UserNamespace { get; init; }

    /// <summary>By which `start` explains what fails then.</summary>
    public StartNotes StartNotes { get; init; } = StartNotes.None;

    public HookKinds Hooks { get; init; }

    /// <summary>Effective user of the create.</summary>
    public uint OwnerUid { get; init; }

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
