using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.DBus;
using Lade.Cgroups.V1;
using Lade.Cgroups.V2;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cgroups.Systemd;

/// <summary>
/// A cgroup that systemd makes, as the scope of a transient unit. systemd starts a scope around a process that is there already and moves it in: so
/// `init` starts first and waits, <see cref="Place"/> has systemd make the unit around it, and `init` goes on. Limits are given to systemd and written into the
/// cgroup's files too; inside its directories, which systemd leaves to us (<c>Delegate</c>), a unit's cgroup is like any other.
/// </summary>
internal sealed class NewUnit : INewCgroup
{
    /// <summary>From here on a limit of processes cannot hinder `init`, and systemd is told at once; a lower one is set when `init` is ready.</summary>
    private const ulong AmpleTasks = 1024;

    private readonly ICgroup _files;
    private readonly SystemdManager _manager;
    private readonly Facts _facts;
    private readonly List<UnitProperty> _heldBack = [];
    private ExistingUnit? _placed;
    private long _killsBefore;

    private NewUnit(ICgroup files, SystemdManager manager, UnitRecord record, Facts facts)
    {
        _files = files;
        _manager = manager;
        Record = record;
        _facts = facts;
    }

    /// <summary>To be recorded, now and again when the unit is there.</summary>
    public UnitRecord Record { get; private set; }

    public IReadOnlyList<CgroupDirectory> Directories => _files.Directories;

    public bool IsFrozen => _files.IsFrozen;

    /// <summary>A cgroup that systemd has removed already is counted by the slice that it was in.</summary>
    public long OomKills => _files.OomKills is var kills && (kills > 0 || ExistingUnit.InodeOf(_files) != 0) ? kills : KillsAbove() - _killsBefore;

    public string Part => _files.Part;

