using System;
using System.Linq;
using System.Text.Json.Nodes;
using Lade.IntegrationTests.Fixtures;
using Xunit.Sdk;

namespace Lade.IntegrationTests.Exec;

/// <summary>A test that starts processes in a container.</summary>
public abstract class ExecTest : ContainerTest
{
    /// <summary>What `exec` of a script writes; it has to succeed. Options stand before the id.</summary>
    protected static CommandResult ExecScript(Container container, string script, params string[] options)
    {
        CommandResult result = container.Exec([.. options, container.Id, "sh", "-c", script]);
        return result.ExitCode == 0 ? result : throw new XunitException("exec ended with " + result.ExitCode + ": " + result.Stdout + result.Stderr);
    }

    /// <summary>`exec` under way, for a test that looks at it meanwhile.</summary>
    protected static RunningCommand StartExec(Container container, params string[] args) => container.Bundle.Lade.Start("", ["exec", .. args]);

    /// <summary>Why a process cannot be started.</summary>
    protected static string ExecError(Container container, params string[] args)
    {
        CommandResult result = container.Exec(args);
        if (result.ExitCode != 255)
            throw new XunitException("exec ended with " + result.ExitCode + " where a failure was expected: " + result.Stdout + result.Stderr);
        return result.Error();
    }

    /// <summary>The path of a process document; args and cwd are there, the rest is <paramref name="more"/>.</summary>
    protected string Document(string[] args, string more = "{}")
    {
        JsonObject document = JsonNode.Parse(more)!.AsObject();
        document["args"] = Bundle.Array(args);
        if (!document.ContainsKey("cwd"))
            document["cwd"] = "/";
        string path = Bundle.Directory + "/process-" + Guid.NewGuid().ToString("N") + ".json";
        System.IO.File.WriteAllText(path, document.ToJsonString());
        return path;
    }

    /// <summary>A line of the /proc/PID/status that a script has printed.</summary>
    protected static string StatusLine(CommandResult result, string name) =>
        result.Lines.Single(line => line.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..].Trim();
}
