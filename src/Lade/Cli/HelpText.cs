using System;
using System.Collections.Generic;
using System.Text;

namespace Lade.Cli;

/// <summary>Formats the pages printed by <c>--help</c>.</summary>
internal static class HelpText
{
    private const string Indent = "   ";

    /// <summary>The column at which the option list is wrapped; other text is wrapped by hand.</summary>
    private const int LineWidth = 100;

    /// <summary>An option with a longer name has its help on the next line.</summary>
    private const int WidestName = 32;

    public static string ForProgram()
    {
        StringBuilder text = Section(new StringBuilder(), "NAME").Append(Indent).Append("lade - a fast, careful runtime for OCI containers\n");
        Section(text, "USAGE").Append(Indent).Append("lade [global options] <command> [options] [arguments]\n");
        AppendParagraphs(Section(text, "DESCRIPTION"), """
            lade turns a bundle, a directory with a root filesystem and a config.json, into a
            running container. Engines such as containerd, Docker and Podman call it in place
            of runc; it can also be used directly:

                lade spec
                lade run box1

            "lade help COMMAND" describes a command.
            """);

        Section(text, "COMMANDS");
        foreach (string name in CommandTable.Names)
            if (CommandTable.Find(name) is { IsAvailable: true } command)
                text.Append(Indent).Append(command.Name.PadRight(12)).Append(command.Summary).Append('\n');
        AppendOptions(Section(text, "GLOBAL OPTIONS"), GlobalOptions.Table);
        return text.ToString();
    }

    public static string For(Command command)
    {
        StringBuilder text = Section(new StringBuilder(), "NAME").Append(Indent).Append("lade ").Append(command.Name).Append(" - ").Append(command.Summary).Append('\n');
        Section(text, "USAGE").Append(Indent).Append("lade ").Append(command.Name).Append(" [options]");
        text.Append(command.Usage.Length == 0 ? "" : " ").Append(command.Usage).Append('\n');
        AppendParagraphs(Section(text, "DESCRIPTION"), command.Description);
        if (!command.IsAvailable)
            text.Append('\n').Append(Indent).Append("Not implemented in this version of lade.\n");
        if (command.Example.Length > 0)
            AppendParagraphs(Section(text, "EXAMPLE"), command.Example);
        AppendOptions(Section(text, "OPTIONS"), command.Options);
        return text.ToString();
    }

    private static StringBuilder Section(StringBuilder text, string title) => text.Append(text.Length == 0 ? "" : "\n").Append(title).Append(":\n");

    private static void AppendParagraphs(StringBuilder text, string paragraphs)
    {
        foreach (string line in paragraphs.Split('\n'))
            text.Append(line.Length == 0 ? "" : Indent).Append(line).Append('\n');
    }

    private static void AppendOptions(StringBuilder text, Option[] options)
    {
        var shown = new List<(string Name, string Help)>();
        foreach (Option option in options)
            if (!option.Hidden)
                shown.Add((NameOf(option), option.Help + (option.Default is null ? "" : " (default: " + option.Default + ")")));
        shown.Add(("--help, -h", "print this text"));

        int widest = 0;
        foreach ((string name, _) in shown)
            widest = name.Length > WidestName ? widest : Math.Max(widest, name.Length);
        int column = Indent.Length + widest + 2;
        foreach ((string name, string help) in shown)
        {
            text.Append(Indent).Append(name);
            text.Append(name.Length > widest ? "\n" + new string(' ', column) : new string(' ', column - Indent.Length - name.Length));
            AppendWrapped(text, help, column);
        }
    }

    private static string NameOf(Option option)
    {
        string name = "--" + option.Name + (option.Short == '\0' ? "" : ", -" + option.Short);
        return option.Kind == OptionKind.Switch ? name : name + " " + option.Placeholder;
    }

    private static void AppendWrapped(StringBuilder text, string help, int column)
    {
        int at = column;
        foreach (string word in help.Split(' '))
        {
            if (at > column && at + 1 + word.Length > LineWidth)
            {
                text.Append('\n').Append(' ', column);
                at = column;
            }
            else if (at > column)
            {
                text.Append(' ');
                at++;
            }

            text.Append(word);
            at += word.Length;
        }

        text.Append('\n');
    }
}
