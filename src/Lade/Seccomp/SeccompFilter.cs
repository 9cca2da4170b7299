using System.Collections.Generic;

namespace Lade.Seccomp;

/// <summary>A compiled profile.</summary>
/// <param name="Program">struct sock_filter[] in this machine's byte order.</param>
/// <param name="Instructions">Number of 8-byte instructions, 1..4096 (BPF_MAXINSNS).</param>
/// <param name="Flags">SECCOMP_FILTER_FLAG_* for seccomp(2).</param>
/// <param name="Notifies">Whether a rule has SCMP_ACT_NOTIFY, so that seccomp(2) returns a listener.</param>
/// <param name="UnknownNames">Names in the profile that no architecture has; they were skipped.</param>
internal sealed record SeccompFilter(byte[] Program, int Instructions, uint Flags, bool Notifies, IReadOnlyList<string> UnknownNames);
