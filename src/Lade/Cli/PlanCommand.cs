using System;
using Lade.Commands;
using Lade.InitSystem;
using Lade.Lifecycle;
using Lade.Linux;
using Lade.State;

namespace Lade.Cli;

internal static class PlanCommand
{
    /// <summary>The id of a plan for no particular container: it shows in names that are derived from the id, such as the cgroup's.</summary>
    private const string AnyId = "container";

    // Without the -f that it has elsewhere: here that is the configuration, as for create.
    private static Option Format => SharedOptions.Format("text or json", "text") with { Short = '\0' };

    public static Command Define() => new()
    {
        Name = "plan",
        Summary = "print what a bundle's configuration makes lade do",
        Usage = "[container-id]",
        Description = """
            Prints the operations that "lade create" would carry out for a bundle, in their
            order, each with the place in config.json that asks for it. Nothing is done.
            The same configuration gives the same plan, so plans can be compared.
            """,
        Example = """
            lade plan --bundle /srv/web
            lade plan --bundle /srv/web --format json > before.json
            """,
        MaximumArguments = 1,
        Options = [SharedOptions.Bundle, SharedOptions.Config, Format, SharedOptions.NoPivot, SharedOptions.NoNewKeyring],
        Body = Run,
    };

    public static PlanRequest RequestOf(Invocation invocation) => new()
    {
        Create = new CreateRequest
        {
            Id = ContainerId.Parse(invocation.Arguments.Positionals.Count > 0 ? invocation.Arguments.Positionals[0] : AnyId),
            StateRoot = invocation.StateRoot,
            Bundle = invocation.Bundle,
            ConfigFile = invocation.AbsolutePath("config"),
            NoPivot = invocation.Arguments.Switch("no-pivot"),
            NoNewKeyring = invocation.Arguments.Switch("no-new-keyring"),
            Service = ServiceEnvironment.Read(Environment.GetEnvironmentVariable, Environment.ProcessId),
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
        Stdio.Write(ShowPlan.Execute(RequestOf(invocation)));
        return 0;
    }
}
