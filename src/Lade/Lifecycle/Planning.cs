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
        spec = EffectiveSpec.Of(spec, create);
        var machine = new Machine(create, spec);
        ContainerState state = NewContainer.FirstState(create, spec, Preflight.ResolveRootfs(spec, create.Bundle), machine);
        ContainerPlan plan = PlanOrder.Compile(spec, HostFactsReader.Gather(spec, create, state, machine) with { WaitsOnSocket = true });
        return request.Format == PlanFormat.Json ? PlanPrinter.Json(plan) : PlanPrinter.Text(plan);
    }
}
