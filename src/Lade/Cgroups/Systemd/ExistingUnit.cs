using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.Statistics;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cgroups.Systemd;

/// <summary>What is recorded of a container's unit.</summary>
/// <param name="Name"><c>lade-box1.scope</c>.</param>
/// <param name="Bus">Address list of the manager's bus.</param>
/// <param name="Inode">Of the cgroup's directory, to tell a later unit of the same name from ours; 0 before the unit exists.</param>
internal sealed record UnitRecord(string Name, string Bus, ulong Inode = 0);

/// <summary>The cgroup of an existing container in a systemd unit.</summary>
/// <param name="files">The directories, which systemd delegates to us: inside them a unit's cgroup is like any other.</param>
internal sealed class ExistingUnit(ICgroup files, SystemdManager manager, UnitRecord record) : IExistingCgroup
{
    private const int FirstVersionWithIdleWeight = 252;

    /// <summary>
    /// Files in which systemd writes other values than lade: it rounds quotas, has no limit of 0 processes, and converts between the two kinds of weight. It rewrites all
    /// files of a controller when one property changes.
    /// </summary>
    private static readonly string[] s_inexactFiles = [CpuSettings.MaxFile, CpuSettings.QuotaFile, CpuSettings.IdleFile, BlockIoSettings.BfqWeightFile, PidsSettings.MaxFile];

    public ExistingUnit(ICgroup files, UnitRecord record)
        : this(files, new SystemdManager(record.Bus), record)
    {
    }

    public IReadOnlyList<CgroupDirectory> Directories => files.Directories;

    public bool IsFrozen => files.IsFrozen;

    public long OomKills => files.OomKills;

    /// <summary>The plan of <paramref name="files"/>, with the same settings as properties of a unit.</summary>
    /// <param name="deviceGroups">See <see cref="UnitProperties"/>.</param>
    public static CgroupPlan Plan(ICgroup files, SystemdManager manager, ResourcesSpec? resources, CgroupChange change, JsonPointer at, string? deviceGroups = null)
    {
        CgroupPlan plan = files.Plan(resources, change, at);
        List<UnitProperty> properties = UnitProperties.From(resources, change, at, files.Directories is [{ IsUnified: true }], UnitProperties.IsDisk, deviceGroups);
        if (properties.Exists(IsIdleWeight) && manager.Version() < FirstVersionWithIdleWeight)
            properties.RemoveAll(IsIdleWeight);
        return plan with { Properties = properties };
    }

    /// <summary>The inode of the cgroup's directory; 0 when it does not exist.</summary>
    public static ulong InodeOf(IHasDirectories cgroup) =>
        cgroup.Directories.Count > 0 && Files.TryStat(cgroup.Directories[0].Path) is { } stat ? stat.Inode : 0;

    public string? PathOf(string controller) => files.PathOf(controller);

    public CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at) => Plan(files, manager, resources, change, at);

    public void ApplyLimits(CgroupPlan plan)
    {
        // systemd itself does not check whether a limit would kill.
        LimitWriter.CheckUsage(files, plan.Limits);
        if (plan.Properties.Count > 0)
            SetProperties(plan);
        manager.Close();
        files.ApplyLimits(plan);
    }

    public void ApplyDeferredLimits(CgroupPlan plan) => files.ApplyDeferredLimits(plan);

    public void ApplyDeviceRules(CgroupPlan plan) => files.ApplyDeviceRules(plan);

    public ISavedLimits Save(CgroupPlan plan)
    {
        var names = new List<string>(plan.Properties.Count);
        foreach (UnitProperty property in plan.Properties)
            names.Add(property.Name);
        return new SavedUnit(manager, record.Name, names.Count == 0 ? [] : manager.Properties(record.Name, names), files.Save(plan));
    }

    public CgroupJoin OpenExecJoin(int initPid, IReadOnlyDictionary<string, string>? below = null) => files.OpenExecJoin(initPid, below);

    /// <summary>Has systemd move a process of <c>exec</c> to the cgroup of init, or to the named sub-cgroup.</summary>
    public void Attach(int pid, int initPid, IReadOnlyDictionary<string, string>? below = null)
    {
        string path = below is null
            ? CgroupHost.UnifiedPath(initPid.ToString(CultureInfo.InvariantCulture))
            : CgroupPath.Below(Directories[0].Path, below.GetValueOrDefault(""));
        int unit = path.IndexOf("/" + record.Name, StringComparison.Ordinal);
        if (unit < 0)
            throw new LadeException("the container's cgroup " + path + " is not in the unit " + record.Name);
        manager.Attach(record.Name, path[(unit + 1 + record.Name.Length)..], pid);
        manager.Close();
    }

    public IReadOnlyList<int> Processes() => files.Processes();

    public void Kill(int signal) => files.Kill(signal);

    public void Freeze() => files.Freeze();

    public void Thaw() => files.Thaw();

    public bool ThawAll() => files.ThawAll();

    public bool Recapture(int pid) => files.Recapture(pid);

    public CgroupStatistics ReadStatistics() => files.ReadStatistics();

    public OomWatch? WatchOom() => files.WatchOom();

    /// <summary>Has systemd stop the unit, then removes what is left: on v1 the hierarchies that systemd does not manage.</summary>
    public void Remove()
    {
        // The unit of a container that has ended is gone, and its name may be another one's by now.
        bool isOurs = record.Inode == 0 ? Directories is [{ Missing: > 0 }, ..] : InodeOf(files) is var found && (found == 0 || found == record.Inode);
        if (!isOurs)
            return;
        try
        {
            manager.Stop(record.Name);
            manager.Close();
        }
        catch (LadeException stopping)
        {
            // systemd also notices by itself that the cgroup of a unit is gone.
            RemoveWithout(stopping);
            return;
        }

        files.Remove();
    }

    private void RemoveWithout(LadeException systemd)
    {
        try
        {
            files.Remove();
        }
        catch (LadeException e)
        {
            throw new LadeException(systemd.Message + "; " + e.Message, systemd);
        }
    }

    /// <summary>Changes the unit's properties, and restores the files that systemd writes in addition.</summary>
    private void SetProperties(CgroupPlan plan)
    {
        var before = new List<(string Path, string Content)>();
        foreach (string file in s_inexactFiles)
        {
            string? path = PathOf(file[..file.IndexOf('.', StringComparison.Ordinal)]) is { } directory ? directory + "/" + file : null;
            if (path is not null && !Writes(plan, file) && CgroupFile.TryRead(path) is { } content)
                before.Add((path, content));
        }

        manager.SetProperties(record.Name, plan.Properties);
        foreach ((string path, string content) in before)
        {
            if (CgroupFile.TryRead(path) != content)
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

    private static bool IsIdleWeight(UnitProperty property) => property is { Name: CpuSettings.WeightProperty, Value.Value: CpuSettings.IdleWeight };

    /// <param name="properties">Their old values.</param>
    private sealed class SavedUnit(SystemdManager manager, string name, IReadOnlyList<UnitProperty> properties, ISavedLimits files) : ISavedLimits
    {
        public void Restore(Log log)
        {
            // The files come last, because systemd writes its own values into them.
            try
            {
                RestoreProperties();
            }
            catch (LadeException e)
            {
                log.Warning("while undoing: " + e.Message);
            }

            files.Restore(log);
        }

        private void RestoreProperties()
        {
            var values = new List<UnitProperty>(properties.Count);
            foreach (UnitProperty property in properties)
                values.AddRange(UnitProperties.RestoreSequence(property));
            if (values.Count > 0)
                manager.SetProperties(name, values);
            manager.Close();
        }
    }
}
