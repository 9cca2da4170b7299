using System;
using System.IO;
using System.Linq;
using System.Threading;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Mounts;

/// <summary>A container, or another that shares a volume with it, changes directories while something is mounted there.</summary>
public sealed class MountAttackTests : ContainerTest
{
    /// <summary>A volume in which "target" and a link to a directory of the host take each other's name, over and over.</summary>
    private (string Volume, string Victim) Race()
    {
        string volume = Bundle.MakeDirectory("volume"), victim = Bundle.MakeDirectory("victim");
        Machine.Sh($"mkdir '{volume}/target' && ln -s '../../../../../../../..{victim}' '{volume}/link'");
        return (volume, victim);
    }

    private static void WhileSwapping(string volume, Action action)
    {
        bool done = false;
        var swapping = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
            {
                Machine.Exchange(volume + "/target", volume + "/link");
                Thread.Yield();
            }
        });
        swapping.Start();
        try
        {
            action();
        }
        finally
        {
            Volatile.Write(ref done, true);
            swapping.Join();
        }
    }

    /// <summary>Of a race in which a quarter of the rounds is hit.</summary>
    private static int Rounds => Environment.GetEnvironmentVariable("LADE_SOAK") is "1" ? 3000 : 40;

    private static void IsUntouched(string victim)
    {
        Directory.GetFileSystemEntries(victim).Should().BeEmpty();
        MountInfo.Read("self").Should().NotContain(m => m.Target.StartsWith(victim));
    }

    [Fact]
    public void CVE_2023_27561_a_procfs_lands_where_it_is_meant_to_or_nowhere()
    {
        (string volume, string victim) = Race();
        Bundle.Mount("/volume", null, volume, "bind").Mount("/volume/target/proc", "proc", "proc").Script("grep ' /volume/target/proc proc \\| - proc ' /proc/self/mountinfo | cut -d' ' -f5").Save();

        int made = 0, refused = 0;
        WhileSwapping(volume, () =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                CommandResult result = Bundle.Lade.Run("run", "--bundle", Bundle.Path, "race" + i);
                if (result.ExitCode == 0)
                    made++;
                else
                    refused++;
                if (result.ExitCode == 0)
                    result.Lines.Where(l => !l.StartsWith("/proc")).Should().OnlyContain(l => l == "/volume/target/proc" || l == "/volume/link/proc");
                else
                    result.Stderr.Should().MatchRegex("ordinary directory|ESTALE|ENOENT|EEXIST|mounts differ from the plan");
            }
        });

        IsUntouched(victim);
        made.Should().BePositive();
        refused.Should().BePositive("else no round was hit");
    }

    [Fact]
    public void CVE_2025_31133_masks_in_a_volume_cover_nothing_of_the_host()
    {
        (string volume, string victim) = Race();
        Machine.Sh($"mkdir '{volume}/target/secret'");
        Bundle.Mount("/volume", null, volume, "bind").SetJson("/linux/maskedPaths", """[ "/volume/target/secret", "/volume/link/secret" ]""")
            .SetJson("/linux/readonlyPaths", """[ "/volume/target" ]""").Args("true").Save();

        int made = 0, refused = 0;
        WhileSwapping(volume, () =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                CommandResult result = Bundle.Lade.Run("run", "--bundle", Bundle.Path, "race" + i);
                result.ExitCode.Should().BeOneOf([0, 1], result.Stderr);
                if (result.ExitCode == 0)
                    made++;
                else
                    refused++;
            }
        });

        IsUntouched(victim);
        made.Should().BePositive();
        refused.Should().BePositive("else no round was hit");
    }

    [Fact]
    public void CVE_2021_30465_a_running_container_swaps_the_destination_of_an_added_mount()
    {
        (string volume, string victim) = Race();
        string source = Bundle.MakeDirectory("source"), file = Bundle.Directory + "/mounts.json";
        File.WriteAllText(file, $$"""[{"destination": "/volume/target/deep", "source": "{{source}}", "options": ["bind"]}]""");
        Bundle.Mount("/volume", null, volume, "bind");
        StartSleeping();

        WhileSwapping(volume, () =>
        {
            for (int i = 0; i < 20; i++)
            {
                Bundle.Lade.Run("mounts", "add", "container", file).ExitCode.Should().BeOneOf(0, 1);
                Bundle.Lade.Run("mounts", "remove", "container", file).ExitCode.Should().BeOneOf(0, 1);
            }
        });

        IsUntouched(victim);
    }

    [Fact]
    public void CVE_2016_9962_the_helper_of_an_added_mount_cannot_be_looked_into()
    {
        // The container looks for processes other than its own and for their descriptors, as long as mounts come.
        string source = Bundle.MakeDirectory("source"), file = Bundle.Directory + "/mounts.json";
        File.WriteAllText(file, $$"""[{"destination": "/mnt", "source": "{{source}}", "options": ["bind"]}]""");
        Bundle.Capabilities(["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH"])
            .Script("echo ready; while :; do for p in /proc/[0-9]*; do [ $p = /proc/1 ] || [ $p = /proc/$$ ] || ls -l $p/fd $p/root/ 2>/dev/null | grep -- '->'; done; done");
        Container container = NewContainer().RunDetached().WaitForOutput("ready");

        for (int i = 0; i < 20; i++)
        {
            Bundle.Lade.Run("mounts", "add", "container", file).ExitCode.Should().Be(0);
            Bundle.Lade.Run("mounts", "remove", "container", file).ExitCode.Should().Be(0);
        }

        container.Stdout.Should().NotContain(source).And.NotContain("lade-plan").And.NotContain("mnt:[");
    }
}
