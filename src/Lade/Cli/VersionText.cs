using System.Text;

namespace Lade.Cli;

/// <summary>What <c>--version</c> prints. Three lines in this order: old engines split them at <c>version</c> and <c>:</c> and want no other number.</summary>
internal static class VersionText
{
    /// <summary>The newest runtime specification that lade implements.</summary>
    public const string Spec = "1.3.0";

    public static string Version => BuildInfo.Version;

    public static string Of() => new StringBuilder("lade version ").Append(BuildInfo.Version)
        .Append("\ncommit: ").Append(BuildInfo.Commit)
        .Append("\nspec: ").Append(Spec).Append('\n').ToString();
}
