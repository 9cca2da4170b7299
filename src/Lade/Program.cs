using System;
using Lade.Cli;
using Lade.Linux;

namespace Lade;

/// <summary>From the arguments to the exit code: parse, find the command, run it, say what failed. The only place that catches everything.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        Log log = Log.ToStandardError();
        try
        {
            Stdio.FillGaps();
            return Run(args, ref log);
        }
        catch (LadeException e)
        {
            log.Failure(e);
            return e.ExitCode;
        }
        finally
        {
            log.Dispose();
        }
    }

    private static int Run(string[] args, ref Log log)
    {
        ParsedArguments globals = OptionParser.Parse(GlobalOptions.Table, args, stopAtFirstPositional: true);
        if (globals.Problem is not null)
            return Misused(log, "Incorrect Usage. " + globals.Problem, HelpText.OfProgram(), globals.Problem, exitCode: 1);
        if (globals.Switch("version"))
            return Print(VersionText.Of());
        if (globals.HelpRequested || globals.Positionals.Count == 0)
            return Print(HelpText.OfProgram());

        log = GlobalOptions.OpenLog(globals);
        string name = globals.Positionals[0];
        Command command = CommandTable.Find(name) ?? throw CommandTable.Unknown(name);
        ParsedArguments arguments = OptionParser.Parse(command.Options, globals.Positionals.ToArray().AsSpan(1), command.StopsAtFirstPositional);
        if (arguments.HelpRequested)
            return Print(HelpText.Of(command));
        if (arguments.Problem is not null)
            return Misused(log, "Incorrect Usage: " + arguments.Problem, HelpText.Of(command), arguments.Problem, command.FailureExitCode);
        if (command.CheckArgumentCount(arguments.Positionals.Count) is { } complaint)
            return Misused(log, "Incorrect Usage.", HelpText.Of(command), complaint, command.FailureExitCode);
        if (command.Body is null)
            throw new LadeException("lade: \"" + name + "\" is not available in this version") { ExitCode = command.FailureExitCode };
        return Invoke(command, command.Body, new Invocation(GlobalOptions.Of(globals), arguments, log));
    }

    private static int Invoke(Command command, CommandBody body, Invocation invocation)
    {
        try
        {
            return body(invocation);
        }
        catch (LadeException e)
        {
            invocation.Log.Failure(command.FailurePrefix is null ? e : e.Within(command.FailurePrefix));
            return e.ExitCode == 1 ? command.FailureExitCode : e.ExitCode;
        }
        catch (Exception e)
        {
            // Not a failure of the container but of lade: its own checks should have made a LadeException of it.
            invocation.Log.Failure(new LadeException("lade: internal error in \"" + command.Name + "\": " + e.GetType().Name + ": " + e.Message
                + "; please report this with the command line and config.json", e));
            return command.FailureExitCode;
        }
    }

    /// <summary>A line that cannot be understood: what is right goes to standard output, what is wrong to the log.</summary>
    private static int Misused(Log log, string headline, string help, string complaint, int exitCode)
    {
        Stdio.Write(headline + "\n\n" + help);
        log.Failure(new LadeException(complaint));
        return exitCode;
    }

    private static int Print(string text)
    {
        Stdio.Write(text);
        return 0;
    }
}
