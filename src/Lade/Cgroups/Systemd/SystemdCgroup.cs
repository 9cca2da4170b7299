using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lade.Cgroups.Statistics;
using Lade.Cgroups.V1;
using Lade.Cgroups.V2;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cgroups.Systemd;

/// <summary>What is recorded of a container's unit.</summary>
/// <param name="Name"><c>lade-box1.scope</c>.</param>
/// <param name="Bus">Address list of the manager's bus.</param>
/// <param name="Inode">Of the cgroup's directory, by which a later unit of the same name is told from ours; 0 when the unit is not there yet.</param>
internal sealed record UnitRecord(string Name, string Bus, ulong Inode = 0);

/// <summary>
/// A cgroup that systemd makes, as the scope of a transient unit. systemd starts a scope around a process that is there already and moves it in: so
/// `init` starts first and waits, <see cref="Place"/> has systemd make the unit around it, and `init` goes on. Limits are given to systemd and written into the
/// cgroup's files too; inside its directories, which systemd leaves to us (<c>Delegate</c>), a unit's cgroup is like any other.
/// </summary>
internal sealed class SystemdCgroup : ICgroup
{
    private const int FirstWithIdleWeight = 252;

    /// <summary>
    /// What systemd has other values for than lade: it rounds a quota, knows no limit of 0 processes, and converts weights between the two kinds. It writes
    /// all of a controller when one thing changes.
    /// </summary>
    private static readonly string[] s_inexact = ["cpu.max", "cpu.cfs_quota_us", "cpu.idle", "io.bfq.weight", "pids.max"];

    /// <summary>From here on a limit of processes cannot hinder `init`, and systemd is told at once; a lower one is set when `init` is ready.</summary>
    private const ulong AmpleTasks = 1024;

    private readonly ICgroup _inner;
    private readonly SystemdManager _manager;
    private readonly NewUnit? _new;
    private readonly List<UnitProperty> _heldBack = [];
    private bool _isPlaced;
    private long _killsBefore;

    private SystemdCgroup(ICgroup inner, SystemdManager manager, UnitRecord record, NewUnit? newUnit)
    {
        _inner = inner;
        _manager = manager;
        Unit = record;
        _new = newUnit;
        _isPlaced = newUnit is null;
    }

    public UnitRecord Unit { get; private set; }

    public IReadOnlyList<CgroupDirectory> Directories => _inner.Directories;

    public bool IsFrozen => _inner.IsFrozen;

    /// <summary>The cgroup of a container that is about to be made. Nothing is made; a user's manager is asked where it lives.</summary>
    /// <param name="isPrivileged">Root of the machine: the system's manager. Anybody else has a manager of their own.</param>
    public static SystemdCgroup For(CgroupHost host, Spec spec, string id, bool isPrivileged)
    {
        if (host.Mode == CgroupMode.None)
            throw new LadeException("no cgroup file system is mounted");
        if (!isPrivileged && host.Mode != CgroupMode.V2)
            throw new LadeException("the systemd cgroup manager needs root, or cgroup v2, which this host does not have");
        string part = Cgroup.PartOf(spec);
        Cgroup.CheckPart(host, part);
        string bus = isPrivileged
            ? BusAddress.OfSystem(isRoot: true, Environment.GetEnvironmentVariable)
            : BusAddress.OfUser(Libc.geteuid(), Environment.GetEnvironmentVariable);
        var name = UnitName.Of(spec.Linux?.CgroupsPath, id, isPrivileged ? "system.slice" : "user.slice");
        var manager = new SystemdManager(bus);
        var unit = new NewUnit
        {
            Name = name,
            Id = id,
            IsUnified = host.Mode == CgroupMode.V2,
            IsPrivileged = isPrivileged,
            MountPoint = host.Hierarchies[0].MountPoint,
            Path = (isPrivileged ? "" : manager.ControlGroup()) + name.CgroupPath,
            Subgroup = host.Mode == CgroupMode.V2 ? UnitAnnotations.SubgroupOf(spec.Annotations) : "",
            Annotated = UnitAnnotations.Properties(spec.Annotations),
        };
        return new SystemdCgroup(Inside(host, unit, part), manager, new UnitRecord(name.Name, bus), unit);
    }

    /// <summary>The cgroup of a container that exists.</summary>
    public static SystemdCgroup OpenExisting(ICgroup inner, UnitRecord unit) => new(inner, new SystemdManager(unit.Bus), unit, null);

    public string? PathOf(string controller) => _inner.PathOf(controller);

