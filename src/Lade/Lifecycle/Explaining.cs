using Lade.Plan;
using Lade.Planning;

namespace Lade.Lifecycle;

/// <summary>`plan`: what create would do, without doing it.</summary>
internal static class Explaining
{
    public static string Describe(PlanRequest request)
    {
        LoadedContainer container = LoadedContainer.Load(request.Create);
        ContainerPlan plan = container.Plan(CgroupEntry.None with { WaitsForUnit = container.Cgroup.Unit is not null }, waitsOnSocket: true);
        return request.Format == PlanFormat.Json ? PlanPrinter.Json(plan) : PlanPrinter.Text(plan);
    }
}
