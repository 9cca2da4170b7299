using System;
using System.Diagnostics;
using System.Globalization;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Seccomp;

/// <summary>Provides the filter of a container's processes: compiled from the profile, or a program from an annotation that replaces it.</summary>
internal static class ContainerFilter
{
    /// <summary>The compiled filter; null without one.</summary>
    /// <param name="log">Gets the compiler's findings as debug messages.</param>
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
            string microseconds = Stopwatch.GetElapsedTime(started).TotalMicroseconds.ToString("F0", CultureInfo.InvariantCulture);
            log.Debug("seccomp: " + filter.Instructions + " instructions compiled in " + microseconds + " us");
            if (filter.UnknownNames.Count > 0)
                log.Debug("seccomp: unknown system calls skipped: " + string.Join(", ", filter.UnknownNames));
        }

        return new LoadSeccomp(filter.Program, filter.Flags)
        {
            ListenerByNumber = filter.Notifies && !SeccompAgent.AllowsSendmsg(seccomp),
            Origin = JsonPointer.Of("linux", "seccomp"),
        };
    }

    /// <summary>A raw program gets no listener: whether it notifies is unknown.</summary>
    private static LoadSeccomp Decode(Spec spec, string base64)
    {
        JsonPointer origin = RunOciAnnotations.PointerTo(RunOciAnnotations.SeccompBpfData);
        if (spec.Linux?.Seccomp is { } profile && SeccompCompiler.Notifies(profile))
            throw new LadeException(origin, "replaces a profile with SCMP_ACT_NOTIFY, whose agent would never be notified; remove one of the two");
        uint flags = spec.Linux?.Seccomp is { } seccomp ? SeccompCompiler.Flags(seccomp, notifies: false) : SeccompCompiler.FlagSpecAllow;
        return new LoadSeccomp(DecodeProgram(base64), flags) { Origin = origin };
    }

    /// <summary>struct sock_filter[] from base64 (annotation <c>run.oci.seccomp_bpf_data</c>); the kernel validates it when it is loaded.</summary>
    /// <exception cref="LadeException">Not base64, or not the length of a program.</exception>
    public static byte[] DecodeProgram(string base64)
    {
        byte[] program = new byte[(base64.Length / 4 * 3) + 3];
        if (!Convert.TryFromBase64String(base64, program, out int length))
            throw Invalid("is not base64");
        if (length == 0 || length % BpfWriter.InstructionSize != 0 || length / BpfWriter.InstructionSize > BpfWriter.MaxInstructions)
            throw Invalid("has " + length + " bytes; 1 to " + BpfWriter.MaxInstructions + " instructions of " + BpfWriter.InstructionSize + " bytes are allowed");
        // Not an array range: the runtime creates one by reflection, which would add 9 KB to the executable.
        return program.AsSpan(0, length).ToArray();
    }

    private static LadeException Invalid(string why) => new(RunOciAnnotations.PointerTo(RunOciAnnotations.SeccompBpfData), why);
}
