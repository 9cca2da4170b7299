using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Seccomp;

namespace Lade.Tests.Seccomp;

/// <summary>Generates profiles and system calls from a seed, which failures mention.</summary>
internal sealed class RandomProfiles(int seed)
{
    private static readonly ulong[] Values =
    [
        0, 1, 2, 3, 5, 8, 10, 16, 0x20000, 0x7e020000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000, 0x100000001, 0x100000005,
        0x500000005, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffff00000000, 0xfffffffffffffffe, 0xffffffffffffffff,
    ];

    private readonly Random _random = new(seed);

    /// <param name="oneAction">All conditional rules have the same action, so that their order does not matter.</param>
    public SeccompSpec Next(IReadOnlyList<string> names, IReadOnlyList<SeccompArch> archs, bool oneAction)
    {
        var used = new List<SeccompArch>();
        foreach (SeccompArch arch in archs)
        {
            if (_random.Next(2) == 0)
                used.Add(arch);
        }

        SeccompAction conditional = Action();
        uint? errno = Errno(conditional);
        var rules = new List<SeccompRule>();
        string[] favourites = [Name(names), Name(names), Name(names), "socket", "shmat"];
        int count = 1 + _random.Next(_random.Next(4) == 0 ? 40 : 8);
        for (int i = 0; i < count; i++)
        {
            var args = new List<SeccompArg>();
            if (_random.Next(3) != 0)
            {
                for (int j = _random.Next(1, 4); j > 0; j--)
                    args.Add(Arg());
            }

            SeccompAction action = args.Count > 0 && oneAction ? conditional : Action();
            var called = new List<string>();
            for (int j = _random.Next(1, args.Count > 0 ? 3 : 60); j > 0; j--)
                called.Add(args.Count > 0 ? favourites[_random.Next(favourites.Length)] : Name(names));
            rules.Add(new SeccompRule
            {
                Names = called,
                Action = action,
                ErrnoRet = args.Count > 0 && oneAction ? errno : Errno(action),
                Args = args,
            });
        }

        return Spec(used, rules);
    }

    /// <summary>Many unconditional calls, and some with a single rule.</summary>
    public SeccompSpec NextPlain(IReadOnlyList<string> names, IReadOnlyList<SeccompArch> archs)
    {
        var used = new List<SeccompArch>();
        foreach (SeccompArch arch in archs)
        {
            if (_random.Next(3) == 0)
                used.Add(arch);
        }

        var rules = new List<SeccompRule>();
        var conditional = new HashSet<string>();
        for (int i = _random.Next(1, 8); i > 0; i--)
        {
            SeccompAction action = Action();
            var called = new List<string>();
            for (int j = _random.Next(1, 60); j > 0; j--)
                called.Add(Name(names));
            var args = new List<SeccompArg>();

            // More than one rule could apply to socketcall and ipc on some architectures.
            string single = Name(names);
            if (_random.Next(2) == 0 && conditional.Add(single) && !IsMultiplexed(single))
            {
                called = [single];
                for (uint index = (uint)_random.Next(3); index < 6; index += (uint)_random.Next(1, 6))
                    args.Add(Arg() with { Index = index });
            }

            called.RemoveAll(name => args.Count == 0 && IsMultiplexed(name));
            if (called.Count > 0)
                rules.Add(new SeccompRule { Names = called, Action = action, ErrnoRet = Errno(action), Args = args });
        }

        return Spec(used, rules);
    }

    /// <summary>Arguments close to the values that the profile compares with.</summary>
    public void NextArgs(SeccompSpec spec, Span<ulong> args)
    {
        for (int i = 0; i < args.Length; i++)
            args[i] = Values[_random.Next(Values.Length)];
        if (spec.Syscalls.Count == 0)
            return;
        foreach (SeccompArg arg in spec.Syscalls[_random.Next(spec.Syscalls.Count)].Args)
        {
            ulong value = arg.Op == SeccompOperator.MaskedEqual ? arg.ValueTwo : arg.Value;
            args[(int)arg.Index] = _random.Next(6) switch
            {
                0 => value + 1,
                1 => value - 1,
                2 => value ^ 0x100000000,
                3 => value | ~arg.Value,
                _ => value,
            };
        }

        // The range multiplexed by socketcall and ipc.
        if (_random.Next(3) == 0)
            args[0] = (ulong)_random.Next(25);
    }

    private static bool IsMultiplexed(string name) => SystemCallTable.IsMultiplexed(SystemCallTable.IndexOf(name), out _, out _);

    private SeccompSpec Spec(List<SeccompArch> archs, List<SeccompRule> rules)
    {
        SeccompAction action = Action();
        return new SeccompSpec
        {
            DefaultAction = action == SeccompAction.Notify ? SeccompAction.Errno : action,
            DefaultErrnoRet = Errno(action),
            Architectures = archs,
            Syscalls = rules,
        };
    }

    private string Name(IReadOnlyList<string> names) => names[_random.Next(names.Count)];

    private SeccompAction Action() => (SeccompAction)_random.Next(9);

    private uint? Errno(SeccompAction action) =>
        action is SeccompAction.Errno or SeccompAction.Trace && _random.Next(2) == 0 ? (uint)_random.Next(40) : null;

    private SeccompArg Arg() => new(
        (uint)_random.Next(_random.Next(2) == 0 ? 2 : 6), Values[_random.Next(Values.Length)], Values[_random.Next(Values.Length)],
        (SeccompOperator)_random.Next(7));
}
