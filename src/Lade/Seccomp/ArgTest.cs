using Lade.Configuration;

namespace Lade.Seccomp;

/// <summary>
/// One step of a rule's conditions as the filter checks it: a masked half of an argument, or a comparison that needs both halves.
/// A struct compared by hand: the generic equality of a record costs start-up time.
/// </summary>
internal readonly struct ArgTest
{
    /// <summary>How the argument is compared; the negated forms are the same comparison with <see cref="Holds"/> false.</summary>
    public enum Comparison : byte
    {
        /// <summary>(half &amp; mask) == value.</summary>
        HalfEqual,
        Equal,
        Greater,
        GreaterOrEqual,
    }

    public required Comparison Kind { get; init; }

    /// <summary>Whether the comparison must come out true for the rule to match.</summary>
    public required bool Holds { get; init; }

    /// <summary>Whether both halves are compared; else the low half alone.</summary>
    public required bool Wide { get; init; }

    /// <summary>0..5.</summary>
    public required byte Index { get; init; }

    /// <summary>Of <see cref="Comparison.HalfEqual"/>: the upper half, not the lower.</summary>
    public required bool High { get; init; }
    public required uint Mask { get; init; }
    public required ulong Value { get; init; }

    public bool Is(in ArgTest other) =>
        Value == other.Value && Mask == other.Mask && Kind == other.Kind && Index == other.Index && High == other.High
        && Holds == other.Holds && Wide == other.Wide;

    /// <summary>
    /// Negative when libseccomp tries this test before <paramref name="other"/>, positive when after, 0 when it takes the order of the profile.
    /// </summary>
    public int Order(in ArgTest other)
    {
        if (Index != other.Index)
            return other.Index - Index;
        if (High != other.High && Kind == Comparison.HalfEqual && other.Kind == Comparison.HalfEqual)
            return High ? -1 : 1;
        if (Rank != other.Rank)
            return other.Rank - Rank;
        int byValue = Rank == 2 ? Value.CompareTo(other.Value) : other.Value.CompareTo(Value);
        return byValue;
    }

    private int Rank => Kind is Comparison.HalfEqual or Comparison.Equal ? 3 : Holds ? 1 : 2;

    /// <summary>
    /// The tests of one condition, 0 to 2 of them; none when it always holds. On a 32-bit architecture only the lower halves of argument
    /// and value count, and bits of <c>ValueTwo</c> outside the mask are ignored: both as libseccomp reads a profile.
    /// </summary>
    public static int Of(SeccompArg arg, bool is64, out ArgTest first, out ArgTest second)
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
                _ => Comparison.GreaterOrEqual,
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
