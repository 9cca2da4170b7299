using System;
using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>
/// What a profile says about each system call of one architecture. The first rule without conditions decides a call, whatever its
/// conditional rules say; those are alternatives; a call without rules gets the default. Indexed by stored number (<see cref="SystemCallTable"/>).
/// </summary>
internal sealed class CallMap
{
    private const int None = -1;

    private readonly ArgRules _rules;

    /// <summary>Places of <see cref="BpfWriter"/>; they are negative, so 0 is undecided.</summary>
    private readonly int[] _places = new int[SystemCallTable.Size];
    private readonly int[] _heads = new int[SystemCallTable.Size];
    private readonly int[] _tails = new int[SystemCallTable.Size];

    public CallMap(SeccompArch arch, ArgRules rules)
    {
        Arch = arch;
        _rules = rules;
        Array.Fill(_heads, None);
    }

    public SeccompArch Arch { get; }

    /// <summary>The largest number that the profile names, whatever the action; -1 when it names none of this architecture.</summary>
    public int Newest { get; private set; } = None;

    /// <summary>Past the largest number that has a rule.</summary>
    public int End { get; private set; }

    /// <summary>Where the answer to a call is, or 0 when no rule without conditions decides it.</summary>
    public int Decided(int number) => _places[number];

    /// <summary>First argument rule of a call, or -1.</summary>
    public int Chain(int number) => _heads[number];

    /// <summary>Notes that the profile knows this call.</summary>
    public void Mention(int number) => Newest = Math.Max(Newest, number);

    public void Decide(int number, int place)
    {
        End = Math.Max(End, number + 1);
        if (_places[number] != 0)
            return;
        _places[number] = place;
        _heads[number] = None;
    }

    /// <summary>Adds an alternative. One that repeats the tests of an earlier one can never be reached and is left out.</summary>
    public void AddRule(int number, int firstTest, int testCount, uint action)
    {
        End = Math.Max(End, number + 1);
        if (_places[number] != 0)
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
