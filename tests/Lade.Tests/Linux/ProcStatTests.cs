using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using FluentAssertions;
using Lade.Linux;
using Lade.State;
using Xunit;
using HostProcess = System.Diagnostics.Process;

namespace Lade.Tests.Linux;

public sealed class ProcStatTests
{
    private const string Rest = " 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654321 1000 200 18446744073709551615";

    [Theory]
    [InlineData("42 (sh) S", 'S')]
    [InlineData("42 (a b) R", 'R')]
    [InlineData("42 (a) R 1 (b)) Z", 'Z')]
    [InlineData("42 (() X", 'X')]
    [InlineData("42 () I", 'I')]
    [InlineData("42 (new\nline) D", 'D')]
    public void Parses_any_process_name(string start, char state) =>
        ProcStat.Parse(Encoding.UTF8.GetBytes(start + Rest)).Should().Be(new ProcStat(42, state, 7, 1, 987654321));

    /// <summary>The main thread may end before the others: the process looks like a zombie and runs on.</summary>
    [Theory]
    [InlineData('Z', 1, true)]
    [InlineData('Z', 2, false)]
    [InlineData('X', 0, true)]
    [InlineData('S', 1, false)]
    public void Is_dead_only_with_its_last_thread(char state, int threads, bool expected) =>
        ProcStat.Parse(Encoding.UTF8.GetBytes("42 (a) " + state + Rest.Replace(" 20 0 1 0 ", " 20 0 " + threads + " 0 ")))!.Value.IsDead.Should().Be(expected);

    [Theory]
    [InlineData("")]
    [InlineData("42")]
    [InlineData("42 (sh")]
    [InlineData("42 (sh)")]
    [InlineData("42 (sh) S 7 1 1")]
    [InlineData("x (sh) S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654321 1000")]
    [InlineData("42 (sh) S y 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654321 1000")]
    public void Rejects_malformed_lines(string line) => ProcStat.Parse(Encoding.UTF8.GetBytes(line)).Should().BeNull();

    [Fact]
    public void Identity_includes_the_start_time()
    {
        ProcessIdentity self = ProcessIdentity.Read(Environment.ProcessId)!.Value;
        self.Pid.Should().Be(Environment.ProcessId);
        self.IsAlive.Should().BeTrue();
        (self with { StartTime = self.StartTime + 1 }).IsAlive.Should().BeFalse("that is another process with the same pid");
    }

    [Fact]
    public void Ended_process_is_not_alive()
    {
        using HostProcess child = HostProcess.Start(new ProcessStartInfo("sleep", "60"))!;
        ProcessIdentity identity = ProcessIdentity.Read(child.Id)!.Value;
        identity.IsAlive.Should().BeTrue();
        child.Kill();
        child.WaitForExit();
        SpinWait.SpinUntil(() => !identity.IsAlive, TimeSpan.FromSeconds(5)).Should().BeTrue();
        ProcStat.TryRead(int.MaxValue).Should().BeNull();
    }

    [Fact]
    public void Zombie_is_not_alive()
    {
        // The shell becomes a sleep that never waits for the child which the shell left it.
        using HostProcess parent = HostProcess.Start(new ProcessStartInfo("sh", ["-c", "true & exec sleep 60"]))!;
        try
        {
            string children = $"/proc/{parent.Id}/task/{parent.Id}/children";
            SpinWait.SpinUntil(() => File.ReadAllText(children).Length > 0, TimeSpan.FromSeconds(5)).Should().BeTrue();
            int pid = int.Parse(File.ReadAllText(children), CultureInfo.InvariantCulture);
            SpinWait.SpinUntil(() => ProcStat.TryRead(pid) is { State: 'Z' }, TimeSpan.FromSeconds(5)).Should().BeTrue();
            ProcStat.TryRead(pid)!.Value.IsDead.Should().BeTrue();
            ProcessIdentity.Read(pid).Should().BeNull();
        }
        finally
        {
            parent.Kill();
            parent.WaitForExit();
        }
    }
}
