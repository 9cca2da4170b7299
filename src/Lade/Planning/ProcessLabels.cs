using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>
/// <c>process.apparmorProfile</c> and <c>process.selinuxLabel</c>: take effect at execve(2) of the program; `init` only sets them for it. MountLabel labels the
/// files of mounts.
/// </summary>
internal static class ProcessLabels
{
    private static readonly JsonPointer s_profile = JsonPointer.Of("process", "apparmorProfile");
    private static readonly JsonPointer s_label = JsonPointer.Of("process", "selinuxLabel");

    /// <exception cref="LadeException">An SELinux label without SELinux: the confinement it asks for is not available, and runc's callers rely on the error.</exception>
    public static IEnumerable<Operation> Plan(ProcessSpec process, LabelSupport support)
    {
        if (process.ApparmorProfile is { Length: > 0 } profile && support.AppArmor)
            yield return new SetExecLabel(SecurityModule.AppArmor, profile) { Origin = s_profile };
        if (process.SelinuxLabel is not { Length: > 0 } label)
            yield break;
        if (!support.Selinux)
            throw new LadeException(s_label, "selinux label is specified in config, but selinux is disabled or not supported");
        yield return new SetExecLabel(SecurityModule.Selinux, label) { Origin = s_label };
    }

    /// <summary>
    /// Warning for a profile that cannot be applied. Not an error: the same bundle must run on hosts without AppArmor, and engines name a profile only where it
    /// is available.
    /// </summary>
    public static string? Warning(ProcessSpec process, LabelSupport support) =>
        process.ApparmorProfile is { Length: > 0 } profile && profile != "unconfined" && !support.AppArmor
            ? s_profile + ": profile '" + profile + "' is not applied: AppArmor is not available on this host, or disabled"
            : null;
}
