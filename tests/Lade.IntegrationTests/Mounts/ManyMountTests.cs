using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Mounts;

/// <summary>More mounts than descriptors a process may usually have.</summary>
public sealed class ManyMountTests : ContainerTest
{
    private const int Count = 1000;

    private void ManyMounts(int count = Count)
    {
        string source = Bundle.MakeDirectory("source");
        File.WriteAllText(source + "/file", "content");
        JsonArray mounts = Bundle.Config["mounts"]!.AsArray();
        for (int i = 0; i < count; i++)
            mounts.Add(new JsonObject { ["destination"] = "/run/file" + i, ["source"] = source + "/file", ["options"] = Bundle.Array("bind", "ro") });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_thousand_bind_mounts(bool userNamespace)
    {
        ManyMounts();
        if (userNamespace)
            Bundle.UserNamespace();
        Bundle.Lade.Surroundings = "ulimit -Sn 1024";

        CommandResult result = RunScript("ls /run | wc -l; cat /run/file0 /run/file999; echo; ulimit -Sn; ls /proc/self/fd | wc -l");

        result.Lines.Should().Equal("1000", "contentcontent", "1024", "4");
    }

    [Fact]
    public void Two_thousand_bind_mounts()
    {
        ManyMounts(2000);
        Bundle.Lade.Surroundings = "ulimit -Sn 1024";

        RunScript("ls /run | wc -l").Output.Should().Be("2000");
    }

    [Fact]
    public void The_limit_is_the_callers_while_a_container_waits_and_the_configs_afterwards()
    {
        ManyMounts(600);
        Bundle.Lade.Surroundings = "ulimit -Sn 512";
        Bundle.SetJson("/process/rlimits", """[ { "type": "RLIMIT_NOFILE", "soft": 300, "hard": 400 } ]""").Sleeps();
        Container container = Create();

        Limit(container).Should().StartWith("512 ");
        container.Start();
        Limit(container).Should().StartWith("300 400 ");
    }

    private static string Limit(Container container) =>
        string.Join(' ', File.ReadAllLines("/proc/" + container.Pid + "/limits").Single(l => l.StartsWith("Max open files")).Split(' ', System.StringSplitOptions.RemoveEmptyEntries)[3..]);
}
