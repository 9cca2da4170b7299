using System;

namespace Lade.Seccomp;

/// <summary>
/// The numbers of one AUDIT_ARCH value, as ranges with equal targets, and the decision tree over them. Adjacent ranges with the same target are merged; the
/// tree is split where the weights balance, so that common calls take few comparisons; a single number between two equal ranges is tested by itself.
/// </summary>
internal sealed class CallRanges
{
    private uint[] _starts = new uint[128];
    private int[] _targets = new int[128];

    /// <summary>Total weight of all preceding ranges.</summary>
    private int[] _before = new int[129];
    private int _count;
    private long _next;

    /// <summary>Appends the next <paramref name="length"/> numbers.</summary>
    public void Add(long length, int target, int weight)
    {
        if (_count > 0 && _targets[_count - 1] == target)
        {
            _before[_count] += weight;
        }
        else
        {
            if (_count == _starts.Length)
                Grow();
            _starts[_count] = (uint)_next;
            _targets[_count] = target;
            _before[_count + 1] = _before[_count] + weight;
            _count++;
        }

        _next += length;
    }

    /// <summary>Appends the numbers up to and excluding <paramref name="end"/>.</summary>
    public void AddUpTo(long end, int target)
    {
        if (end > _next)
            Add(end - _next, target, 1);
    }

    /// <returns>Target of the tree's root, which expects the number in the accumulator.</returns>
    public int Write(BpfWriter writer) => Write(writer, 0, _count - 1);

    private int Write(BpfWriter writer, int first, int last)
    {
        if (first == last)
            return _targets[first];
        if (TryWriteSingles(writer, first, last, out int root))
            return root;
        int right = Cut(first, last);
        int ifTrue = Write(writer, right, last);
        int ifFalse = Write(writer, first, right - 1);
        return writer.Jump(BpfWriter.JumpGreaterOrEqual, _starts[right], ifTrue, ifFalse);
    }

    /// <summary>Three to five ranges with the same target except for one or two single numbers: one comparison each.</summary>
    private bool TryWriteSingles(BpfWriter writer, int first, int last, out int root)
    {
        root = 0;
        if (last - first is < 2 or > 4)
            return false;
        int common = _targets[first] == _targets[first + 2] ? _targets[first] : _targets[first + 1];
        int one = -1, other = -1;
        for (int i = first; i <= last; i++)
        {
            if (_targets[i] == common)
                continue;
            if (other >= 0 || !IsSingle(i))
                return false;
            if (one < 0)
                one = i;
            else
                other = i;
        }

        root = common;
        if (other >= 0)
        {
            if (Weight(one, one) < Weight(other, other))
                (one, other) = (other, one);
            root = writer.Jump(BpfWriter.JumpEqual, _starts[other], _targets[other], root);
        }

        root = writer.Jump(BpfWriter.JumpEqual, _starts[one], _targets[one], root);
        return true;
    }

    /// <summary>First range of the right half, for the split that minimizes the weight of the heavier side.</summary>
    private int Cut(int first, int last)
    {
        int low = first + 1, high = last;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Weight(first, middle - 1) < Weight(middle, last))
                low = middle + 1;
            else
                high = middle;
        }

        if (low > first + 1 && Math.Max(Weight(first, low - 2), Weight(low - 1, last)) <= Math.Max(Weight(first, low - 1), Weight(low, last)))
            low--;
        return low;
    }

    private int Weight(int first, int last) => _before[last + 1] - _before[first];

    private bool IsSingle(int range) => range + 1 < _count
        ? _starts[range + 1] - _starts[range] == 1
        : _starts[range] == uint.MaxValue;

    private void Grow()
    {
        Array.Resize(ref _starts, 2 * _count);
        Array.Resize(ref _targets, 2 * _count);
        Array.Resize(ref _before, (2 * _count) + 1);
    }
}