    /// <summary>The cgroup of a container that is about to be made. Nothing is made; a user's manager is asked where it lives.</summary>
    /// <param name="isPrivileged">Root of the machine: the system's manager. Anybody else has a manager of their own.</param>
    public static NewUnit For(CgroupHost host, Spec spec, string id, bool isPrivileged)
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
        var facts = new Facts
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
        return new NewUnit(FilesOf(host, facts, part), manager, new UnitRecord(name.Name, bus), facts);
    }

    public string? PathOf(string controller) => _files.PathOf(controller);

    /// <summary>On v1 the directories must be there when `init` starts, which is given their files; systemd takes them as they are.</summary>
    public void Create(bool ignorePermissionErrors)
    {
        // Without systemd nothing may be made that only systemd would remove.
        _manager.Listen();
        if (_facts.IsUnified)
            CgroupTree.CheckFit(_files);
        else
            _files.Create(ignorePermissionErrors: false);
    }

    public CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at)
    {
        // A user's manager may not load device programs, nor may lade in its place.
        string? deviceGroups = _facts.IsPrivileged ? Files.TryReadText("/proc/devices") ?? "" : null;
        CgroupPlan plan = UnitLimits.Plan(_files, _manager, resources, change, at, deviceGroups);
        return _facts.IsPrivileged ? plan : plan with { DeviceInstructions = null };
    }

    /// <summary>Has systemd make the unit around <paramref name="pid"/>, which waits, and sets the limits.</summary>
    public void Place(int pid, CgroupPlan plan)
    {
        List<UnitProperty> properties = Properties(_facts.Name, _facts.Id, pid, _facts.IsUnified);
        foreach (UnitProperty property in plan.Properties)
            (Hinders(property) ? _heldBack : properties).Add(property);
        properties.AddRange(_facts.Annotated);

        _killsBefore = KillsAbove();
        _placed = new ExistingUnit(_files, _manager, Record);
        _manager.StartTransientUnit(Record.Name, properties);
        if (_facts.IsUnified)
            Settle(pid);
        Record = Record with { Inode = ExistingUnit.InodeOf(_files) };
        _placed = new ExistingUnit(_files, _manager, Record);
        if (_facts.IsPrivileged)
            AllowDevicesForNow();
        if (_facts.IsUnified)
            EnableControllers(plan);
        _files.ApplyLimits(plan);
    }

    public void ApplyGuards(CgroupPlan plan)
    {
        if (_heldBack.Count > 0)
        {
            // systemd writes all that it knows of the unit anew, a quota rounded to whole percents among it.
            _manager.SetProperties(Record.Name, _heldBack);
            _files.ApplyLimits(plan);
        }

        // A `run` lives as long as its container, and would be sent the signals of all units meanwhile.
        _manager.Close();
        _files.ApplyGuards(plan);
    }

    /// <summary>Nothing on v2: systemd moves it.</summary>
    public CgroupEntrance Open() => _facts.IsUnified && _placed is null ? new CgroupEntrance([], null) : _files.Open();

    public void Delegate(uint uid) => _files.Delegate(uid);

    public void EnterPart(int pid, uint? owner) => _files.EnterPart(pid, owner);

    public IReadOnlyList<int> Processes() => _files.Processes();

    public void Kill(int signal) => _files.Kill(signal);

    public void Remove()
    {
        if (_placed is null)
            _files.Remove();
        else
            _placed.Remove();
    }

    /// <summary>What the unit of a container is, apart from its limits.</summary>
    /// <param name="pid">Its first process. A slice gets none by itself.</param>
    /// <param name="isUnified">Cgroup v2.</param>
    public static List<UnitProperty> Properties(UnitName unit, string id, int pid, bool isUnified)
    {
        var properties = new List<UnitProperty> { new("Description", BusValue.Of("lade container " + id)) };
        if (unit.IsSlice)
        {
            properties.Add(new UnitProperty("Wants", new BusValue("as", new object[] { unit.Slice })));
        }
        else
        {
            properties.Add(new UnitProperty("Slice", BusValue.Of(unit.Slice)));
            properties.Add(new UnitProperty("PIDs", BusValue.OfPid(pid)));
            // The cgroups below belong to lade and the container.
            properties.Add(new UnitProperty("Delegate", BusValue.Of(true)));
        }

        properties.Add(new UnitProperty("MemoryAccounting", BusValue.Of(true)));
        properties.Add(new UnitProperty("CPUAccounting", BusValue.Of(true)));
        properties.Add(new UnitProperty(isUnified ? "IOAccounting" : "BlockIOAccounting", BusValue.Of(true)));
        properties.Add(new UnitProperty("TasksAccounting", BusValue.Of(true)));
        // A container is not to be stopped first of all at shutdown, nor to wait for basic.target.
        properties.Add(new UnitProperty("DefaultDependencies", BusValue.Of(false)));
        // One that failed (a process killed for lack of memory) must not stay loaded for ever.
        properties.Add(new UnitProperty("CollectMode", BusValue.Of("inactive-or-failed")));
        return properties;
    }

    /// <summary>How many processes the kernel has killed for want of memory in the slice and all that is in it. v1 does not add them up.</summary>
    private long KillsAbove() =>
        _facts.IsUnified ? KeyedFile.Number(_facts.Directory[.._facts.Directory.LastIndexOf('/')] + "/memory.events", "oom_kill") ?? 0 : 0;

    private static ICgroup FilesOf(CgroupHost host, Facts unit, string part)
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
    private void Settle(int pid)
    {
        string path = Directories[0].Path;
        string number = pid.ToString(CultureInfo.InvariantCulture);
        if (_facts.Subgroup.Length > 0)
            Files.MakeDirectory(path, 0x1ED);
        if (_facts.Subgroup.Length > 0 || _facts.Name.IsSlice)
        {
            // The one place where lade writes a pid (docs/decisions/005): the process cannot have been born where it is to be.
            Files.WriteValue(path + "/cgroup.procs", number);
        }

        string found = CgroupHost.UnifiedPath(Files.ReadAll("/proc/" + number + "/cgroup"));
        if (found != _facts.Path + _facts.Subgroup)
            throw new LadeException("systemd has put the container into the cgroup " + found + ", not into " + _facts.Path + _facts.Subgroup);
        if (_facts.Subgroup.Length > 0)
            V2Controllers.EnableBelow(_facts.Directory);
    }

    /// <summary>systemd enables the controllers that it knows. The others (hugetlb, rdma, misc) are ours to enable when a limit needs them.</summary>
    private void EnableControllers(CgroupPlan plan)
    {
        string[] available = Encoding.ASCII.GetString(Files.ReadAll(Directories[0].Path + "/cgroup.controllers")).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        foreach (CgroupWrite write in plan.Limits)
        {
            if (write.Controller == "cgroup" || Array.IndexOf(available, write.Controller) >= 0)
                continue;
            V2Controllers.Enable(_facts.MountPoint, Directories[0]);
            return;
        }
    }

    /// <summary>
    /// systemd enforces the device rules from the first moment on, but `init` may have to mount what the container may not open. The rules come into force
    /// with <see cref="ApplyGuards"/>.
    /// </summary>
    private void AllowDevicesForNow()
    {
        if (!_facts.IsUnified)
        {
            if (PathOf("devices") is { } devices)
                Files.WriteValue(devices + "/devices.allow", "a");
            return;
        }

        using Fd program = Bpf.LoadDeviceProgram([.. DeviceProgram.Generate(new DevicePolicy(AllowByDefault: true, JsonPointer.None, []))]);
        using Fd cgroup = Files.Open(_facts.Directory, Libc.O_RDONLY | Libc.O_DIRECTORY);
        Bpf.SetDeviceProgram(cgroup, program, _facts.Directory);
    }

    private static bool Hinders(UnitProperty property) => property is { Name: PidsSettings.MaxProperty, Value.Value: < AmpleTasks };

    /// <summary>What is known of a unit before it is made.</summary>
    private sealed class Facts
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
