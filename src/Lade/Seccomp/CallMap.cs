using System;
using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>
/// The rules of a profile for each system call of an architecture. The first unconditional rule decides a call, regardless of conditional ones, which are
/// otherwise alternatives; without rules the default action applies. Indexed by stored number (<see cref="SystemCallTable"/>).
/// </summary>
internal sealed class CallMap
{
    private const int None = -1;

    private readonly ArgRules _rules;

    /// <summary>Targets of <see cref="BpfWriter"/>, which are negative; 0 if undecided.</summary>
    private readonly int[] _targets = new int[SystemCallTable.Size];
    private readonly int[] _heads = new int[SystemCallTable.Size];
    private readonly int[] _tails = new int[SystemCallTable.Size];

    public CallMap(SeccompArch arch, ArgRules rules)
    {
        Arch = arch;
        _rules = rules;
        Array.Fill(_heads, None);
    }

    public SeccompArch Arch { get; }

    /// <summary>Largest number that the profile mentions, with any action; -1 if it mentions none.</summary>
    public int Newest { get; private set; } = None;

    /// <summary>One more than the largest number with a rule.</summary>
    public int End { get; private set; }

    /// <summary>Target of an unconditional rule, or 0 without one.</summary>
    public int Decided(int number) => _targets[number];

    /// <summary>First argument rule of a call, or -1.</summary>
    public int Chain(int number) => _heads[number];

    /// <summary>Records that the profile mentions this call.</summary>
    public void Mention(int number) => Newest = Math.Max(Newest, number);

    public void Decide(int number, int target)
    {
        End = Math.Max(End, number + 1);
        if (_targets[number] != 0)
            return;
        _targets[number] = target;
        _heads[number] = None;
    }

    /// <summary>Adds an alternative. One with the same tests as an earlier one is unreachable and dropped.</summary>
    public void AddRule(int number, int firstTest, int testCount, uint action)
    {
        End = Math.Max(End, number + 1);
        if (_targets[number] != 0)
            return;
        int rule = _rules.AddRule(firstTest, testCount, action);
        for (int earlier = _heads[number]; earlier >= 0; earlier = _rules.Rule(earlier).Next)
        {
            if (_rules.SameTests(earlier, rule))
                return;
        }

        if (_heads[number] == None)
            _heads[number] = rule;
        else
            _rules.Rule(_tails[number]).Next = rule;
        _tails[number] = rule;
    }
}
