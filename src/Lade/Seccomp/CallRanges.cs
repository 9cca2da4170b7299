using System;

namespace Lade.Seccomp;

/// <summary>
/// The numbers of one AUDIT_ARCH value cut into ranges of equal answer, and the decision tree over them. Adjacent ranges with the same
/// answer are one; the tree is cut where it balances the weights, so that common calls come after few comparisons, and a single number
/// between two equal ranges is asked for by itself.
/// </summary>
internal sealed class CallRanges
{
    private uint[] _starts = new uint[128];
    private int[] _places = new int[128];

    /// <summary>Sum of the weights of all ranges before this one.</summary>
    private int[] _before = new int[129];
    private int _count;
    private long _next;

    /// <summary>Appends <paramref name="length"/> numbers after those added so far.</summary>
    public void Add(long length, int place, int weight)
    {
        if (_count > 0 && _places[_count - 1] == place)
        {
            _before[_count] += weight;
        }
        else
        {
            if (_count == _starts.Length)
                Grow();
            _starts[_count] = (uint)_next;
            _places[_count] = place;
            _before[_count + 1] = _before[_count] + weight;
            _count++;
        }

        _next += length;
    }

    /// <summary>Appends numbers up to <paramref name="end"/>, not including it.</summary>
    public void AddUpTo(long end, int place)
    {
        if (end > _next)
            Add(end - _next, place, 1);
    }

    /// <returns>The place of the tree's root; it needs the number in the accumulator.</returns>
    public int Write(BpfWriter writer) => Write(writer, 0, _count - 1);

    private int Write(BpfWriter writer, int first, int last)
    {
        if (first == last)
            return _places[first];
        if (TryWriteSingles(writer, first, last, out int root))
            return root;
        int right = Cut(first, last);
        int ifTrue = Write(writer, right, last);
        int ifFalse = Write(writer, first, right - 1);
        return writer.Jump(BpfWriter.JumpGreaterOrEqual, _starts[right], ifTrue, ifFalse);
    }

    /// <summary>Three to five ranges with the same answer but for one or two single numbers: one comparison each.</summary>
    private bool TryWriteSingles(BpfWriter writer, int first, int last, out int root)
    {
        root = 0;
        if (last - first is < 2 or > 4)
            return false;
        int common = _places[first] == _places[first + 2] ? _places[first] : _places[first + 1];
        int one = -1, other = -1;
        for (int i = first; i <= last; i++)
        {
            if (_places[i] == common)
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
            root = writer.Jump(BpfWriter.JumpEqual, _starts[other], _places[other], root);
        }

        root = writer.Jump(BpfWriter.JumpEqual, _starts[one], _places[one], root);
        return true;
    }

    /// <summary>The first range of the right half: the cut that makes the heavier side lightest.</summary>
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
        Array.Resize(ref _places, 2 * _count);
        Array.Resize(ref _before, (2 * _count) + 1);
    }
}
