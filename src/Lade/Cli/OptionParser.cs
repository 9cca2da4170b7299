using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lade.Cli;

/// <summary>
/// Parses runc's command line syntax: <c>--name value</c>, <c>--name=value</c>, one or two dashes before any name, switches without a value, <c>--</c> to end the options.
/// </summary>
internal static class OptionParser
{
    /// <param name="stopAtFirstPositional">
    /// Whether everything after the first non-option is positional: the command after the global options, the program of <c>exec</c>.
    /// </param>
    public static ParsedArguments Parse(Option[] options, ReadOnlySpan<string> arguments, bool stopAtFirstPositional)
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

    /// <summary>Adds the option at <paramref name="i"/>, consuming the next argument as its value if necessary.</summary>
    /// <returns>The problem, or null.</returns>
    private static string? ParseOption(ParsedArguments parsed, Option[] options, string argument, ReadOnlySpan<string> arguments, ref int i)
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
            if (ParseBool(value ?? "true") is not { } isSet)
                return Invalid(option, value, "neither true nor false");
            parsed.Add(option, isSet ? "true" : "false");
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

    private static Option? Find(Option[] options, string name)
    {
        foreach (Option option in options)
            if (option.Name == name || (name.Length == 1 && option.Short == name[0]))
                return option;
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

    /// <summary>Accepts the same spellings as Go's strconv.ParseBool.</summary>
    public static bool? ParseBool(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };
}
