using System;

namespace Lade.Seccomp;

/// <summary>One alternative of a system call: all tests hold, then the action.</summary>
internal struct ArgRule
{
    public int FirstTest;
    public int TestCount;
    public uint Action;

    /// <summary>The next rule of the same system call, in the order of the profile; -1 ends it.</summary>
    public int Next;
}

/// <summary>All argument rules of a profile: flat arrays, linked by index.</summary>
internal sealed class ArgRules
{
    private ArgTest[] _tests = new ArgTest[16];
    private ArgRule[] _rules = new ArgRule[16];
    private int _testCount;
    private int _ruleCount;

    public ReadOnlySpan<ArgTest> Tests(int rule) => _tests.AsSpan(_rules[rule].FirstTest, _rules[rule].TestCount);

    public ref ArgRule Rule(int rule) => ref _rules[rule];

    /// <summary>Start of a slice of tests that <see cref="AddTest"/> fills.</summary>
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

    /// <summary>Whether two chains of rules decide the same: the same tests and actions in the same order.</summary>
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
    /// Orders a chain whose rules have different actions as libseccomp tries them, so that a call which several match gets the same answer:
    /// rules on later arguments first, exact values before ranges, and of two ranges the narrower. Equal ones stay in the order of the profile.
    /// </summary>
    /// <returns>The first rule.</returns>
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
            if (!ours[i].Is(theirs[i]))
                return false;
        }

        return true;
    }
}
