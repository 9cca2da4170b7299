namespace Lade.Cli;

/// <summary>The output of <c>--version</c>: exactly three lines in this order, which old engines split at <c>version</c> and <c>:</c>.</summary>
internal static class VersionText
{
    /// <summary>The newest version of the runtime specification that lade implements.</summary>
    public const string Spec = "1.3.0";

    public static string Full => "lade version " + BuildInfo.Version + "\ncommit: " + BuildInfo.Commit + "\nspec: " + Spec + "\n";
}
