using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lade.Cli;

/// <summary>What <see cref="OptionParser"/> found: options by their long name, everything else in order. Values are checked against their kind.</summary>
internal sealed class ParsedArguments
{
    private readonly IReadOnlyList<Option> options;
    private readonly List<(Option Option, string Value)> given = [];

    public ParsedArguments(IReadOnlyList<Option> options) => this.options = options;

    /// <summary>The arguments that are no options.</summary>
    public List<string> Positionals { get; } = [];

    /// <summary><c>--help</c> or <c>-h</c> was there; nothing behind it was looked at.</summary>
    public bool HelpRequested { get; set; }

    /// <summary>Why the line is wrong: <c>flag provided but not defined: -bogus</c>; null when it is right.</summary>
    public string? Problem { get; set; }

    public void Add(Option option, string value) => given.Add((option, value));

    public bool IsSet(string name)
    {
        Option option = Find(name);
        foreach ((Option found, _) in given)
            if (ReferenceEquals(found, option))
                return true;
        return false;
    }

    public bool Switch(string name) => Last(Find(name)) is "true";

    /// <summary>The last value given, else the option's default, else null.</summary>
    public string? Text(string name)
    {
        Option option = Find(name);
        return Last(option) ?? option.Default;
    }

    public long Integer(string name) => long.Parse(Text(name) ?? "0", CultureInfo.InvariantCulture);

    public TimeSpan Duration(string name) =>
        GoDuration.TryParse(Text(name), out TimeSpan duration) ? duration : throw new InvalidOperationException("--" + name + " was not checked");

    /// <summary>Every value given, in order.</summary>
    public List<string> List(string name)
    {
        Option option = Find(name);
        var values = new List<string>();
        foreach ((Option found, string value) in given)
            if (ReferenceEquals(found, option))
                values.Add(value);
        return values;
    }

    private string? Last(Option option)
    {
        for (int i = given.Count - 1; i >= 0; i--)
            if (ReferenceEquals(given[i].Option, option))
                return given[i].Value;
        return null;
    }

    private Option Find(string name)
    {
        foreach (Option option in options)
            if (option.Name == name)
                return option;
        throw new InvalidOperationException("the command has no option --" + name);
    }
}
