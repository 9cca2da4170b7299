using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Cgroups.Controllers;
using Lade.Configuration;
using Lade.Lifecycle;
using Lade.Resctrl;
using Lade.State;

namespace Lade.Commands;

/// <summary>`update`: sets new limits for an existing container, all of them or none.</summary>
internal static class Update
{
    public static void Execute(UpdateRequest request)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(request.StateRoot, request.Id);
        directory.Lock();
        ContainerState state = directory.Load();
        if (Status.ReadUnpaused(state, directory) == ContainerStatus.Stopped)
            throw new LadeException("container not running");
        if (state.Cgroup is not { } recorded)
            throw new LadeException("the container has no cgroup to change the limits of");
        ResctrlGroup? changed = request.L3CacheSchema is null && request.MemBwSchema is null ? null
            : state.IntelRdt ?? throw new LadeException("the container has no resctrl group to change the schemata of; set linux.intelRdt to give it one");

        IExistingCgroup cgroup = recorded.Open();
        ResourcesSpec effective = Settings.Merge(directory.LoadResources(), request.Resources);
        CgroupPlan plan = cgroup.Plan(Settings.AddDependent(request.Resources, effective), CgroupChange.Update, JsonPointer.None);
        foreach (ConfigProblem warning in plan.Warnings)
            request.Log.Warning(warning.ToString());
        ISavedLimits before = cgroup.Save(plan);
        try
        {
            cgroup.ApplyLimits(plan);
            cgroup.ApplyDeferredLimits(plan);
            if (changed is not null)
                ChangeRdt(changed, request);
            directory.SaveResources(effective);
        }
        catch
        {
            before.Restore(request.Log);
            throw;
        }
    }

    private static void ChangeRdt(ResctrlGroup group, UpdateRequest request)
    {
        IReadOnlyList<string> before = ResctrlFileSystem.ReadSchemata(group.Directory);
        try
        {
            group.Update(request.L3CacheSchema, request.MemBwSchema);
        }
        catch
        {
            foreach (string line in before)
                Rollback.Try(request.Log, () => ResctrlFileSystem.WriteSchemata(group.Root, group.Directory, line, JsonPointer.None));
            throw;
        }
    }
}
