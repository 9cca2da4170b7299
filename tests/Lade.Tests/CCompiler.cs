using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace Lade.Tests;

/// <summary>Holds C# against C headers: a generated program with one <c>_Static_assert</c> per fact, which the compiler checks without running anything.</summary>
internal static class CCompiler
{
    private static readonly string? s_path = Find("gcc", "cc", "musl-gcc");

    /// <summary>Every assertion that does not hold, by its message; other errors of the compiler as they are. Skips the test where there is no compiler.</summary>
    /// <param name="head">What stands before the assertions: includes.</param>
    public static IReadOnlyList<string> Failures(string head, IEnumerable<CFact> facts)
    {
        Assert.SkipWhen(s_path is null, "no C compiler: gcc, cc or musl-gcc");
        var program = new StringBuilder(head).Append('\n');
        foreach (CFact fact in facts)
        {
            string assertion = $"_Static_assert({fact.Condition}, \"{fact.Meaning}\");";
            program.Append(fact.OnlyIf is null ? assertion : $"#ifdef {fact.OnlyIf}\n{assertion}\n#endif").Append('\n');
        }

        return Compile(program.ToString()).Split('\n').Where(line => line.Contains("error:", StringComparison.Ordinal)).ToList();
    }

    private static string Compile(string program)
    {
        // One process per compilation and everything by pipes: no file is left behind.
        var start = new ProcessStartInfo(s_path!)
        {
            ArgumentList = { "-std=gnu17", "-fsyntax-only", "-fmax-errors=0", "-I", Repository.PathOf("native"), "-x", "c", "-" },
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        using var compiler = System.Diagnostics.Process.Start(start)!;
        compiler.StandardInput.Write(program);
        compiler.StandardInput.Close();
        string messages = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        return compiler.ExitCode == 0 || messages.Contains("error:", StringComparison.Ordinal)
            ? messages
            : "error: " + s_path + " ended with " + compiler.ExitCode + " " + messages;
    }

    private static string? Find(params string[] names)
    {
        string[] directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return names.SelectMany(name => directories.Select(directory => Path.Combine(directory, name))).FirstOrDefault(File.Exists);
    }
}

/// <summary>A constant expression of C that must be true.</summary>
/// <param name="OnlyIf">A macro without which the headers at hand are too old to tell.</param>
internal sealed record CFact(string Condition, string Meaning, string? OnlyIf = null)
{
    /// <summary>An integer constant of C, compared as 64 bits.</summary>
    public static CFact IsEqual(string name, object value, string? onlyIf = null)
    {
        string number = value is ulong or uint or ushort or byte or nuint ? Convert.ToString(value) + "ULL" : Convert.ToString(value) + "LL";
        return new CFact($"(unsigned long long)({name}) == (unsigned long long)({number})", $"{name} is {value} in C#", onlyIf);
    }

    public static CFact HasSize(string type, int size) => new($"sizeof({type}) == {size}", $"{type} has {size} bytes in C#");

    public static CFact HasOffset(string type, string member, int offset) =>
        new($"__builtin_offsetof({type}, {member}) == {offset}", $"{type}.{member} is at {offset} in C#");
}
