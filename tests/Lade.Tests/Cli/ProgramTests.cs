using System;
using System.Diagnostics;
using System.IO;
using System.Text.Json;
using FluentAssertions;
using Xunit;
using HostProcess = System.Diagnostics.Process;

namespace Lade.Tests.Cli;

/// <summary>The program as a process: exit codes, and what goes to which stream.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("", 0, "NAME:\n   lade - ", "")]
    [InlineData("--version", 0, "lade version ", "")]
    [InlineData("create", 1, "Incorrect Usage.\n\nNAME:\n   lade create", "level=error msg=\"lade: \\\"create\\\" requires exactly 1 argument(s)\"\n")]
    [InlineData("create --bogus c1", 1, "Incorrect Usage: flag provided but not defined: -bogus\n\nNAME:", "msg=\"flag provided but not defined: -bogus\"\n")]
    [InlineData("exec --bogus c1", 255, "Incorrect Usage: flag", "msg=\"flag provided but not defined: -bogus\"\n")]
    [InlineData("bogus", 3, "", "msg=\"No help topic for 'bogus'\"\n")]
    [InlineData("--log-format xml list", 1, "", "msg=\"invalid log-format: xml\"\n")]
    [InlineData("--root ROOT state c1", 1, "", "msg=\"container does not exist\"\n")]
    [InlineData("--root ROOT state ''", 1, "", "msg=\"container id cannot be empty\"\n")]
    [InlineData("--root ROOT list", 0, "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n", "")]
    [InlineData("--root ROOT list -f json", 0, "null\n", "")]
    [InlineData("--root ROOT/none list", 1, "", "ENOENT: no such file or directory\"\n")]
    [InlineData("--root ROOT create a/b", 1, "", "msg=\"lade create failed: invalid container ID format\"\n")]
    [InlineData("--debug --root ROOT state c1", 1, "", "msg=\"container does not exist\" func=\"Invoke()\" file=\"Program.cs:")]
    public void Prints_and_exits(string line, int exitCode, string output, string error)
    {
        (int code, string standardOutput, string standardError) = Run(line);
        code.Should().Be(exitCode);
        standardOutput.Should().StartWith(output);
        if (output.Length == 0)
            standardOutput.Should().BeEmpty();
        if (error.Length == 0)
            standardError.Should().BeEmpty();
        else
            standardError.Should().Contain(error);
    }

    [Fact]
    public void Error_goes_to_the_log_and_to_standard_error()
    {
        string log = _root.Path + "/log.json";
        Run("--root ROOT --log " + log + " --log-format json state c1").Error.Should().Be("container does not exist\n");
        Run("--root ROOT --log " + log + " --log-format json state c2").Code.Should().Be(1);

        string[] lines = File.ReadAllLines(log);
        lines.Should().HaveCount(2);
        lines[0].Should().MatchRegex("^{\"level\":\"error\",\"msg\":\"container does not exist\",\"time\":\"[0-9T:-]{19}Z\"}$");
        File.GetUnixFileMode(log).Should().HaveFlag(UnixFileMode.UserRead).And.NotHaveFlag(UnixFileMode.GroupWrite);
    }

    [Fact]
    public void Spec_does_not_overwrite()
    {
        Run("spec --bundle " + _root.Path).Code.Should().Be(0);
        using (JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(_root.Path + "/config.json")))
            document.RootElement.GetProperty("root").GetProperty("path").GetString().Should().Be("rootfs");

        (int code, _, string error) = Run("spec --bundle " + _root.Path);
        code.Should().Be(1);
        error.Should().Contain("msg=\"File config.json exists. Remove it first\"");
    }

    private static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private (int Code, string Output, string Error) Run(string line)
    {
        var start = new ProcessStartInfo(Dotnet) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(LadeException).Assembly.Location);
        foreach (string argument in line.Replace("ROOT", _root.Path, StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            start.ArgumentList.Add(argument == "''" ? "" : argument);

        using HostProcess process = HostProcess.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
