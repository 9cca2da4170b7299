using Lade.Cgroups;
using Lade.Configuration;
using Lade.Linux;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>`update`: new limits for a container that exists. All of them hold afterwards, or none.</summary>
internal static class Updating
{
    /// <param name="given">What shall change; the rest stays.</param>
    public static void Update(string stateRoot, ContainerId id, ResourcesSpec given, Log log)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(stateRoot, id);
        directory.Lock();
        ContainerState state = directory.Load();
        if (Status.OfUnpaused(state, directory) == ContainerStatus.Stopped)
            throw new LadeException("container not running");
        if (state.Cgroup is not { } recorded)
            throw new LadeException("the container has no cgroup whose limits could be changed");

        ICgroup cgroup = recorded.Open();
        ResourcesSpec effective = ResourcesMerge.Over(Effective(directory), given);
        CgroupPlan plan = cgroup.Plan(ResourcesMerge.WithPartners(given, effective), CgroupChange.Update, JsonPointer.None);
        foreach (ConfigProblem warning in plan.Warnings)
            log.Warning(warning.ToString());
        CgroupSnapshot before = CgroupSnapshot.Take(cgroup, plan);
        try
        {
            cgroup.ApplyLimits(plan);
            cgroup.ApplyGuards(plan);
            directory.Replace(ContainerDirectory.ResourcesFile, ResourcesWriter.Write(effective).Span);
        }
        catch
        {
            before.Restore(log);
            throw;
        }
    }

    /// <summary>The resources that hold now: of the last update, else of the config at create.</summary>
    public static ResourcesSpec Effective(ContainerDirectory directory)
    {
        if (directory.Holds(ContainerDirectory.ResourcesFile))
            return SpecReader.ReadAcceptedResources(Files.ReadAll(ContainerDirectory.ResourcesFile, directory.Descriptor), directory.Path + "/" + ContainerDirectory.ResourcesFile);
        byte[] config = Files.ReadAll(ContainerDirectory.ConfigFile, directory.Descriptor);
        return SpecReader.ReadAccepted(config, directory.Path + "/" + ContainerDirectory.ConfigFile).Linux?.Resources ?? new ResourcesSpec();
    }
}
