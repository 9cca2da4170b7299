using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lade.Cli;

/// <summary>The result of <see cref="OptionParser"/>: options by long name, with values valid for their kind, and positional arguments in order.</summary>
internal sealed class ParsedArguments(Option[] options)
{
    private readonly List<Option> _given = [];
    private readonly List<string> _values = [];

    public List<string> Positionals { get; } = [];

    /// <summary><c>--help</c> or <c>-h</c> was given; parsing stopped there.</summary>
    public bool HelpRequested { get; set; }

    /// <summary>The syntax error, such as <c>flag provided but not defined: -bogus</c>; null when there is none.</summary>
    public string? Problem { get; set; }

    public void Add(Option option, string value)
    {
        _given.Add(option);
        _values.Add(value);
    }

    public bool IsSet(string name) => Last(Find(name)) is not null;

    public bool Switch(string name) => Last(Find(name)) is "true";

    /// <summary>The last value given, or the option's default, which may be null.</summary>
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
        for (int i = 0; i < _given.Count; i++)
            if (ReferenceEquals(_given[i], option))
                values.Add(_values[i]);
        return values;
    }

    private string? Last(Option option)
    {
        for (int i = _given.Count - 1; i >= 0; i--)
            if (ReferenceEquals(_given[i], option))
                return _values[i];
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
