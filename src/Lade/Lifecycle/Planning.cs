using Lade.Cgroups;
using Lade.Configuration;
using Lade.Plan;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>`plan`: what create would do, without doing it.</summary>
internal static class Planning
{
    public static string Describe(PlanRequest request)
    {
        CreateRequest create = request.Create;
        (Spec spec, _) = SpecFile.Load(create.Bundle, create.ConfigFile);
        ICgroup? cgroup = create.CgroupManager == CgroupManager.Disabled ? null : Cgroup.For(CgroupHost.Detect(), spec.Linux?.CgroupsPath, create.Id.ToString());
        ContainerState state = NewContainer.FirstState(create, spec, Preflight.ResolveRootfs(spec, create.Bundle), cgroup);
        CgroupPlan? limits = cgroup?.Plan(spec.Linux?.Resources, CgroupChange.Create, JsonPointer.Of("linux", "resources"));
        ContainerPlan plan = PlanOrder.Compile(spec, HostFactsReader.Gather(spec, create, state, cgroup) with { WaitsOnSocket = true });
        return request.Format == PlanFormat.Json ? PlanPrinter.Json(plan) : PlanPrinter.Text(plan);
    }
}
