using System;
using System.Collections.Generic;
using System.Diagnostics;
using FluentAssertions;
using Lade.Planning;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class ProcessEnvironmentTests
{
    [Theory]
    [InlineData("", "HOME=/")]
    [InlineData("A=1 B=2", "A=1 B=2 HOME=/")]
    [InlineData("HOME=/h A=1", "HOME=/h A=1")]
    [InlineData("HOME= A=1", "A=1 HOME=/")]
    [InlineData("HOME=/h HOME=", "HOME=/")]
    [InlineData("HOME= HOME=/h", "HOME=/h")]
    [InlineData("A=1 A=2 B=3 A=4", "B=3 A=4 HOME=/")]
    [InlineData("A=1 AB=2 a=3", "A=1 AB=2 a=3 HOME=/")]
    [InlineData("HOMEX=/x XHOME=/y", "HOMEX=/x XHOME=/y HOME=/")]
    [InlineData("A= B==", "A= B== HOME=/")]
    public void LastOfEqualNamesWinsAndHomeIsAdded(string given, string expected) =>
        string.Join(' ', Of(given, out _)).Should().Be(expected);

    /// <summary>`init` looks up HOME if config.json does not set it.</summary>
    [Theory]
    [InlineData("", 0)]
    [InlineData("A=1 B=2", 2)]
    [InlineData("HOME= A=1 A=2", 1)]
    [InlineData("HOME=/h A=1", -1)]
    [InlineData("HOME= HOME=/h", -1)]
    public void ReturnsTheIndexOfAMissingHome(string given, int index)
    {
        IReadOnlyList<string> environment = Of(given, out int home);

        home.Should().Be(index);
        if (home >= 0)
            environment[home].Should().Be("HOME=/");
    }

    [Fact]
    public void IsNotQuadratic()
    {
        string[] env = new string[100_000];
        for (int i = 0; i < env.Length; i++)
            env[i] = "SERVICE_" + i + "_PORT=" + i;

        var watch = Stopwatch.StartNew();
        IReadOnlyList<string> result = ProcessEnvironment.Create(env, out int home);

        // Comparing all pairs would take minutes.
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
        result.Should().HaveCount(100_001).And.StartWith("SERVICE_0_PORT=0").And.EndWith("HOME=/");
        home.Should().Be(100_000);
    }

    [Theory]
    [InlineData("PATH", "/b")]
    [InlineData("A", "")]
    [InlineData("B", "x=y")]
    [InlineData("PAT", null)]
    [InlineData("PATHS", null)]
    public void Find(string name, string? value) => ProcessEnvironment.Find(["PATH=/a", "A=", "B=x=y", "PATH=/b"], name).Should().Be(value);

    private static IReadOnlyList<string> Of(string given, out int home) => ProcessEnvironment.Create(given.Length == 0 ? [] : given.Split(' '), out home);
}