    /// <summary>On v1 the directories must be there when `init` starts, which is given their files; systemd takes them as they are.</summary>
    public void Create(bool ignorePermissionErrors)
    {
        // Without systemd nothing may be made that only systemd would remove.
        _manager.Listen();
        if (_new is { IsUnified: false })
            _inner.Create(ignorePermissionErrors: false);
        else
            CgroupTree.CheckFit(_inner);
    }

    public CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at)
    {
        CgroupPlan plan = _inner.Plan(resources, change, at);
        List<UnitProperty> properties = UnitProperties.Of(plan, IsDisk);
        if (properties.Exists(IsIdleWeight) && _manager.Version() < FirstWithIdleWeight)
            properties.RemoveAll(IsIdleWeight);
        // A user's manager may not load device programs, nor may lade in its place.
        if (change == CgroupChange.Create && _new is { IsPrivileged: true })
            properties.AddRange(UnitDevices.Of(DevicePolicy.Of(resources?.Devices ?? [], at), Files.TryReadText("/proc/devices") ?? ""));
        return plan with { Properties = properties, DeviceProgram = _new is { IsPrivileged: false } ? null : plan.DeviceProgram };
    }

    /// <summary>Has systemd make the unit around <paramref name="pid"/>, which waits, and sets the limits.</summary>
    public void Place(int pid, CgroupPlan plan)
    {
        NewUnit unit = _new ?? throw new LadeException("the unit " + Unit.Name + " is not new");
        List<UnitProperty> properties = UnitProperties.OfContainer(unit.Name, unit.Id, pid, unit.IsUnified);
        foreach (UnitProperty property in plan.Properties)
            (Hinders(property) ? _heldBack : properties).Add(property);
        properties.AddRange(unit.Annotated);

        _killsBefore = KillsAbove();
        _isPlaced = true;
        _manager.StartTransientUnit(Unit.Name, properties);
        if (unit.IsUnified)
            Settle(unit, pid);
        Unit = Unit with { Inode = InodeOf(Directories) };
        if (unit.IsPrivileged)
            AllowDevicesForNow(unit);
        if (unit.IsUnified)
            EnableControllers(unit, plan);
        _inner.ApplyLimits(plan);
    }

    public void ApplyLimits(CgroupPlan plan)
    {
        // systemd asks nobody whether a limit would kill.
        CgroupWriter.CheckUsage(this, plan.Limits);
        if (plan.Properties.Count > 0)
            SetPropertiesAlone(plan);
        _manager.Close();
        _inner.ApplyLimits(plan);
    }

    /// <summary>What systemd takes the properties for at present that <paramref name="plan"/> changes, to be given to <see cref="PutBack"/>.</summary>
    public IReadOnlyList<UnitProperty> Present(CgroupPlan plan)
    {
        var names = new List<string>(plan.Properties.Count);
        foreach (UnitProperty property in plan.Properties)
            names.Add(property.Name);
        return names.Count == 0 ? [] : _manager.Properties(Unit.Name, names);
    }

    public void PutBack(IReadOnlyList<UnitProperty> properties)
    {
        var values = new List<UnitProperty>(properties.Count);
        foreach (UnitProperty property in properties)
            values.AddRange(UnitBlockIo.Again(property));
        if (values.Count > 0)
            _manager.SetProperties(Unit.Name, values);
        _manager.Close();
    }

    public void ApplyGuards(CgroupPlan plan)
    {
        if (_heldBack.Count > 0)
        {
            // systemd writes all that it knows of the unit anew, a quota rounded to whole percents among it.
            _manager.SetProperties(Unit.Name, _heldBack);
            _inner.ApplyLimits(plan);
        }

        // A `run` lives as long as its container, and would be sent the signals of all units meanwhile.
        _manager.Close();
        _inner.ApplyGuards(plan);
    }

    /// <summary>Nothing for a new container on v2: systemd moves it.</summary>
    public CgroupEntrance Open(IReadOnlyDictionary<string, string>? below = null) =>
        _new is { IsUnified: true } && !_isPlaced ? new CgroupEntrance([], null) : _inner.Open(below);

    public CgroupEntrance OpenForExec(int initPid, IReadOnlyDictionary<string, string>? below = null) => _inner.OpenForExec(initPid, below);

    /// <summary>Has systemd move a process of `exec` in: where the container's first process is, or into the part that is named.</summary>
    public void Attach(int pid, int initPid, IReadOnlyDictionary<string, string>? below = null)
    {
        string path = below is null
            ? CgroupHost.UnifiedPath(Files.ReadAll("/proc/" + initPid.ToString(CultureInfo.InvariantCulture) + "/cgroup"))
            : CgroupTree.Below(Directories[0].Path, below.GetValueOrDefault(""));
        int unit = path.IndexOf("/" + Unit.Name, StringComparison.Ordinal);
        if (unit < 0)
            throw new LadeException("the container's cgroup " + path + " is not in the unit " + Unit.Name);
        _manager.Attach(Unit.Name, path[(unit + 1 + Unit.Name.Length)..], pid);
        _manager.Close();
    }

    public void Delegate(uint uid) => _inner.Delegate(uid);

    public string Part => _inner.Part;

    public void EnterPart(int pid, uint? owner) => _inner.EnterPart(pid, owner);

    public IReadOnlyList<int> Processes() => _inner.Processes();

    /// <summary>A cgroup that systemd has removed already is counted by the slice that it was in.</summary>
    public long OomKills => _inner.OomKills is var kills && (kills > 0 || _new is null || InodeOf(Directories) != 0) ? kills : KillsAbove() - _killsBefore;

    public CgroupStatistics ReadStatistics() => _inner.ReadStatistics();

    public OomWatch? WatchOom() => _inner.WatchOom();

    public void Freeze() => _inner.Freeze();

    public void Thaw() => _inner.Thaw();

    public bool ThawAll() => _inner.ThawAll();

    public bool IsFrozenFor(int pid) => _inner.IsFrozenFor(pid);

    public void Kill(int signal) => _inner.Kill(signal);

    /// <summary>Has systemd stop the unit, then removes what is left: on v1 the hierarchies that systemd does not manage.</summary>
    public void Remove()
    {
        if (!_isPlaced)
        {
            _inner.Remove();
            return;
        }

        // A container that has ended takes its unit with it, and its name may be another's by now.
        bool isOurs = Unit.Inode == 0 ? Directories is [{ Missing: > 0 }, ..] : InodeOf(Directories) is var found && (found == 0 || found == Unit.Inode);
        if (!isOurs)
            return;
        try
        {
            _manager.Stop(Unit.Name);
            _manager.Close();
        }
        catch (LadeException) when (CanRemoveAlone())
        {
            // Without systemd: it notices by itself that the cgroup of a unit is gone.
            return;
        }

        _inner.Remove();
    }

    /// <summary>Changes the unit's properties; files that systemd writes besides are put back.</summary>
    private void SetPropertiesAlone(CgroupPlan plan)
    {
        var before = new List<(string Path, string Content)>();
        foreach (string file in s_inexact)
        {
            string? path = PathOf(file[..file.IndexOf('.', StringComparison.Ordinal)]) is { } directory ? directory + "/" + file : null;
            if (path is not null && !Writes(plan, file) && Files.TryReadText(path) is { } content)
                before.Add((path, content));
        }

        _manager.SetProperties(Unit.Name, plan.Properties);
        foreach ((string path, string content) in before)
        {
            if (Files.TryReadText(path) != content)
                Files.WriteValue(path, content);
        }
    }

    private static bool Writes(CgroupPlan plan, string file)
    {
        foreach (CgroupWrite write in plan.Limits)
        {
            if (write.File == file)
                return true;
        }

        return false;
    }

    /// <summary>How many processes the kernel has killed for want of memory in the slice and all that is in it. v1 does not add them up.</summary>
    private long KillsAbove() =>
        _new is { IsUnified: true } unit ? KeyedFile.Number(unit.Directory[..unit.Directory.LastIndexOf('/')] + "/memory.events", "oom_kill") ?? 0 : 0;

    private bool CanRemoveAlone()
    {
        try
        {
            _inner.Remove();
            return true;
        }
        catch (LadeException)
        {
            // Why systemd did not answer is what the user has to know.
            return false;
        }
    }

    private static ICgroup Inside(CgroupHost host, NewUnit unit, string part)
    {
        var directories = new List<CgroupDirectory>(host.Hierarchies.Count);
        foreach (CgroupHierarchy hierarchy in host.Hierarchies)
        {
            string path = hierarchy.MountPoint + unit.Path + unit.Subgroup;
            CgroupDirectory directory = CgroupDirectory.Probe(hierarchy.Controllers, path, hierarchy.MountPoint);
            // Slices are systemd's where it makes them.
            directories.Add(IsKeptBySystemd(directory) ? directory with { Missing = Math.Min(directory.Missing, unit.Subgroup.Length > 0 ? 2 : 1) } : directory);
        }

        return unit.IsUnified ? new V2Cgroup(directories[0], unit.MountPoint, part) : new V1Cgroup(directories);
    }

    private static bool IsKeptBySystemd(CgroupDirectory directory) =>
        directory.IsUnified || directory.Has("name=systemd") || directory.Has("cpu") || directory.Has("cpuacct") || directory.Has("blkio")
        || directory.Has("memory") || directory.Has("devices") || directory.Has("pids");

    /// <summary>Puts the process where it belongs if that is not the unit's own cgroup, and makes sure that it is where lade thinks.</summary>
    private void Settle(NewUnit unit, int pid)
    {
        string path = Directories[0].Path;
        string number = pid.ToString(CultureInfo.InvariantCulture);
        if (unit.Subgroup.Length > 0)
            Files.MakeDirectory(path, 0x1ED);
        if (unit.Subgroup.Length > 0 || unit.Name.IsSlice)
        {
            // The one place where lade writes a pid (docs/decisions/005): the process cannot have been born where it is to be.
            Files.WriteValue(path + "/cgroup.procs", number);
        }

        string found = CgroupHost.UnifiedPath(Files.ReadAll("/proc/" + number + "/cgroup"));
        if (found != unit.Path + unit.Subgroup)
            throw new LadeException("systemd has put the container into the cgroup " + found + ", not into " + unit.Path + unit.Subgroup);
        if (unit.Subgroup.Length > 0)
            V2Controllers.EnableBelow(unit.Directory);
    }

    /// <summary>systemd enables the controllers that it knows. The others (hugetlb, rdma, misc) are ours to enable when a limit needs them.</summary>
    private void EnableControllers(NewUnit unit, CgroupPlan plan)
    {
        string[] available = Encoding.ASCII.GetString(Files.ReadAll(Directories[0].Path + "/cgroup.controllers")).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        foreach (CgroupWrite write in plan.Limits)
        {
            if (write.Controller == "cgroup" || Array.IndexOf(available, write.Controller) >= 0)
                continue;
            V2Controllers.Enable(unit.MountPoint, Directories[0]);
            return;
        }
    }

    /// <summary>
    /// systemd enforces the device rules from the first moment on, but `init` may have to mount what the container may not open. The rules come into force
    /// with <see cref="ApplyGuards"/>.
    /// </summary>
    private void AllowDevicesForNow(NewUnit unit)
    {
        if (!unit.IsUnified)
        {
            if (PathOf("devices") is { } devices)
                Files.WriteValue(devices + "/devices.allow", "a");
            return;
        }

        using Fd program = Bpf.LoadDeviceProgram([.. DeviceProgram.Generate(new DevicePolicy(AllowByDefault: true, JsonPointer.None, []))]);
        using Fd cgroup = Files.Open(unit.Directory, Libc.O_RDONLY | Libc.O_DIRECTORY);
        Bpf.SetDeviceProgram(cgroup, program, unit.Directory);
    }

    private static bool IsDisk(string number)
    {
        string device = "/sys/dev/block/" + number;
        if (!Files.Exists(device) || Files.Exists(device + "/partition"))
            return false;
        using Fd? below = Files.TryOpen(device + "/slaves", Libc.O_RDONLY | Libc.O_DIRECTORY, out _);
        return below is null || Linux.Directories.Names(below, device).Count == 0;
    }

    private static bool IsIdleWeight(UnitProperty property) => property is { Name: UnitProperties.CpuWeight, Value.Value: UnitProperties.IdleWeight };

    private static bool Hinders(UnitProperty property) => property is { Name: UnitProperties.TasksMax, Value.Value: < AmpleTasks };

    private static ulong InodeOf(IReadOnlyList<CgroupDirectory> directories) =>
        directories.Count > 0 && Files.TryStat(directories[0].Path) is { } stat ? stat.Inode : 0;

    /// <summary>What is known of a unit before it is made.</summary>
    private sealed record NewUnit
    {
        public required UnitName Name { get; init; }

        /// <summary>The container's.</summary>
        public required string Id { get; init; }
        public required bool IsUnified { get; init; }
        public required bool IsPrivileged { get; init; }
        public required string MountPoint { get; init; }

        /// <summary>The unit's cgroup below the mount point.</summary>
        public required string Path { get; init; }

        /// <summary>The unit's own cgroup on v2.</summary>
        public string Directory => MountPoint + Path;

        /// <summary>With a leading slash, or empty.</summary>
        public required string Subgroup { get; init; }
        public required IReadOnlyList<UnitProperty> Annotated { get; init; }
    }
}
