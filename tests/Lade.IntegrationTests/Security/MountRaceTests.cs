using System;
using System.Threading;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>
/// Somebody who shares the root or a volume renames directories all the time while containers are made (CVE-2021-30465, CVE-2025-52881). What succeeds has all
/// its masks, flags and read-only paths; everything else fails.
/// </summary>
public sealed class MountRaceTests : ContainerTest
{
    private static int Rounds => Environment.GetEnvironmentVariable("LADE_SOAK") is "1" ? 3000 : 80;

    [Fact]
    public void A_procfs_has_its_masks_and_read_only_paths_or_there_is_no_container()
    {
        Machine.Sh($"cd '{Bundle.Rootfs}' && mkdir -p p2/sys/kernel p2/bus p2/fs p2/irq p2/acpi && touch p2/keys p2/kcore p2/timer_list p2/sysrq-trigger && chown 1234 p2/sys/kernel && chmod 555 p2/sys/kernel");
        // What may be written in the kernel's own directory, and not in the other, is the kernel's.
        Bundle.Capabilities([]).Script("""
            for p in /proc /p2; do
                [ -d $p/1 ] || continue
                for f in keys timer_list; do [ -z "$(cat $p/$f 2>/dev/null)" ] || echo "$p/$f is open"; done
                [ -z "$(ls $p/acpi 2>/dev/null)" ] || echo "$p/acpi is open"
                (echo lade >$p/sys/kernel/domainname) 2>/dev/null && echo "$p/sys is writable"
            done
            exit 0
            """);

        (int made, int refused) = Race(Bundle.Rootfs + "/proc", Bundle.Rootfs + "/p2", result => result.Output.Should().BeEmpty());

        made.Should().BePositive();
        refused.Should().BePositive("else no round was hit");
    }

    [Fact]
    public void A_bind_mount_is_read_only_as_asked_for_or_there_is_no_container()
    {
        string volume = Bundle.MakeDirectory("volume");
        Machine.Sh($"mkdir -p '{volume}/t' '{volume}/d2' '{Bundle.Directory}/source'");
        Bundle.Mount("/vol", null, volume, "bind").Mount("/vol/t", null, Bundle.Directory + "/source", "bind").Mount("/vol/t", null, Bundle.Directory + "/source", "bind", "remount", "ro")
            .Script("grep -E ' /vol/(t|d2) ' /proc/self/mountinfo | cut -d' ' -f6");

        (int made, int refused) = Race(volume + "/t", volume + "/d2", result => result.Lines.Should().OnlyContain(options => options.StartsWith("ro"), result.Stdout));

        made.Should().BePositive();
        refused.Should().BePositive("else no round was hit");
    }

    [Fact]
    public void A_read_only_path_of_a_volume_is_read_only_or_there_is_no_container()
    {
        string volume = Bundle.MakeDirectory("volume");
        Machine.Sh($"mkdir -p '{volume}/t/inner' '{volume}/d2/inner'");
        Bundle.Mount("/vol", null, volume, "bind").SetJson("/linux/readonlyPaths/-", "\"/vol/t/inner\"")
            .Script("grep -cE ' /vol/(t|d2)/inner ro' /proc/self/mountinfo; exit 0");

        (int made, int refused) = Race(volume + "/t", volume + "/d2", result => result.Output.Should().Be("1"));

        made.Should().BePositive();
        refused.Should().BePositive("else no round was hit");
    }

    [Fact]
    public void A_masked_file_of_a_volume_is_masked_or_there_is_no_container()
    {
        string volume = Bundle.MakeDirectory("volume");
        Machine.Sh($"mkdir -p '{volume}/t' '{volume}/d2' && echo secret > '{volume}/t/f' && echo secret > '{volume}/d2/f'");
        Bundle.Mount("/vol", null, volume, "bind").SetJson("/linux/maskedPaths/-", "\"/vol/t/f\"")
            .Script("grep -cE ' /vol/(t|d2)/f ro' /proc/self/mountinfo; exit 0");

        (int made, int refused) = Race(volume + "/t", volume + "/d2", result => result.Output.Should().Be("1"));

        made.Should().BePositive();
        refused.Should().BePositive("else no round was hit");
    }

    private (int Made, int Refused) Race(string one, string other, Action<CommandResult> check)
    {
        using var stop = new ManualResetEventSlim();
        var swapper = new Thread(() =>
        {
            while (!stop.IsSet)
                Machine.Exchange(one, other);
        });
        int made = 0, refused = 0;
        swapper.Start();
        try
        {
            for (int i = 0; i < Rounds; i++)
            {
                CommandResult result = NewContainer("c" + i).Run();
                if (result.ExitCode == 0)
                {
                    made++;
                    check(result);
                }
                else
                {
                    refused++;
                    result.ExitCode.Should().Be(1, result.Stderr);
                }
            }
        }
        finally
        {
            stop.Set();
            swapper.Join();
        }

        return (made, refused);
    }
}
