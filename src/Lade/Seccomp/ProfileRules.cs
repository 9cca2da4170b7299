using System;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>The rules of a profile, with names resolved once; yields a <see cref="CallMap"/> per architecture.</summary>
internal sealed class ProfileRules
{
    private readonly SeccompSpec _spec;
    private readonly uint _defaultAction;
    private readonly BpfWriter _writer;

    /// <summary>Name indices of all rules in order; -1 for a name that no architecture has.</summary>
    private readonly int[] _names;

    public ProfileRules(SeccompSpec spec, uint defaultAction, BpfWriter writer)
    {
        _spec = spec;
        _defaultAction = defaultAction;
        _writer = writer;
        int count = 0;
        for (int i = 0; i < spec.Syscalls.Count; i++)
            count += spec.Syscalls[i].Names.Count;
        _names = new int[count];
        count = 0;
        for (int i = 0; i < spec.Syscalls.Count; i++)
        {
            IReadOnlyList<string> names = spec.Syscalls[i].Names;
            for (int j = 0; j < names.Count; j++)
            {
                int index = SystemCallTable.IndexOf(names[j]);
                _names[count++] = index;
                if (index < 0)
                    UnknownNames.Add(names[j]);
            }
        }
    }

    public ArgRules ArgRules { get; } = new();

    public List<string> UnknownNames { get; } = [];

    public CallMap Map(SeccompArch arch)
    {
        var map = new CallMap(arch, ArgRules);
        int first = 0;
        for (int i = 0; i < _spec.Syscalls.Count; i++)
        {
            SeccompRule rule = _spec.Syscalls[i];
            ReadOnlySpan<int> names = new(_names, first, rule.Names.Count);
            first += rule.Names.Count;
            Mention(map, names);
            uint action = ActionValue.From(rule.Action, rule.ErrnoRet);

            // Such a rule has no effect, and libseccomp rejects it.
            if (action == _defaultAction)
                continue;
            if (rule.Args.Count == 0)
                Add(map, names, [], action);
            else if (RepeatsAnIndex(rule.Args))
                AddEach(map, names, rule.Args, action);
            else
                Add(map, names, InOrder(rule.Args), action);
        }

        return map;
    }

    private static void Mention(CallMap map, ReadOnlySpan<int> names)
    {
        ReadOnlySpan<short> numbers = SystemCallTable.Numbers(map.Arch);
        bool multiplexes = AuditArch.Multiplexes(map.Arch);
        foreach (int name in names)
        {
            // runc does not consider the direct number of a multiplexed call.
            if (name >= 0 && numbers[name] > map.Newest && !(multiplexes && SystemCallTable.IsMultiplexed(name, out _, out _)))
                map.Mention(numbers[name]);
        }
    }

    /// <summary>As runc does for an entry with two conditions on one argument: each becomes a rule of its own.</summary>
    private void AddEach(CallMap map, ReadOnlySpan<int> names, IReadOnlyList<SeccompArg> args, uint action)
    {
        for (int i = 0; i < args.Count; i++)
            Add(map, names, [args[i]], action);
    }

    private void Add(CallMap map, ReadOnlySpan<int> names, SeccompArg[] args, uint action)
    {
        bool multiplexes = AuditArch.Multiplexes(map.Arch);
        ReadOnlySpan<short> numbers = SystemCallTable.Numbers(map.Arch);
        int firstTest = AddTests(map.Arch, args, out int testCount);
        int target = _writer.ReturnTarget(action);
        foreach (int name in names)
        {
            if (name < 0)
                continue;
            if (multiplexes && SystemCallTable.IsMultiplexed(name, out int multiplexer, out uint call))
                AddMultiplexed(map, numbers[multiplexer], call, args, action);
            if (numbers[name] >= 0)
                AddTo(map, numbers[name], firstTest, testCount, action, target);
        }
    }

    /// <summary>
    /// The rule for the call made through socketcall(2) or ipc(2): argument 0 then selects the call, so a condition on it is lost, and the other conditions
    /// apply to the multiplexer's arguments. Not what the author of a profile means, but what libseccomp does.
    /// </summary>
    private void AddMultiplexed(CallMap map, int number, uint call, SeccompArg[] args, uint action)
    {
        int others = 0;
        foreach (SeccompArg arg in args)
            others += arg.Index != 0 ? 1 : 0;
        var selected = new SeccompArg[1 + others];
        selected[0] = new SeccompArg(0, call, 0, SeccompOperator.Equal);
        for (int i = 0; i < others; i++)
            selected[1 + i] = args[args.Length - others + i];
        int firstTest = AddTests(map.Arch, selected, out int testCount);
        map.AddRule(number, firstTest, testCount, action);
    }

    private static void AddTo(CallMap map, int number, int firstTest, int testCount, uint action, int target)
    {
        if (testCount == 0)
            map.Decide(number, target);
        else
            map.AddRule(number, firstTest, testCount, action);
    }

    private int AddTests(SeccompArch arch, SeccompArg[] args, out int count)
    {
        int start = ArgRules.NextTest;
        foreach (SeccompArg arg in args)
        {
            int tests = ArgTest.Compile(arg, AuditArch.Is64(arch), out ArgTest first, out ArgTest second);
            if (tests > 0)
                ArgRules.AddTest(first);
            if (tests > 1)
                ArgRules.AddTest(second);
        }

        count = ArgRules.NextTest - start;
        return start;
    }

    private static bool RepeatsAnIndex(IReadOnlyList<SeccompArg> args)
    {
        int seen = 0;
        for (int i = 0; i < args.Count; i++)
        {
            int bit = 1 << (int)args[i].Index;
            if ((seen & bit) != 0)
                return true;
            seen |= bit;
        }

        return false;
    }

    /// <summary>Conditions sorted by argument, so that equivalent rules share code.</summary>
    private static SeccompArg[] InOrder(IReadOnlyList<SeccompArg> args)
    {
        var sorted = new SeccompArg[args.Count];
        for (int i = 0; i < args.Count; i++)
        {
            int at = i;
            for (; at > 0 && sorted[at - 1].Index > args[i].Index; at--)
                sorted[at] = sorted[at - 1];
            sorted[at] = args[i];
        }

        return sorted;
    }
}
