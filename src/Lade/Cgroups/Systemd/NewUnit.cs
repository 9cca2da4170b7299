using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.V1;
using Lade.Cgroups.V2;
using Lade.Configuration;
using Lade.DBus;
using Lade.Linux;

namespace Lade.Cgroups.Systemd;

/// <summary>
/// A cgroup that systemd creates, as the scope of a transient unit. systemd starts a scope around an existing process, so `init` starts first and blocks,
/// <see cref="Place"/> has systemd create the unit around it, and `init` goes on. Limits are given to systemd and written to the cgroup's files too, because systemd
/// delegates the cgroup to us.
/// </summary>
internal sealed class NewUnit : INewCgroup
{
    /// <summary>A limit of processes from here on cannot hinder `init` and is set at once; a lower one is deferred.</summary>
    private const ulong AmpleTasks = 1024;

    /// <summary>Controllers of v1 whose hierarchies systemd manages.</summary>
    private static readonly string[] s_managedControllers = ["name=systemd", "cpu", "cpuacct", "blkio", "memory", "devices", "pids"];

    private readonly ICgroup _files;
    private readonly SystemdManager _manager;
    private readonly Facts _facts;
    private readonly List<UnitProperty> _deferred = [];
    private ExistingUnit? _placed;
    private long _killsBefore;

    private NewUnit(ICgroup files, SystemdManager manager, UnitRecord record, Facts facts)
    {
        _files = files;
        _manager = manager;
        Record = record;
        _facts = facts;
    }

    /// <summary>To be recorded, before and again after <see cref="Place"/>.</summary>
    public UnitRecord Record { get; private set; }

    public IReadOnlyList<CgroupDirectory> Directories => _files.Directories;

    public bool IsFrozen => _files.IsFrozen;

    /// <summary>Once systemd has removed the cgroup, its kills are those that the slice has counted in addition.</summary>
    public long OomKills => _files.OomKills is var kills && (kills > 0 || ExistingUnit.InodeOf(_files) != 0) ? kills : ReadSliceKills() - _killsBefore;

    public string DelegatedPath => _files.DelegatedPath;

    /// <summary>The cgroup of a new container. Nothing is created; a user's manager is asked for its own cgroup.</summary>
    /// <param name="isPrivileged">Host root uses the manager of the system, everybody else their own.</param>
    public static NewUnit Locate(CgroupHost host, Spec spec, string id, bool isPrivileged)
    {
        if (host.Mode == CgroupMode.None)
            throw new LadeException("no cgroup file system is mounted");
        if (!isPrivileged && host.Mode != CgroupMode.V2)
            throw new LadeException("the systemd cgroup manager needs root, or cgroup v2, which this host does not have");
        string delegatedPath = Cgroupfs.DelegatedPath(spec);
        Cgroupfs.CheckDelegation(host, delegatedPath);
        string bus = isPrivileged
            ? BusAddress.ForSystem(isRoot: true, Environment.GetEnvironmentVariable)
            : BusAddress.ForUser(Libc.geteuid(), Environment.GetEnvironmentVariable);
        var name = UnitName.Parse(spec.Linux?.CgroupsPath, id, isPrivileged ? "system.slice" : "user.slice");
        var manager = new SystemdManager(bus);
        var facts = new Facts
        {
            Name = name,
            ContainerId = id,
            IsUnified = host.Mode == CgroupMode.V2,
            IsPrivileged = isPrivileged,
            MountPoint = host.Hierarchies[0].MountPoint,
            Path = (isPrivileged ? "" : manager.ControlGroup()) + name.CgroupPath,
            Subgroup = host.Mode == CgroupMode.V2 ? UnitAnnotations.SubgroupPath(spec.Annotations) : "",
            Annotated = UnitAnnotations.Properties(spec.Annotations),
        };
        return new NewUnit(LocateFiles(host, facts, delegatedPath), manager, new UnitRecord(name.Name, bus), facts);
    }

    public string? PathOf(string controller) => _files.PathOf(controller);

