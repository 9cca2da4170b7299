using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.Linux;

namespace Lade.Cgroups.Statistics;

/// <summary>The forms in which cgroup files show numbers. A file that the kernel lacks, or shows but cannot read, has none.</summary>
internal static class StatisticsFile
{
    /// <summary>null when there is no such file, or it counts nothing (psi=0, a controller that is switched off).</summary>
    public static string? TryRead(string path)
    {
        try
        {
            return Files.TryReadText(path);
        }
        catch (LadeException e) when (e.Errno == Errno.EOPNOTSUPP || e.Errno == Errno.ENODEV || e.Errno == Errno.EINVAL)
        {
            return null;
        }
    }

    /// <summary>A single number; <c>max</c> is the largest; 0 without one.</summary>
    public static ulong Number(string path) => TryNumber(path) ?? 0;

    /// <inheritdoc cref="Number"/>
    public static ulong? TryNumber(string path) => TryRead(path) is { } text ? Parse(text) : null;

    /// <summary>Lines <c>name number</c>.</summary>
    public static Dictionary<string, ulong> Pairs(string path)
    {
        var pairs = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (string line in Lines(path))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && Parse(line.AsSpan(space + 1)) is { } value)
                pairs[line[..space]] = value;
        }

        return pairs;
    }

    /// <summary>0 when the file has no such line.</summary>
    public static ulong Value(Dictionary<string, ulong> pairs, string name) => pairs.GetValueOrDefault(name);

    /// <summary>Numbers between blanks: <c>254 339</c>.</summary>
    public static List<ulong> Numbers(string path)
    {
        var numbers = new List<ulong>();
        foreach (string word in Words(TryRead(path) ?? ""))
        {
            if (Parse(word) is { } number)
                numbers.Add(number);
        }

        return numbers;
    }

    /// <summary>The members of a list of ranges: <c>0-2,7</c>.</summary>
    public static List<ulong> Members(string path)
    {
        var members = new List<ulong>();
        foreach (string range in (TryRead(path) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int dash = range.IndexOf('-', StringComparison.Ordinal);
            ulong? first = Parse(dash < 0 ? range : range.AsSpan(0, dash));
            ulong? last = dash < 0 ? first : Parse(range.AsSpan(dash + 1));
            for (ulong? member = first; member <= last; member++)
                members.Add(member.Value);
        }

        return members;
    }

    /// <summary>Lines <c>some avg10=0.00 avg60=0.00 avg300=0.00 total=0</c>; null where the kernel does not measure pressure.</summary>
    public static Pressure? Pressure(string path)
    {
        PressureLine some = default, full = default;
        bool found = false;
        foreach (string line in Lines(path))
        {
            found = true;
            if (line.StartsWith("some ", StringComparison.Ordinal))
                some = PressureOf(line);
            else if (line.StartsWith("full ", StringComparison.Ordinal))
                full = PressureOf(line);
        }

        return found ? new Pressure(some, full) : null;
    }

    public static string[] Lines(string path) => (TryRead(path) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    public static ulong? Parse(ReadOnlySpan<char> text) => text is "max" ? ulong.MaxValue
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;

    private static PressureLine PressureOf(string line)
    {
        double average10 = 0, average60 = 0, average300 = 0;
        ulong total = 0;
        foreach (string word in Words(line))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            ReadOnlySpan<char> value = word.AsSpan(equals + 1);
            switch (word.AsSpan(0, Math.Max(equals, 0)))
            {
                case "avg10": average10 = Percent(value); break;
                case "avg60": average60 = Percent(value); break;
                case "avg300": average300 = Percent(value); break;
                case "total": total = Parse(value) ?? 0; break;
            }
        }

        return new PressureLine(average10, average60, average300, total);
    }

    private static double Percent(ReadOnlySpan<char> text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? number : 0;
}
