using System;
using System.IO;
using System.Text;
using FluentAssertions;
using Lade.Configuration;
using Lade.Linux;
using Xunit;

namespace Lade.Tests;

public sealed class LogTests
{
    private static readonly DateTime Noon = new(2026, 11, 22, 12, 0, 5, 999, DateTimeKind.Utc);

    [Theory]
    [InlineData("container does not exist", "{\"level\":\"error\",\"msg\":\"container does not exist\",\"time\":\"2026-11-22T12:00:05Z\"}\n")]
    [InlineData("exec: \"x\": not found\n", "{\"level\":\"error\",\"msg\":\"exec: \\\"x\\\": not found\\n\",\"time\":\"2026-11-22T12:00:05Z\"}\n")]
    [InlineData("it's a+b <ü>", "{\"level\":\"error\",\"msg\":\"it's a+b <ü>\",\"time\":\"2026-11-22T12:00:05Z\"}\n")]
    [InlineData("\u001b[2J", "{\"level\":\"error\",\"msg\":\"\\u001b[2J\",\"time\":\"2026-11-22T12:00:05Z\"}\n")]
    public void Json(string message, string line) => Text(LogFormat.Json, LogLevel.Error, message).Should().Be(line);

    [Theory]
    [InlineData("container does not exist", "time=\"2026-11-22T12:00:05Z\" level=error msg=\"container does not exist\"\n")]
    [InlineData("short", "time=\"2026-11-22T12:00:05Z\" level=error msg=\"short\"\n")]
    [InlineData("a \"b\" \\ \n\t\r", "time=\"2026-11-22T12:00:05Z\" level=error msg=\"a \\\"b\\\" \\\\ \\n\\t\\r\"\n")]
    [InlineData("\u001b[2J ü", "time=\"2026-11-22T12:00:05Z\" level=error msg=\"\\u001b[2J ü\"\n")]
    public void Logfmt(string message, string line) => Text(LogFormat.Text, LogLevel.Error, message).Should().Be(line);

    [Theory]
    [InlineData(LogLevel.Debug, "debug")]
    [InlineData(LogLevel.Info, "info")]
    [InlineData(LogLevel.Warning, "warning")]
    [InlineData(LogLevel.Error, "error")]
    internal void NamesItsLevels(LogLevel level, string word)
    {
        Text(LogFormat.Json, level, "x").Should().Contain("\"level\":\"" + word + "\"");
        Text(LogFormat.Text, level, "x").Should().Contain(" level=" + word + " ");
        Log.ParseLevel(word).Should().Be(level);
    }

    [Fact]
    public void NamesThePlaceInTheCodeWhenDebugging()
    {
        Encoding.UTF8.GetString(Log.Line(LogFormat.Json, LogLevel.Debug, Noon, "x", "Run", "/lade/Program.cs", 7))
            .Should().Be("{\"file\":\"Program.cs:7\",\"func\":\"Run()\",\"level\":\"debug\",\"msg\":\"x\",\"time\":\"2026-11-22T12:00:05Z\"}\n");
        Encoding.UTF8.GetString(Log.Line(LogFormat.Text, LogLevel.Debug, Noon, "x", "Run", "/lade/Program.cs", 7))
            .Should().Be("time=\"2026-11-22T12:00:05Z\" level=debug msg=\"x\" func=\"Run()\" file=\"Program.cs:7\"\n");
    }

    [Fact]
    public void KeepsToItsLevelAndAppends()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Path + "/log";
        using (Log log = Log.ToFile(path, LogFormat.Text, LogLevel.Info))
        {
            log.IsDebug.Should().BeFalse();
            log.Debug("one");
            log.Info("two");
        }

        using (Log log = Log.ToFile(path, LogFormat.Text, LogLevel.Warning))
        {
            log.Info("three");
            log.Warning("four");
        }

        using (Log log = Log.ToFile(path, LogFormat.Text, LogLevel.Debug))
            log.Debug("five");
        string[] lines = File.ReadAllLines(path);
        lines.Should().HaveCount(3);
        lines[0].Should().EndWith("level=info msg=\"two\"");
        lines[1].Should().EndWith("level=warning msg=\"four\"");
        lines[2].Should().Contain("msg=\"five\" func=\"KeepsToItsLevelAndAppends()\" file=\"LogTests.cs:");
    }

    [Fact]
    public void ALogThatCannotBeOpenedIsAnError() =>
        FluentActions.Invoking(() => Log.ToFile("/nowhere/log", LogFormat.Text, LogLevel.Info))
            .Should().Throw<LadeException>().WithMessage("open /nowhere/log: ENOENT: no such file or directory");

    [Fact]
    public void APersonSeesEveryProblemOnALineOfItsOwn()
    {
        LadeException error = LadeException.InvalidConfig("/b/config.json",
        [
            new ConfigProblem(JsonPointer.Of("process", "cwd"), "must be absolute"),
            new ConfigProblem(JsonPointer.Of("mounts", 0), "destination is missing"),
        ]).Within("lade create failed");
        error.Description.Should().Be("lade create failed: /b/config.json: 2 problems: /process/cwd: must be absolute; /mounts/0: destination is missing");
        Log.PlainText(error).Should().Be("lade create failed: /b/config.json: 2 problems:\n  /process/cwd: must be absolute\n  /mounts/0: destination is missing\n");
    }

    [Fact]
    public void APersonSeesASingleErrorOnOneLine()
    {
        Log.PlainText(new LadeException("mount x", Errno.EPERM, JsonPointer.Of("mounts", 3))).Should().Be("/mounts/3: mount x: EPERM: operation not permitted\n");
        Log.PlainText(new LadeException("bad \u001b[31mname")).Should().Be("bad \\u001b[31mname\n");
    }

    private static string Text(LogFormat format, LogLevel level, string message) => Encoding.UTF8.GetString(Log.Line(format, level, Noon, message));
}
