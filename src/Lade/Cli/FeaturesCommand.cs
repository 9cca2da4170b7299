using Lade.Linux;

namespace Lade.Cli;

internal static class FeaturesCommand
{
    public static Command Define() => new()
    {
        Name = "features",
        Summary = "print what this lade supports",
        Description = """
            Prints a JSON object as the OCI runtime specification defines it in features.md:
            versions, hooks, mount options, namespaces, capabilities, cgroups, seccomp and
            the rest. The answer depends on this program alone, not on the machine.
            """,
        Body = Run,
    };

    private static int Run(Invocation invocation)
    {
        Stdio.Write(FeaturesDocument.ToJson());
        return 0;
    }
}
