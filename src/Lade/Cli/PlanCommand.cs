using Lade.Commands;
using Lade.Lifecycle;
using Lade.Linux;
using Lade.State;

namespace Lade.Cli;

internal static class PlanCommand
{
    /// <summary>The default id, which shows in names derived from it, such as the cgroup's.</summary>
    private const string DefaultId = "container";

    // Without the short name: -f is the configuration here, as for create.
    private static Option Format => SharedOptions.Format("text or json", "text") with { Short = '\0' };

    public static Command Define() => new()
    {
        Name = "plan",
        Summary = "print the operations that create would perform",
        Usage = "[container-id]",
        Description = """
            Prints the operations that "lade create" would perform for a bundle, in order,
            each with the property of config.json that asks for it. Nothing is changed. The
            same configuration gives the same plan, so plans can be compared.
            """,
        Example = """
            lade plan --bundle /srv/web
            lade plan --bundle /srv/web --format json > before.json
            """,
        MaximumArguments = 1,
        Options = [SharedOptions.Bundle, SharedOptions.Config, Format, SharedOptions.NoPivot, SharedOptions.NoNewKeyring],
        Body = new(Run),
    };

    public static PlanRequest ParseRequest(Invocation invocation) => new()
    {
        Create = new CreateRequest
        {
            Id = ContainerId.Parse(invocation.Arguments.Positionals.Count > 0 ? invocation.Arguments.Positionals[0] : DefaultId),
            StateRoot = invocation.StateRoot,
            Bundle = invocation.Bundle,
            ConfigFile = invocation.AbsolutePath("config"),
            NoPivot = invocation.Arguments.Switch("no-pivot"),
            NoNewKeyring = invocation.Arguments.Switch("no-new-keyring"),
            Service = Invocation.Service,
            CgroupManager = invocation.Globals.CgroupManager,
            Rootless = invocation.Globals.Rootless,
            Log = invocation.Log,
        },
        Format = invocation.Arguments.Text("format") switch
        {
            "text" => PlanOutput.Text,
            "json" => PlanOutput.Json,
            _ => throw new LadeException("invalid format option"),
        },
    };

    private static int Run(Invocation invocation)
    {
        Stdio.Write(ShowPlan.Execute(ParseRequest(invocation)));
        return 0;
    }
}
