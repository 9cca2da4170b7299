using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Cgroups.Controllers;
using Lade.Cgroups.DBus;
using Lade.Cgroups.Statistics;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Cgroups.Systemd;

/// <summary>What is recorded of a container's unit.</summary>
/// <param name="Name"><c>lade-box1.scope</c>.</param>
/// <param name="Bus">Address list of the manager's bus.</param>
/// <param name="Inode">Of the cgroup's directory, by which a later unit of the same name is told from ours; 0 when the unit is not there yet.</param>
internal sealed record UnitRecord(string Name, string Bus, ulong Inode = 0);

/// <summary>The cgroup of a container that exists, in a unit of systemd's.</summary>
/// <param name="files">Its directories, which systemd leaves to us (<c>Delegate</c>): inside them a unit's cgroup is like any other.</param>
internal sealed class ExistingUnit(ICgroup files, SystemdManager manager, UnitRecord record) : IExistingCgroup
{
    /// <summary>
    /// What systemd has other values for than lade: it rounds a quota, knows no limit of 0 processes, and converts weights between the two kinds. It writes
    /// all of a controller when one thing changes.
    /// </summary>
    private static readonly string[] s_inexact = [CpuSettings.MaxFile, CpuSettings.QuotaFile, CpuSettings.IdleFile, BlockIoSettings.BfqWeightFile, PidsSettings.MaxFile];

    public ExistingUnit(ICgroup files, UnitRecord record)
        : this(files, new SystemdManager(record.Bus), record)
    {
    }

    public IReadOnlyList<CgroupDirectory> Directories => files.Directories;

    public bool IsFrozen => files.IsFrozen;

    public long OomKills => files.OomKills;

    public string? PathOf(string controller) => files.PathOf(controller);

    public CgroupPlan Plan(ResourcesSpec? resources, CgroupChange change, JsonPointer at) => UnitLimits.Plan(files, manager, resources, change, at);

    public void ApplyLimits(CgroupPlan plan)
    {
        // systemd asks nobody whether a limit would kill.
        CgroupWriter.CheckUsage(files, plan.Limits);
        if (plan.Properties.Count > 0)
            SetPropertiesAlone(plan);
        manager.Close();
        files.ApplyLimits(plan);
    }

    public void ApplyGuards(CgroupPlan plan) => files.ApplyGuards(plan);

    public ISavedLimits Save(CgroupPlan plan)
    {
        var names = new List<string>(plan.Properties.Count);
        foreach (UnitProperty property in plan.Properties)
            names.Add(property.Name);
        return new SavedUnit(manager, record.Name, names.Count == 0 ? [] : manager.Properties(record.Name, names), files.Save(plan));
    }

    public CgroupEntrance OpenForExec(int initPid, IReadOnlyDictionary<string, string>? below = null) => files.OpenForExec(initPid, below);

    /// <summary>Has systemd move a process of `exec` in: where the container's first process is, or into the part that is named.</summary>
    public void Attach(int pid, int initPid, IReadOnlyDictionary<string, string>? below = null)
    {
        string path = below is null
            ? CgroupHost.UnifiedPath(Files.ReadAll("/proc/" + initPid.ToString(CultureInfo.InvariantCulture) + "/cgroup"))
            : CgroupTree.Below(Directories[0].Path, below.GetValueOrDefault(""));
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

    public CgroupStatistics ReadStatistics() => files.ReadStatistics();

    public OomWatch? WatchOom() => files.WatchOom();

    /// <summary>Has systemd stop the unit, then removes what is left: on v1 the hierarchies that systemd does not manage.</summary>
    public void Remove()
    {
        // A container that has ended takes its unit with it, and its name may be another's by now.
        bool isOurs = record.Inode == 0 ? Directories is [{ Missing: > 0 }, ..] : InodeOf(files) is var found && (found == 0 || found == record.Inode);
        if (!isOurs)
            return;
        try
        {
            manager.Stop(record.Name);
            manager.Close();
        }
        catch (LadeException) when (CanRemoveAlone())
        {
            // Without systemd: it notices by itself that the cgroup of a unit is gone.
            return;
        }

        files.Remove();
    }

    /// <summary>Tells a cgroup from a later one at the same place; 0 when it is not there.</summary>
    public static ulong InodeOf(IHasDirectories cgroup) =>
        cgroup.Directories.Count > 0 && Files.TryStat(cgroup.Directories[0].Path) is { } stat ? stat.Inode : 0;

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

        manager.SetProperties(record.Name, plan.Properties);
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

    private bool CanRemoveAlone()
    {
        try
        {
            files.Remove();
            return true;
        }
        catch (LadeException)
        {
            // Why systemd did not answer is what the user has to know.
            return false;
        }
    }

    /// <param name="properties">What systemd took them for before.</param>
    private sealed class SavedUnit(SystemdManager manager, string name, IReadOnlyList<UnitProperty> properties, ISavedLimits files) : ISavedLimits
    {
        public void Restore(Log log)
        {
            // The files last: systemd writes files too, with its own values.
            try
            {
                PutBack();
            }
            catch (LadeException e)
            {
                log.Warning("while undoing: " + e.Message);
            }

            files.Restore(log);
        }

        private void PutBack()
        {
            var values = new List<UnitProperty>(properties.Count);
            foreach (UnitProperty property in properties)
                values.AddRange(UnitProperties.Again(property));
            if (values.Count > 0)
                manager.SetProperties(name, values);
            manager.Close();
        }
    }
}
