using System;
using System.Diagnostics;
using System.Threading.Tasks;
using Lade.IntegrationTests.Fixtures;
using Xunit.Sdk;
using ChildProcess = System.Diagnostics.Process;

namespace Lade.IntegrationTests.Terminal;

/// <summary>
/// A test whose container has a terminal. It says in a shell script what it does, because only a shell can hand a terminal or a closed descriptor to lade.
/// In the script $lade is the program with its state, $run is `lade run` of the container $id, and the bundle is the current directory.
/// </summary>
public abstract class TerminalTest : ContainerTest
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    protected TerminalTest()
    {
        Container = NewContainer();
        Bundle.Set("/process/terminal", true);
    }

    protected Container Container { get; }

    private string Prelude => "lade='" + LadeProgram.Path + " --root " + Bundle.Lade.StateRoot + "'\nid=" + Container.Id + "\nrun=\"$lade run $id\"\n";

    /// <summary>Runs a script without a terminal; all that it and its descendants print.</summary>
    protected string Sh(string script)
    {
        Bundle.Save();
        var start = new ProcessStartInfo("/bin/bash") { WorkingDirectory = Bundle.Path, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec 2>&1\n" + Prelude + script);
        using ChildProcess process = ChildProcess.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!output.Wait(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new XunitException("not ended after " + s_patience.TotalSeconds + " s: " + script);
        }

        process.WaitForExit();
        return output.Result;
    }

    /// <summary>Starts a script on a new terminal.</summary>
    private protected PseudoTerminal OnTerminal(string script, ushort rows = 24, ushort columns = 80)
    {
        Bundle.Save();
        return Keep(PseudoTerminal.Run(Prelude + script, Bundle.Path, rows, columns));
    }
}
