using System;

namespace Lade.Seccomp;

/// <summary>
/// Writes the code for a chain of argument rules: the first rule whose tests all hold decides, otherwise the default. A failed test jumps to the first rule
/// that it does not rule out, skipping tests already known to hold, and skipping the load if the accumulator still has the value: <c>personality</c> with five
/// allowed values checks the upper half once, not five times.
/// </summary>
internal ref struct ArgRuleWriter
{
    private const int NothingLoaded = -1;
    private const int ArgsOffset = 16; // struct seccomp_data: nr, arch, instruction_pointer, args[6]

    private readonly BpfWriter _writer;
    private readonly ArgRules _rules;
    private readonly bool _bigEndian;
    private readonly int _default;

    /// <summary>The rules of the chain, in order.</summary>
    private readonly int[] _chain;

    /// <summary>Index of each rule's first test in <see cref="_entries"/>.</summary>
    private readonly int[] _starts;
    private readonly Entry[] _entries;

    /// <summary>Entry points of a test: its load, what it loads, and the instruction after the load.</summary>
    private struct Entry
    {
        public int Load;
        public int Offset;
        public int Loaded;
    }

    public ArgRuleWriter(BpfWriter writer, ArgRules rules, bool bigEndian, int defaultTarget, int head)
    {
        _writer = writer;
        _rules = rules;
        _bigEndian = bigEndian;
        _default = defaultTarget;
        int length = 0, tests = 0;
        for (int rule = head; rule >= 0; rule = rules.Rule(rule).Next)
        {
            length++;
            tests += rules.Rule(rule).TestCount;
        }

        _chain = new int[length];
        _starts = new int[length];
        _entries = new Entry[tests];
        tests = 0;
        length = 0;
        for (int rule = head; rule >= 0; rule = rules.Rule(rule).Next)
        {
            _chain[length] = rule;
            _starts[length++] = tests;
            tests += rules.Rule(rule).TestCount;
        }
    }

    /// <returns>Position of the chain's first instruction.</returns>
    public int Write()
    {
        for (int at = _chain.Length - 1; at >= 0; at--)
        {
            for (int test = _rules.Rule(_chain[at]).TestCount - 1; test >= 0; test--)
                _entries[_starts[at] + test] = WriteTest(at, test);
        }

        return _entries[0].Load;
    }

    private Entry WriteTest(int at, int test)
    {
        ref readonly ArgTest t = ref _rules.Tests(_chain[at])[test];
        if (t.Kind == ArgTest.Comparison.HalfEqual)
            return WriteHalf(at, test, t);
        Entry low = WriteLow(at, test, t);
        if (!t.Wide)
            return low;

        uint high = (uint)(t.Value >> 32);
        int offset = Offset(t.Index, true);
        int onLow = _writer.Reachable(low.Load);
        int otherwise = After(at, test, holds: t.Kind == ArgTest.Comparison.Equal ? !t.Holds : t.Holds, offset);
        int smaller = After(at, test, holds: !t.Holds, offset);
        int first;
        if (t.Kind == ArgTest.Comparison.Equal || high == 0)
        {
            // Equal: the halves differ, so it is false. Ordered: a nonzero half is greater than 0.
            first = _writer.Jump(BpfWriter.JumpEqual, high, onLow, otherwise);
        }
        else
        {
            first = _writer.Jump(BpfWriter.JumpEqual, high, onLow, smaller);
            if (high != uint.MaxValue)
                first = _writer.Jump(BpfWriter.JumpGreater, high, After(at, test, t.Holds, offset), first);
        }

        return new Entry { Load = _writer.Statement(BpfWriter.Load, (uint)offset), Offset = offset, Loaded = first };
    }

    private Entry WriteLow(int at, int test, in ArgTest t)
    {
        int offset = Offset(t.Index, false);
        ushort code = t.Kind switch
        {
            ArgTest.Comparison.Equal => BpfWriter.JumpEqual,
            ArgTest.Comparison.Greater => BpfWriter.JumpGreater,
            ArgTest.Comparison.GreaterOrEqual => BpfWriter.JumpGreaterOrEqual,
            _ => throw new ArgumentOutOfRangeException(nameof(t)),
        };
        int jump = _writer.Jump(code, (uint)t.Value, After(at, test, t.Holds, offset), After(at, test, !t.Holds, offset));
        return new Entry { Load = _writer.Statement(BpfWriter.Load, (uint)offset), Offset = offset, Loaded = jump };
    }

    private Entry WriteHalf(int at, int test, in ArgTest t)
    {
        int offset = Offset(t.Index, t.High);
        int first;
        if (t.Mask == uint.MaxValue)
        {
            first = _writer.Jump(BpfWriter.JumpEqual, (uint)t.Value, After(at, test, true, offset), After(at, test, false, offset));
        }
        else if (t.Value == 0)
        {
            first = _writer.Jump(BpfWriter.JumpAnySet, t.Mask, After(at, test, false, offset), After(at, test, true, offset));
        }
        else
        {
            _writer.Jump(BpfWriter.JumpEqual, (uint)t.Value, After(at, test, true, NothingLoaded), After(at, test, false, NothingLoaded));
            first = _writer.Statement(BpfWriter.And, t.Mask);
        }

        return new Entry { Load = _writer.Statement(BpfWriter.Load, (uint)offset), Offset = offset, Loaded = first };
    }

    /// <summary>Continuation after a test held or failed, with the value at <paramref name="loaded"/> in the accumulator.</summary>
    private int After(int at, int test, bool holds, int loaded)
    {
        if (holds)
        {
            return test + 1 < _rules.Rule(_chain[at]).TestCount
                ? Enter(at, test + 1, loaded)
                : _writer.ReturnTarget(_rules.Rule(_chain[at]).Action);
        }

        ReadOnlySpan<ArgTest> known = _rules.Tests(_chain[at]);
        for (int next = at + 1; next < _chain.Length; next++)
        {
            ReadOnlySpan<ArgTest> tests = _rules.Tests(_chain[next]);
            if (IndexOf(tests, known[test]) >= 0)
                continue;
            int first = 0;
            while (first < tests.Length && IndexOf(known[..test], tests[first]) >= 0)
                first++;
            return first < tests.Length ? Enter(next, first, loaded) : _writer.ReturnTarget(_rules.Rule(_chain[next]).Action);
        }

        return _default;
    }

    private readonly int Enter(int at, int test, int loaded)
    {
        ref readonly Entry entry = ref _entries[_starts[at] + test];
        return entry.Offset == loaded ? entry.Loaded : entry.Load;
    }

    private readonly int Offset(int index, bool high) => ArgsOffset + (8 * index) + (high != _bigEndian ? 4 : 0);

    private static int IndexOf(ReadOnlySpan<ArgTest> tests, in ArgTest test)
    {
        for (int i = 0; i < tests.Length; i++)
        {
            if (tests[i].SameAs(test))
                return i;
        }

        return -1;
    }
}
