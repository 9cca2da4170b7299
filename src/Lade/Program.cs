using System;
using Lade.Cli;
using Lade.Linux;

namespace Lade;

/// <summary>From the arguments to the exit code: parse, find the command, run it, report errors. The only place that catches everything.</summary>
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
            return UsageError(log, "Incorrect Usage. " + globals.Problem, HelpText.ForProgram(), globals.Problem, exitCode: 1);
        if (globals.Switch("version"))
            return Print(VersionText.Full);
        if (globals.HelpRequested || globals.Positionals.Count == 0)
            return Print(HelpText.ForProgram());

        log = GlobalOptions.OpenLog(globals);
        string name = globals.Positionals[0];
        Command command = CommandTable.Find(name) ?? throw CommandTable.Unknown(name);
        ParsedArguments arguments = OptionParser.Parse(command.Options, globals.Positionals.ToArray().AsSpan(1), command.StopsAtFirstPositional);
        if (arguments.HelpRequested)
            return Print(HelpText.For(command));
        if (arguments.Problem is not null)
            return UsageError(log, "Incorrect Usage: " + arguments.Problem, HelpText.For(command), arguments.Problem, command.FailureExitCode);
        if (command.CheckArgumentCount(arguments.Positionals.Count) is { } problem)
            return UsageError(log, "Incorrect Usage.", HelpText.For(command), problem, command.FailureExitCode);
        if (command.Body is null)
            throw new LadeException("lade: \"" + name + "\" is not available in this version") { ExitCode = command.FailureExitCode };
        return Invoke(command, command.Body, new Invocation(GlobalOptions.From(globals), arguments, log));
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
            // A bug in lade: expected failures are LadeExceptions.
            invocation.Log.Failure(new LadeException("lade: internal error in \"" + command.Name + "\": " + e.GetType().Name + ": " + e.Message
                + "; please report this with the command line and config.json", e));
            return command.FailureExitCode;
        }
    }

    /// <summary>Prints the help to standard output, as runc does, and logs the problem.</summary>
    private static int UsageError(Log log, string headline, string help, string problem, int exitCode)
    {
        Stdio.Write(headline + "\n\n" + help);
        log.Failure(new LadeException(problem));
        return exitCode;
    }

    private static int Print(string text)
    {
        Stdio.Write(text);
        return 0;
    }
}
