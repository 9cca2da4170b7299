using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Seccomp;

namespace Lade.Tests.Seccomp;

/// <summary>
/// Evaluates a profile rule by rule as defined by the spec and docs/seccomp.md, without any code of the compiler but the tables. Slow and simple, as a
/// reference for compiled programs.
/// </summary>
internal sealed class ProfileModel
{
    private readonly SeccompSpec _spec;
    private readonly uint _default;
    private readonly Dictionary<(SeccompArch Arch, uint Number), List<Alternative>> _calls = [];

    public ProfileModel(SeccompSpec spec, SeccompArch native)
    {
        _spec = spec;
        _default = ActionValue.From(spec.DefaultAction, spec.DefaultErrnoRet);
        Archs = [native, .. spec.Architectures];
        foreach (SeccompArch arch in new HashSet<SeccompArch>(Archs))
        {
            foreach (SeccompRule rule in spec.Syscalls)
                AddRule(arch, rule);
        }
    }

    public List<SeccompArch> Archs { get; }

    private sealed record Alternative(IReadOnlyList<SeccompArg> Args, uint Action);

    /// <summary>Number of conditional rules that decide a call; 0 if an unconditional one does, or none.</summary>
    public int Alternatives(SeccompArch arch, uint number) =>
        _calls.TryGetValue((arch, number), out List<Alternative>? rules) && !rules.Exists(rule => rule.Args.Count == 0) ? rules.Count : 0;

    /// <param name="matches">Actions of all matching rules, in profile order.</param>
    public uint Verdict(uint audit, uint number, ReadOnlySpan<ulong> args, out List<uint> matches)
    {
        matches = [];
        if (!TryArch(audit, number, out SeccompArch arch))
            return ActionValue.KillThread;
        if (!_calls.TryGetValue((arch, number), out List<Alternative>? rules))
            return _default;
        foreach (Alternative rule in rules)
        {
            if (rule.Args.Count == 0)
                return rule.Action;
        }

        foreach (Alternative rule in rules)
        {
            bool all = true;
            foreach (SeccompArg arg in rule.Args)
                all &= Holds(arg, args[(int)arg.Index], AuditArch.Is64(arch));
            if (all)
                matches.Add(rule.Action);
        }

        return matches.Count > 0 ? matches[0] : _default;
    }

    public bool TryArch(uint audit, uint number, out SeccompArch arch)
    {
        arch = default;
        if (audit == AuditArch.Value(SeccompArch.X86_64))
        {
            bool x32 = Archs.Contains(SeccompArch.X32);
            arch = number >= 0x40000000 && x32 ? SeccompArch.X32 : SeccompArch.X86_64;
            return number < 0x40000000 || x32 || number == uint.MaxValue;
        }

        foreach (SeccompArch candidate in Archs)
        {
            arch = candidate;
            if (AuditArch.Value(candidate) == audit)
                return true;
        }

        return false;
    }

    private static bool Holds(SeccompArg arg, ulong actual, bool is64)
    {
        ulong value = arg.Value, two = arg.ValueTwo;
        if (!is64)
            (actual, value, two) = ((uint)actual, (uint)value, (uint)two);
        return arg.Op switch
        {
            SeccompOperator.NotEqual => actual != value,
            SeccompOperator.LessThan => actual < value,
            SeccompOperator.LessOrEqual => actual <= value,
            SeccompOperator.Equal => actual == value,
            SeccompOperator.GreaterOrEqual => actual >= value,
            SeccompOperator.GreaterThan => actual > value,
            _ => (actual & value) == (two & value),
        };
    }

    private void AddRule(SeccompArch arch, SeccompRule rule)
    {
        uint action = ActionValue.From(rule.Action, rule.ErrnoRet);
        if (action == _default)
            return;
        var indices = new HashSet<uint>();
        bool repeats = false;
        foreach (SeccompArg arg in rule.Args)
            repeats |= !indices.Add(arg.Index);
        foreach (string name in rule.Names)
        {
            int index = SystemCallTable.IndexOf(name);
            if (index < 0)
                continue;
            if (repeats)
            {
                foreach (SeccompArg arg in rule.Args)
                    AddCall(arch, index, [arg], action);
            }
            else
            {
                AddCall(arch, index, rule.Args, action);
            }
        }
    }

    private void AddCall(SeccompArch arch, int index, IReadOnlyList<SeccompArg> args, uint action)
    {
        if (AuditArch.Multiplexes(arch) && SystemCallTable.IsMultiplexed(index, out int multiplexer, out uint call))
        {
            List<SeccompArg> others = [new SeccompArg(0, call, 0, SeccompOperator.Equal)];
            foreach (SeccompArg arg in args)
            {
                if (arg.Index != 0)
                    others.Add(arg);
            }

            Add(arch, multiplexer, others, action);
        }

        Add(arch, index, args, action);
    }

    private void Add(SeccompArch arch, int index, IReadOnlyList<SeccompArg> args, uint action)
    {
        int stored = SystemCallTable.Numbers(arch)[index];
        if (stored < 0)
            return;

        // A mask of 0 always holds and counts as no condition.
        var real = new List<SeccompArg>();
        foreach (SeccompArg arg in args)
        {
            ulong mask = AuditArch.Is64(arch) ? arg.Value : (uint)arg.Value;
            if (arg.Op != SeccompOperator.MaskedEqual || mask != 0)
                real.Add(arg);
        }

        (SeccompArch Arch, uint Number) key = (arch, SystemCallTable.Number(arch, stored));
        if (!_calls.TryGetValue(key, out List<Alternative>? rules))
            _calls.Add(key, rules = []);
        rules.Add(new Alternative(real, action));
    }
}
