using System;
using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>
/// One test of a rule's conditions, as compiled: a masked half of an argument, or a comparison that needs both halves. A struct with hand-written equality:
/// that of a record would cost start-up time.
/// </summary>
internal readonly struct ArgTest
{
    /// <summary>Kind of comparison; negated forms have <see cref="Holds"/> false.</summary>
    public enum Comparison : byte
    {
        /// <summary>(half &amp; mask) == value.</summary>
        HalfEqual,
        Equal,
        Greater,
        GreaterOrEqual,
    }

    public required Comparison Kind { get; init; }

    /// <summary>Expected outcome of the comparison.</summary>
    public required bool Holds { get; init; }

    /// <summary>Compares both halves; otherwise only the lower one.</summary>
    public required bool Wide { get; init; }

    /// <summary>0..5.</summary>
    public required byte Index { get; init; }

    /// <summary>For <see cref="Comparison.HalfEqual"/>: the upper half instead of the lower.</summary>
    public required bool High { get; init; }
    public required uint Mask { get; init; }
    public required ulong Value { get; init; }

    public bool SameAs(in ArgTest other) =>
        Value == other.Value && Mask == other.Mask && Kind == other.Kind && Index == other.Index && High == other.High
        && Holds == other.Holds && Wide == other.Wide;

    /// <summary>Negative if libseccomp evaluates this test before <paramref name="other"/>, positive if after, 0 if it keeps profile order.</summary>
    public int Order(in ArgTest other)
    {
        if (Index != other.Index)
            return other.Index - Index;
        if (High != other.High && Kind == Comparison.HalfEqual && other.Kind == Comparison.HalfEqual)
            return High ? -1 : 1;
        if (Rank != other.Rank)
            return other.Rank - Rank;
        return Rank == 2 ? Value.CompareTo(other.Value) : other.Value.CompareTo(Value);
    }

    private int Rank => Kind is Comparison.HalfEqual or Comparison.Equal ? 3 : Holds ? 1 : 2;

    /// <summary>
    /// Compiles a condition into 0 to 2 tests; none if it always holds. As in libseccomp, only the lower halves of argument and value count on a 32-bit
    /// architecture, and bits of <c>ValueTwo</c> outside the mask are ignored.
    /// </summary>
    public static int Compile(SeccompArg arg, bool is64, out ArgTest first, out ArgTest second)
    {
        second = default;
        if (arg.Op is SeccompOperator.Equal or SeccompOperator.MaskedEqual)
        {
            ulong mask = arg.Op == SeccompOperator.Equal ? ulong.MaxValue : arg.Value;
            ulong value = arg.Op == SeccompOperator.Equal ? arg.Value : arg.ValueTwo & mask;
            ArgTest high = Half(arg.Index, true, (uint)(mask >> 32), (uint)(value >> 32));
            ArgTest low = Half(arg.Index, false, (uint)mask, (uint)value);
            if (!is64 || high.Mask == 0)
            {
                first = low;
                return low.Mask == 0 ? 0 : 1;
            }

            first = high;
            second = low;
            return low.Mask == 0 ? 1 : 2;
        }

        first = new ArgTest
        {
            Kind = arg.Op switch
            {
                SeccompOperator.NotEqual => Comparison.Equal,
                SeccompOperator.GreaterThan or SeccompOperator.LessOrEqual => Comparison.Greater,
                SeccompOperator.GreaterOrEqual or SeccompOperator.LessThan => Comparison.GreaterOrEqual,
                _ => throw new ArgumentOutOfRangeException(nameof(arg)),
            },
            Holds = arg.Op is SeccompOperator.GreaterThan or SeccompOperator.GreaterOrEqual,
            Wide = is64,
            Index = (byte)arg.Index,
            High = false,
            Mask = uint.MaxValue,
            Value = is64 ? arg.Value : (uint)arg.Value,
        };
        return 1;
    }

    private static ArgTest Half(uint index, bool high, uint mask, uint value) => new()
    {
        Kind = Comparison.HalfEqual,
        Holds = true,
        Wide = false,
        Index = (byte)index,
        High = high,
        Mask = mask,
        Value = value,
    };
}
