using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>
/// <c>process.apparmorProfile</c> and <c>process.selinuxLabel</c>: confinement that begins with the program, at execve(2). `init` only announces it; the kernel
/// switches. The files of mounts are labelled by MountLabel.
/// </summary>
internal static class ProcessLabels
{
    private static readonly JsonPointer s_profile = JsonPointer.Of("process", "apparmorProfile");
    private static readonly JsonPointer s_label = JsonPointer.Of("process", "selinuxLabel");

    /// <exception cref="LadeException">An SELinux label on a machine without SELinux: what it promises cannot be kept, and runc's callers rely on the error.</exception>
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
    /// What the user is told of a profile that cannot be applied. It is no error: the same bundle has to run on machines without AppArmor, and engines name a
    /// profile only where it is there.
    /// </summary>
    public static string? Warning(ProcessSpec process, LabelSupport support) =>
        process.ApparmorProfile is { Length: > 0 } profile && profile != "unconfined" && !support.AppArmor
            ? s_profile + ": profile '" + profile + "' is not applied: this machine has no AppArmor, or has it switched off"
            : null;
}
