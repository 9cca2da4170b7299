using System;

namespace Lade.Seccomp;

/// <summary>An alternative for a system call: if all tests hold, the action applies.</summary>
internal struct ArgRule
{
    public int FirstTest;
    public int TestCount;
    public uint Action;

    /// <summary>Next rule of the same system call, in profile order; -1 at the end.</summary>
    public int Next;
}

/// <summary>All argument rules of a profile: flat arrays linked by index.</summary>
internal sealed class ArgRules
{
    private ArgTest[] _tests = new ArgTest[16];
    private ArgRule[] _rules = new ArgRule[16];
    private int _testCount;
    private int _ruleCount;

    public ReadOnlySpan<ArgTest> Tests(int rule) => _tests.AsSpan(_rules[rule].FirstTest, _rules[rule].TestCount);

    public ref ArgRule Rule(int rule) => ref _rules[rule];

    /// <summary>Index of the next test added by <see cref="AddTest"/>.</summary>
    public int NextTest => _testCount;

    public void AddTest(in ArgTest test)
    {
        if (_testCount == _tests.Length)
            Array.Resize(ref _tests, 2 * _testCount);
        _tests[_testCount++] = test;
    }

    public int AddRule(int firstTest, int testCount, uint action)
    {
        if (_ruleCount == _rules.Length)
            Array.Resize(ref _rules, 2 * _ruleCount);
        _rules[_ruleCount] = new ArgRule { FirstTest = firstTest, TestCount = testCount, Action = action, Next = -1 };
        return _ruleCount++;
    }

    /// <summary>Whether two chains are equivalent: the same tests and actions in the same order.</summary>
    public bool SameChain(int left, int right)
    {
        while (left >= 0 && right >= 0)
        {
            if (left == right)
                return true;
            if (_rules[left].Action != _rules[right].Action || !SameTests(left, right))
                return false;
            left = _rules[left].Next;
            right = _rules[right].Next;
        }

        return left == right;
    }

    /// <summary>
    /// Sorts a chain whose rules have different actions into libseccomp's order, so that a call matched by several of them gets the same action: rules on later
    /// arguments first, exact values before ranges, narrower ranges before wider ones. Others stay in profile order.
    /// </summary>
    /// <returns>First rule.</returns>
    public int Sort(int head)
    {
        if (!HasSeveralActions(head))
            return head;
        int sorted = -1;
        while (head >= 0)
        {
            int rule = head;
            head = _rules[rule].Next;
            if (sorted < 0 || Precedes(rule, sorted))
            {
                _rules[rule].Next = sorted;
                sorted = rule;
                continue;
            }

            int after = sorted;
            while (_rules[after].Next >= 0 && !Precedes(rule, _rules[after].Next))
                after = _rules[after].Next;
            _rules[rule].Next = _rules[after].Next;
            _rules[after].Next = rule;
        }

        return sorted;
    }

    private bool HasSeveralActions(int head)
    {
        for (int rule = head; rule >= 0; rule = _rules[rule].Next)
        {
            if (_rules[rule].Action != _rules[head].Action)
                return true;
        }

        return false;
    }

    private bool Precedes(int left, int right)
    {
        ReadOnlySpan<ArgTest> ours = Tests(left), theirs = Tests(right);
        for (int i = 0; i < ours.Length && i < theirs.Length; i++)
        {
            int order = ours[i].Order(theirs[i]);
            if (order != 0)
                return order < 0;
        }

        return false;
    }

    public bool SameTests(int left, int right)
    {
        ReadOnlySpan<ArgTest> ours = Tests(left), theirs = Tests(right);
        if (ours.Length != theirs.Length)
            return false;
        for (int i = 0; i < ours.Length; i++)
        {
            if (!ours[i].SameAs(theirs[i]))
                return false;
        }

        return true;
    }
}
