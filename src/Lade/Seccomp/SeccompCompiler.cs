using System;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>A compiled profile.</summary>
/// <param name="Program">struct sock_filter[] in native byte order.</param>
/// <param name="Flags">SECCOMP_FILTER_FLAG_* for seccomp(2).</param>
/// <param name="Notifies">A rule has SCMP_ACT_NOTIFY, so seccomp(2) returns a listener.</param>
/// <param name="UnknownNames">Names that no architecture has; skipped.</param>
internal sealed record SeccompFilter(byte[] Program, uint Flags, bool Notifies, IReadOnlyList<string> UnknownNames)
{
    /// <summary>1..4096 (BPF_MAXINSNS).</summary>
    public int Instructions => Program.Length / BpfWriter.InstructionSize;
}

/// <summary>
/// Compiles <c>linux.seccomp</c> to a classic BPF program with the semantics of runc and libseccomp, described in docs/seccomp.md. Pure: `init` loads the
/// program.
/// </summary>
internal sealed class SeccompCompiler
{
    private const uint FlagTsync = 1;
    private const uint FlagLog = 2;
    public const uint FlagSpecAllow = 4;
    private const uint FlagNewListener = 8;
    private const uint FlagTsyncEsrch = 16;
    private const uint FlagWaitKillableRecv = 32;

    private const int NumberOffset = 0; // struct seccomp_data: nr, arch
    private const int ArchOffset = 4;
    private const long EndOfNumbers = 1L << 32;

    private const uint X86_64Pair = (1u << (int)SeccompArch.X86_64) | (1u << (int)SeccompArch.X32);

    /// <summary>Weight of a number that is not commonly called.</summary>
    private const int Rare = 1;

    private const uint Unknown = ActionValue.Errno | ActionValue.ENOSYS;

    private readonly BpfWriter _writer = new();
    private readonly ArgRules _rules;
    private readonly ProfileRules _profile;
    private readonly SeccompArch _native;
    private readonly bool _newerIsUnknown;
    private readonly int _default;
    private readonly int _badArch;
    private readonly int _unknown;

    /// <summary>First rules of the chains written so far, and their targets; equal chains share code.</summary>
    private int[] _chains = new int[16];
    private int[] _chainTargets = new int[16];
    private int _chainCount;

    private SeccompCompiler(SeccompSpec spec, SeccompArch native, bool newerIsUnknown)
    {
        uint defaultAction = ActionValue.From(spec.DefaultAction, spec.DefaultErrnoRet);
        _native = native;
        _profile = new ProfileRules(spec, defaultAction, _writer);
        _rules = _profile.ArgRules;
        _newerIsUnknown = newerIsUnknown && defaultAction != Unknown
            && spec.DefaultAction is not (SeccompAction.Allow or SeccompAction.Log or SeccompAction.Trace);
        _default = _writer.ReturnTarget(defaultAction);
        _badArch = _writer.ReturnTarget(ActionValue.KillThread);
        _unknown = _writer.ReturnTarget(Unknown);
    }

    /// <param name="spec">A validated profile: NOTIFY is neither the default action nor an action for write.</param>
    /// <param name="native">The kernel's architecture, which is always filtered and defines the byte order of arguments.</param>
    /// <param name="strict">Fails on names that no architecture has; otherwise they are skipped.</param>
    /// <param name="newerIsUnknown">Returns ENOSYS for calls newer than the profile, unless the default action is permissive.</param>
    public static SeccompFilter Compile(SeccompSpec spec, SeccompArch native, bool strict = false, bool newerIsUnknown = true)
    {
        var compiler = new SeccompCompiler(spec, native, newerIsUnknown);
        List<string> unknown = compiler._profile.UnknownNames;
        if (strict && unknown.Count > 0)
            throw new LadeException(JsonPointer.Of("linux", "seccomp", "syscalls"), "unknown system calls: " + string.Join(", ", unknown));
        compiler.Write(spec.Architectures);
        bool notifies = Notifies(spec);
        byte[] program = compiler._writer.ToProgram();
        return new SeccompFilter(program, Flags(spec, notifies), notifies, unknown);
    }

    /// <summary>Flags for seccomp(2); defaults to SPEC_ALLOW, as in runc.</summary>
    public static uint Flags(SeccompSpec spec, bool notifies)
    {
        uint flags = notifies ? FlagNewListener : 0;
        if (spec.Flags is null)
            return flags | FlagSpecAllow;
        for (int i = 0; i < spec.Flags.Count; i++)
        {
            flags |= spec.Flags[i] switch
            {
                // The kernel accepts TSYNC with a listener only if failure is reported as an errno, since both use the return value.
                SeccompFlag.Tsync => notifies ? FlagTsync | FlagTsyncEsrch : FlagTsync,
                SeccompFlag.Log => FlagLog,
                SeccompFlag.SpecAllow => FlagSpecAllow,

                // Rejected with EINVAL without a listener, where it would be meaningless.
                SeccompFlag.WaitKillableRecv => notifies ? FlagWaitKillableRecv : 0,
                _ => throw new LadeException("no value for seccomp flag " + (int)spec.Flags[i]),
            };
        }

        return flags;
    }

    /// <summary>Whether a rule has SCMP_ACT_NOTIFY, so that seccomp(2) returns a listener.</summary>
    public static bool Notifies(SeccompSpec spec)
    {
        for (int i = 0; i < spec.Syscalls.Count; i++)
        {
            if (spec.Syscalls[i].Action == SeccompAction.Notify)
                return true;
        }

        return false;
    }

