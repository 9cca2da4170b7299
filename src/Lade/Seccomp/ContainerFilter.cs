using System.Diagnostics;
using System.Globalization;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Seccomp;

/// <summary>Plans the filter of a container's processes: that of the profile, or a program that an annotation gives in its place.</summary>
internal static class ContainerFilter
{
    /// <summary>The filter, compiled; null without one.</summary>
    /// <param name="log">Gets what the compiler found, as debug messages.</param>
    public static LoadSeccomp? Compile(Spec spec, Log log)
    {
        if (RunOciAnnotations.SeccompProgram(spec) is { } program)
            return Decode(spec, program);
        if (spec.Linux?.Seccomp is not { } seccomp)
            return null;
        long started = Stopwatch.GetTimestamp();
        SeccompFilter filter = SeccompCompiler.Compile(seccomp, SeccompArch.X86_64, RunOciAnnotations.FailsOnUnknownCalls(spec));
        if (log.IsDebug)
        {
            log.Debug("seccomp: " + filter.Instructions + " instructions compiled in " + Stopwatch.GetElapsedTime(started).TotalMicroseconds.ToString("F0", CultureInfo.InvariantCulture) + " us");
            if (filter.UnknownNames.Count > 0)
                log.Debug("seccomp: unknown system calls skipped: " + string.Join(", ", filter.UnknownNames));
        }

        return new LoadSeccomp(filter.Program, filter.Flags)
        {
            ListenerByNumber = filter.Notifies && !SeccompAgent.MaySend(seccomp),
            Origin = JsonPointer.Of("linux", "seccomp"),
        };
    }

    /// <summary>A program of unknown content cannot have a listener: nobody knows whether it notifies.</summary>
    private static LoadSeccomp Decode(Spec spec, string base64)
    {
        JsonPointer origin = RunOciAnnotations.PointerTo(RunOciAnnotations.SeccompBpfData);
        if (spec.Linux?.Seccomp is { } profile && SeccompCompiler.Notifies(profile))
            throw new LadeException(origin, "takes the place of a profile with SCMP_ACT_NOTIFY, whose agent would wait in vain; leave out one of the two");
        uint flags = spec.Linux?.Seccomp is { } seccomp ? SeccompCompiler.Flags(seccomp, notifies: false) : SeccompCompiler.FlagSpecAllow;
        return new LoadSeccomp(RawFilter.Decode(base64), flags) { Origin = origin };
    }
}
