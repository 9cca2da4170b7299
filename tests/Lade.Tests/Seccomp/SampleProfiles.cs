using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Lade.Configuration;

namespace Lade.Tests.Seccomp;

/// <summary>linux.seccomp of real configs, parsed without the reader of config.json.</summary>
internal static class SampleProfiles
{
    public static SeccompSpec Read(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Samples", $"seccomp-{name}.json")));
        JsonElement root = document.RootElement;
        var rules = new List<SeccompRule>();
        foreach (JsonElement rule in root.GetProperty("syscalls").EnumerateArray())
            rules.Add(Rule(rule));
        var archs = new List<SeccompArch>();
        foreach (JsonElement arch in root.GetProperty("architectures").EnumerateArray())
            archs.Add(ParsedName.Arch(arch.GetString()));
        return new SeccompSpec
        {
            DefaultAction = Action(root.GetProperty("defaultAction")),
            DefaultErrnoRet = root.TryGetProperty("defaultErrnoRet", out JsonElement errno) ? errno.GetUInt32() : null,
            Architectures = archs,
            Syscalls = rules,
        };
    }

    private static SeccompRule Rule(JsonElement rule)
    {
        var names = new List<string>();
        foreach (JsonElement name in rule.GetProperty("names").EnumerateArray())
            names.Add(name.GetString()!);
        var args = new List<SeccompArg>();
        if (rule.TryGetProperty("args", out JsonElement conditions))
        {
            foreach (JsonElement arg in conditions.EnumerateArray())
            {
                string? name = arg.GetProperty("op").GetString();
                SeccompOperator op = ParsedName.Operator(name);
                ulong two = arg.TryGetProperty("valueTwo", out JsonElement second) ? second.GetUInt64() : 0;
                args.Add(new SeccompArg(arg.GetProperty("index").GetUInt32(), arg.GetProperty("value").GetUInt64(), two, op));
            }
        }

        return new SeccompRule
        {
            Names = names,
            Action = Action(rule.GetProperty("action")),
            ErrnoRet = rule.TryGetProperty("errnoRet", out JsonElement errno) ? errno.GetUInt32() : null,
            Args = args,
        };
    }

    private static SeccompAction Action(JsonElement name) =>
        ParsedName.Action(name.GetString());
}

/// <summary>Parses names of the specification.</summary>
internal static class ParsedName
{
    public static SeccompAction Action(string? name) => (SeccompAction)IndexOf(SpecNames.SeccompActions, name);

    public static SeccompOperator Operator(string? name) => (SeccompOperator)IndexOf(SpecNames.SeccompOperators, name);

    public static SeccompFlag Flag(string? name) => (SeccompFlag)IndexOf(SpecNames.SeccompFlags, name);

    public static SeccompArch Arch(string? name) => (SeccompArch)IndexOf(SpecNames.SeccompArchs, name);

    private static int IndexOf(string words, string? name) =>
        WordList.IndexOf(words, name ?? "") is >= 0 and int index ? index : throw new ArgumentException(name);
}