    /// <summary>
    /// Writes the program from its end: the tree of each architecture, then the dispatch, native architecture first. x86_64 and x32 share an AUDIT_ARCH value
    /// and therefore a tree.
    /// </summary>
    private void Write(IReadOnlyList<SeccompArch> listed)
    {
        Span<SeccompArch> archs = stackalloc SeccompArch[SeccompSpec.MostArchitectures];
        archs[0] = _native;
        uint set = Bit(_native);
        int count = 1;
        for (int i = 0; i < listed.Count; i++)
        {
            bool paired = listed[i] is SeccompArch.X86_64 or SeccompArch.X32 && (set & X86_64Pair) != 0;
            if (!paired && (set & Bit(listed[i])) == 0)
                archs[count++] = listed[i];
            set |= Bit(listed[i]);
        }

        Span<int> trees = stackalloc int[count];
        for (int i = count - 1; i >= 0; i--)
            trees[i] = WriteTree(archs[i], set);
        int next = _badArch;
        for (int i = count - 1; i >= 0; i--)
            next = _writer.Jump(BpfWriter.JumpEqual, AuditArch.Value(archs[i]), trees[i], next);
        _writer.Statement(BpfWriter.Load, ArchOffset);
    }

    private int WriteTree(SeccompArch arch, uint set)
    {
        var ranges = new CallRanges();
        if (arch is SeccompArch.X86_64 or SeccompArch.X32)
            AddX86_64(ranges, (set & Bit(SeccompArch.X86_64)) != 0, (set & Bit(SeccompArch.X32)) != 0);
        else
            AddCalls(ranges, arch, EndOfNumbers);
        int root = _writer.Reachable(ranges.Write(_writer));
        if (_writer.Count - 1 != root)
            _writer.Statement(BpfWriter.JumpAlways, (uint)(_writer.Count - 1 - root));
        return _writer.Statement(BpfWriter.Load, NumberOffset);
    }

    private void AddX86_64(CallRanges ranges, bool has64, bool hasX32)
    {
        int past = has64 ? AddCalls(ranges, SeccompArch.X86_64, AuditArch.X32Bit) : _badArch;
        ranges.AddUpTo(AuditArch.X32Bit, past);
        if (hasX32)
        {
            AddCalls(ranges, SeccompArch.X32, EndOfNumbers);
            return;
        }

        // Without x32, numbers with its bit belong to a foreign architecture. Above that, runc's ENOSYS rule only checks that bit. -1 is how a tracer skips a
        // call.
        ranges.AddUpTo(0x80000000, _badArch);
        ranges.AddUpTo(0xc0000000, past == _unknown ? _unknown : _badArch);
        ranges.AddUpTo(uint.MaxValue, _badArch);
        ranges.AddUpTo(EndOfNumbers, _default);
    }

    /// <returns>Target for numbers past the last call.</returns>
    private int AddCalls(CallRanges ranges, SeccompArch arch, long end)
    {
        CallMap map = _profile.Map(arch);
        Span<short> weights = stackalloc short[SystemCallTable.Size];
        Weigh(arch, weights);

        // A profile that mentions only number 0 does not count, as in runc.
        bool stub = _newerIsUnknown && map.Newest >= 0 && SystemCallTable.Number(arch, map.Newest) != 0;
        ranges.AddUpTo(SystemCallTable.Number(arch, 0), _default);
        int count = Math.Max(map.End, 1);
        for (int number = 0; number < count; number++)
        {
            if (number == SystemCallTable.FirstStoredPrivate)
                ranges.AddUpTo(SystemCallTable.Number(arch, number), stub && map.Newest < number ? _unknown : _default);
            int target = stub && (number > map.Newest || (number == 0 && AuditArch.UsesNumberZeroForUnknown(arch)))
                ? _unknown
                : TargetOf(map, number);
            ranges.Add(1, target, Rare + weights[number]);
        }

        int past = stub ? _unknown : _default;
        if (stub && map.Newest >= count)
            ranges.AddUpTo(SystemCallTable.Number(arch, map.Newest) + 1, _default);
        ranges.AddUpTo(end, past);
        return past;
    }

    private static uint Bit(SeccompArch arch) => 1u << (int)arch;

    private static void Weigh(SeccompArch arch, Span<short> weights)
    {
        ReadOnlySpan<short> numbers = SystemCallTable.Numbers(arch);
        ReadOnlySpan<ushort> common = SystemCallTable.Common;
        for (int i = 0; i < common.Length; i += 2)
        {
            if (numbers[common[i]] >= 0)
                weights[numbers[common[i]]] = (short)common[i + 1];
        }
    }

    private int TargetOf(CallMap map, int number)
    {
        int decided = map.Decided(number);
        if (decided != 0)
            return decided;
        if (map.Chain(number) < 0)
            return _default;
        int chain = _rules.Sort(map.Chain(number));
        for (int i = 0; i < _chainCount; i++)
        {
            if (_rules.SameChain(_chains[i], chain))
                return _chainTargets[i];
        }

        if (_chainCount == _chains.Length)
        {
            Array.Resize(ref _chains, 2 * _chainCount);
            Array.Resize(ref _chainTargets, 2 * _chainCount);
        }

        int start = new ArgRuleWriter(_writer, _rules, AuditArch.IsBigEndian(_native), _default, chain).Write();
        _chains[_chainCount] = chain;
        _chainTargets[_chainCount] = _writer.SharedTarget(start);
        return _chainTargets[_chainCount++];
    }
}
