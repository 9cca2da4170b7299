using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lade.Cli;

/// <summary>
/// The syntax of runc's command line: <c>--name value</c>, <c>--name=value</c>, one dash or two before any name, switches without a value,
/// <c>--</c> ends the options. It knows no command; the tables say what exists.
/// </summary>
internal static class OptionParser
{
    /// <param name="stopAtFirstPositional">
    /// What follows the first argument that is no option belongs to somebody else: the command after the global options, the program of <c>exec</c>.
    /// </param>
    public static ParsedArguments Parse(IReadOnlyList<Option> options, ReadOnlySpan<string> arguments, bool stopAtFirstPositional)
    {
        var parsed = new ParsedArguments(options);
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument == "--")
            {
                parsed.Positionals.AddRange(arguments[(i + 1)..]);
                break;
            }

            // A lone dash is a file name (standard input), and an empty argument is an empty id.
            if (argument.Length < 2 || argument[0] != '-')
            {
                if (stopAtFirstPositional)
                {
                    parsed.Positionals.AddRange(arguments[i..]);
                    break;
                }

                parsed.Positionals.Add(argument);
                continue;
            }

            parsed.Problem = ParseOption(parsed, options, argument, arguments, ref i);
            if (parsed.Problem is not null || parsed.HelpRequested)
                break;
        }

        return parsed;
    }

    /// <summary>Adds the option at <paramref name="i"/>, moving on to its value when that is the next argument; the problem, or null.</summary>
    private static string? ParseOption(ParsedArguments parsed, IReadOnlyList<Option> options, string argument, ReadOnlySpan<string> arguments, ref int i)
    {
        string name = argument[(argument[1] == '-' ? 2 : 1)..];
        string? value = null;
        int equals = name.IndexOf('=');
        if (equals >= 0)
        {
            value = name[(equals + 1)..];
            name = name[..equals];
        }

        Option? option = Find(options, name);
        if (option is null)
        {
            if (name is not ("help" or "h") || value is not null)
                return "flag provided but not defined: -" + name;
            parsed.HelpRequested = true;
            return null;
        }

        if (option.Kind == OptionKind.Switch)
        {
            if (TruthOf(value ?? "true") is not { } truth)
                return Invalid(option, value, "neither true nor false");
            parsed.Add(option, truth ? "true" : "false");
            return null;
        }

        // The next argument is the value even when it starts with a dash: --memory-swap -1.
        if (value is null && ++i == arguments.Length)
            return "flag needs an argument: -" + name;
        value ??= arguments[i];
        string? problem = Check(option, value);
        if (problem is null)
            parsed.Add(option, value);
        return problem;
    }

    private static Option? Find(IReadOnlyList<Option> options, string name)
    {
        for (int i = 0; i < options.Count; i++)
            if (options[i].Name == name || (name.Length == 1 && options[i].Short == name[0]))
                return options[i];
        return null;
    }

    private static string? Check(Option option, string value) => option.Kind switch
    {
        OptionKind.Integer when !long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => Invalid(option, value, "not a whole number"),
        OptionKind.Duration when !GoDuration.TryParse(value, out _) => Invalid(option, value, "not a duration such as 5s or 1m30s"),
        _ => null,
    };

    private static string Invalid(Option option, string? value, string why) =>
        "invalid value \"" + value + "\" for flag -" + option.Name + ": " + why;

    /// <summary>The spellings that Go's flag packages take.</summary>
    public static bool? TruthOf(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };
}
