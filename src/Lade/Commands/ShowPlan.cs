using Lade.Lifecycle;
using Lade.Plan;
using Lade.Planning;

namespace Lade.Commands;

/// <summary>`plan`: what create would do, without doing it.</summary>
internal static class ShowPlan
{
    public static string Execute(PlanRequest request)
    {
        LoadedContainer container = LoadedContainer.Load(request.Create);
        ContainerPlan plan = container.Plan(CgroupJoin.None with { WaitsForUnit = container.Cgroup.Unit is not null }, waitsOnSocket: true);
        return request.Format == PlanOutput.Json ? PlanPrinter.Json(plan) : PlanPrinter.Text(plan);
    }
}
