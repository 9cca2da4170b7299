using System;
using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>A filter that config.json brings compiled, in base64 (annotation <c>run.oci.seccomp_bpf_data</c>).</summary>
internal static class RawFilter
{
    private const int InstructionSize = 8;
    private const int MaxInstructions = 4096; // BPF_MAXINSNS

    /// <summary>struct sock_filter[] as it stands there; whether it is a valid program the kernel says when it is loaded.</summary>
    /// <exception cref="LadeException">It is no base64, or its length is that of no program.</exception>
    public static byte[] Decode(string base64)
    {
        byte[] program = new byte[(base64.Length / 4 * 3) + 3];
        if (!Convert.TryFromBase64String(base64, program, out int length))
            throw Invalid("is no base64 text");
        if (length == 0 || length % InstructionSize != 0 || length / InstructionSize > MaxInstructions)
            throw Invalid("holds " + length + " bytes; 1 to " + MaxInstructions + " instructions of " + InstructionSize + " bytes are allowed");
        // Not the range of an array: the runtime makes one by reflection, of which 9 KB would be linked into the executable.
        return program.AsSpan(0, length).ToArray();
    }

    private static LadeException Invalid(string why) => new(RunOciAnnotations.PointerTo(RunOciAnnotations.SeccompBpfData), why);
}
