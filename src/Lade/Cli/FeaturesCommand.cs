using Lade.Linux;

namespace Lade.Cli;

internal static class FeaturesCommand
{
    public static Command Define() => new()
    {
        Name = "features",
        Summary = "print what this lade supports",
        Description = """
            Prints the features structure of the OCI runtime specification (features.md) as
            JSON: versions, hooks, mount options, namespaces, capabilities, cgroups, seccomp
            and so on. It depends on this build of lade only, not on the host.
            """,
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        Stdio.Write(FeaturesDocument.ToJson());
        return 0;
    }
}