    /// <summary>On v1 the directories must exist when `init` starts and joins them; systemd uses them as they are.</summary>
    public void Create(bool ignorePermissionErrors)
    {
        // If systemd cannot be reached, nothing may be created that only systemd would remove.
        _manager.Subscribe();
        if (_facts.IsUnified)
            CgroupTree.CheckUsable(_files);
        else
            _files.Create(ignorePermissionErrors: false);
    }

    public CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at)
    {
        // A user's manager has no permission to load device programs, and neither has lade.
        string? deviceGroups = _facts.IsPrivileged ? Files.TryReadText("/proc/devices") ?? "" : null;
        CgroupPlan plan = ExistingUnit.Plan(_files, _manager, resources, change, at, deviceGroups);
        return _facts.IsPrivileged ? plan : plan with { DeviceInstructions = null };
    }

    /// <summary>Has systemd create the unit around the waiting process <paramref name="pid"/>, and sets the limits.</summary>
    public void Place(int pid, CgroupPlan plan)
    {
        List<UnitProperty> properties = Properties(_facts.Name, _facts.ContainerId, pid, _facts.IsUnified);
        foreach (UnitProperty property in plan.Properties)
            (IsDeferred(property) ? _deferred : properties).Add(property);
        properties.AddRange(_facts.Annotated);

        _killsBefore = ReadSliceKills();
        _placed = new ExistingUnit(_files, _manager, Record);
        _manager.StartTransientUnit(Record.Name, properties);
        if (_facts.IsUnified)
            PlaceInSubgroup(pid);
        Record = Record with { Inode = ExistingUnit.InodeOf(_files) };
        _placed = new ExistingUnit(_files, _manager, Record);
        if (_facts.IsPrivileged)
            AllowAllDevices();
        if (_facts.IsUnified)
            EnableControllers(plan);
        _files.ApplyLimits(plan);
    }

    public void ApplyDeferredLimits(CgroupPlan plan)
    {
        if (_deferred.Count > 0)
        {
            // systemd then rewrites all limits of the unit, a quota rounded to whole percents among them.
            _manager.SetProperties(Record.Name, _deferred);
            _files.ApplyLimits(plan);
            // On v1 the device rules are files of systemd's, too.
            if (!_facts.IsUnified)
                _files.ApplyDeviceRules(plan);
        }

        // A `run` lives as long as its container, and would receive the signals of all units until then.
        _manager.Close();
        _files.ApplyDeferredLimits(plan);
    }

    public void ApplyDeviceRules(CgroupPlan plan) => _files.ApplyDeviceRules(plan);

    /// <summary>Nothing on v2, where systemd moves the process.</summary>
    public CgroupJoin OpenJoin() => _facts.IsUnified && _placed is null ? new CgroupJoin([], null) : _files.OpenJoin();

    public void Delegate(uint uid) => _files.Delegate(uid);

    public void JoinDelegated(int pid, uint? owner) => _files.JoinDelegated(pid, owner);

    public IReadOnlyList<int> Processes() => _files.Processes();

    public void Kill(int signal) => _files.Kill(signal);

    public void Remove()
    {
        if (_placed is null)
            _files.Remove();
        else
            _placed.Remove();
    }

    /// <summary>The properties of a container's unit apart from its limits.</summary>
    /// <param name="pid">Its first process. A slice cannot contain it directly.</param>
    /// <param name="isUnified">Cgroup v2.</param>
    public static List<UnitProperty> Properties(UnitName unit, string containerId, int pid, bool isUnified)
    {
        var properties = new List<UnitProperty> { new("Description", BusValue.From("lade container " + containerId)) };
        if (unit.IsSlice)
        {
            properties.Add(new UnitProperty("Wants", new BusValue("as", new object[] { unit.Slice })));
        }
        else
        {
            properties.Add(new UnitProperty("Slice", BusValue.From(unit.Slice)));
            properties.Add(new UnitProperty("PIDs", new BusValue("au", new object[] { (uint)pid })));
            // The cgroups below belong to lade and the container.
            properties.Add(new UnitProperty("Delegate", BusValue.From(true)));
        }

        properties.Add(new UnitProperty("MemoryAccounting", BusValue.From(true)));
        properties.Add(new UnitProperty("CPUAccounting", BusValue.From(true)));
        properties.Add(new UnitProperty(isUnified ? "IOAccounting" : "BlockIOAccounting", BusValue.From(true)));
        properties.Add(new UnitProperty("TasksAccounting", BusValue.From(true)));
        // A container is not to be stopped early at shutdown, nor to wait for basic.target.
        properties.Add(new UnitProperty("DefaultDependencies", BusValue.From(false)));
        // Also unload a failed unit (with an OOM-killed process).
        properties.Add(new UnitProperty("CollectMode", BusValue.From("inactive-or-failed")));
        return properties;
    }

    /// <summary>The OOM kills in the slice and everything below it. v1 does not add them up.</summary>
    private long ReadSliceKills() => _facts.IsUnified ? (long)CgroupFile.Number(CgroupPath.Parent(_facts.Directory) + "/memory.events", "oom_kill") : 0;

    private static ICgroup LocateFiles(CgroupHost host, Facts facts, string delegatedPath)
    {
        var directories = new List<CgroupDirectory>(host.Hierarchies.Count);
        foreach (CgroupHierarchy hierarchy in host.Hierarchies)
        {
            CgroupDirectory directory = CgroupDirectory.Probe(hierarchy.Controllers, hierarchy.MountPoint + facts.Path + facts.Subgroup, hierarchy.MountPoint);
            // Where systemd creates the slices, it also removes them.
            bool isManaged = directory.IsUnified || Array.Exists(s_managedControllers, directory.Has);
            directories.Add(isManaged ? directory with { Missing = Math.Min(directory.Missing, facts.Subgroup.Length > 0 ? 2 : 1) } : directory);
        }

        return facts.IsUnified ? new V2Cgroup(directories[0], facts.MountPoint, delegatedPath) : new V1Cgroup(directories);
    }

    /// <summary>Moves the process where it belongs if that is not the unit's own cgroup, and checks where it is.</summary>
    private void PlaceInSubgroup(int pid)
    {
        string path = Directories[0].Path;
        string number = pid.ToString(CultureInfo.InvariantCulture);
        if (_facts.Subgroup.Length > 0)
            Files.MakeDirectory(path, 0x1ED);
        // By its pid (docs/decisions/005): it could not be cloned into a cgroup that does not exist yet.
        if (_facts.Subgroup.Length > 0 || _facts.Name.IsSlice)
            Files.WriteValue(path + "/cgroup.procs", number);

        string found = CgroupHost.UnifiedPath(number);
        if (found != _facts.Path + _facts.Subgroup)
            throw new LadeException("systemd has put the container into the cgroup " + found + ", not into " + _facts.Path + _facts.Subgroup);
        if (_facts.Subgroup.Length > 0)
            V2Controllers.EnableOwn(_facts.Directory);
    }

    /// <summary>systemd enables the controllers that it knows. The others (hugetlb, rdma, misc) are enabled here when a limit needs them.</summary>
    private void EnableControllers(CgroupPlan plan)
    {
        string[] available = V2Controllers.Read(Directories[0].Path + "/cgroup.controllers");
        foreach (CgroupWrite write in plan.Limits)
        {
            if (write.Controller == "cgroup" || Array.IndexOf(available, write.Controller) >= 0)
                continue;
            V2Controllers.EnableFor(_facts.MountPoint, Directories[0].Path);
            return;
        }
    }

    /// <summary>
    /// systemd enforces the device rules from the start, but `init` may have to mount what the container may not open. The rules come into effect with
    /// <see cref="ApplyDeferredLimits"/>.
    /// </summary>
    private void AllowAllDevices()
    {
        if (_facts.IsUnified)
            DeviceProgram.Attach(_facts.Directory, DeviceProgram.Generate(new DevicePolicy(AllowByDefault: true, JsonPointer.None, [])));
        else if (PathOf("devices") is { } devices)
            Files.WriteValue(devices + "/devices.allow", "a");
    }

    private static bool IsDeferred(UnitProperty property) => property is { Name: PidsSettings.MaxProperty, Value.Value: < AmpleTasks };

    /// <summary>What is known of a unit before it is created.</summary>
    private sealed class Facts
    {
        public required UnitName Name { get; init; }
        public required string ContainerId { get; init; }
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
