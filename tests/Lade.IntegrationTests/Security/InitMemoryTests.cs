using System;
using System.Globalization;
using System.IO;
using System.Text;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>Whoever may trace an `init` that waits for start can read its memory: what the host's side of the configuration says is no longer there.</summary>
public sealed class InitMemoryTests : ContainerTest
{
    [Fact]
    public void What_is_over_is_not_in_the_memory_of_a_waiting_init()
    {
        Machine.NeedsRoot();
        string volume = Bundle.MakeDirectory("volume-of-the-host");
        Bundle.Mount("/vol", null, volume, "bind").Sleeps().Env("PATH=/bin", "KEPT=program-variable")
            .SetJson("/hooks", """
                { "createContainer": [ { "path": "/bin/sh", "args": ["sh", "-c", "true"], "env": ["TOKEN=operator-secret"] } ],
                  "startContainer": [ { "path": "/bin/true", "env": ["OF=image-hook"] } ] }
                """);
        Bundle.Lade.Environment["CALLER"] = "caller-secret";
        Container container = Create();

        string memory = MemoryOf(container.Pid);

        memory.Should().Contain("program-variable", "else this finds nothing at all").And.Contain("image-hook");
        foreach (string secret in (string[])["operator-secret", "volume-of-the-host", "caller-secret", "/bundle/rootfs"])
            memory.Contains(secret, StringComparison.Ordinal).Should().BeFalse(secret);
        container.Start();
        container.StatusWord.Should().Be("running");
    }

    private static string MemoryOf(int pid)
    {
        using FileStream memory = File.OpenRead("/proc/" + pid + "/mem");
        var text = new StringBuilder();
        foreach (string line in File.ReadAllLines("/proc/" + pid + "/maps"))
        {
            string[] range = line.Split(' ')[0].Split('-');
            if (line.Contains("[vvar", StringComparison.Ordinal) || line.Contains("[vsyscall]", StringComparison.Ordinal) || line.Split(' ')[1][0] != 'r')
                continue;
            long start = long.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), end = long.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            byte[] bytes = new byte[end - start];
            memory.Position = start;
            memory.ReadExactly(bytes);
            text.Append(Encoding.Latin1.GetString(bytes));
        }

        return text.ToString();
    }
}
