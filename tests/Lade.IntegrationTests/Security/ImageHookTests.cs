using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>What runs from the image runs as the program would: startContainer hooks have its user, groups, capabilities, no_new_privs, filter and environment.</summary>
public sealed class ImageHookTests : ContainerTest
{
    private static readonly string[] s_lines = ["Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"];

    public static IEnumerable<object?[]> Rights() =>
        from user in (uint[])[0, 1000]
        from nnp in (bool[])[false, true]
        from forbidden in (string?[])[null, "mkdir", "accept4", "pipe2", "setpgid"]
        from userNamespace in (bool[])[false, true]
        select new object?[] { user, nnp, forbidden, userNamespace };

    [Theory]
    [MemberData(nameof(Rights))]
    public void A_hook_of_the_image_has_what_the_program_has(uint user, bool noNewPrivileges, string? forbidden, bool userNamespace)
    {
        Bundle.File("/bin/report", "#!/bin/sh\ngrep -E '^(" + string.Join('|', s_lines) + "):' /proc/self/status >/tmp/$1\ngrep -E 'processes|open files|locked' /proc/self/limits >>/tmp/$1\necho \"$TOKEN $MINE\" >>/tmp/$1\n");
        Machine.Sh($"chmod 755 '{Bundle.Rootfs}/bin/report'");
        Bundle.Capabilities(["CAP_CHOWN", "CAP_KILL"], ambient: user == 0 ? null : ["CAP_KILL"]).User(user, user, 7).Env("PATH=/bin", "MINE=yes")
            .Set("/process/noNewPrivileges", noNewPrivileges)
            .SetJson("/process/rlimits", """[{ "type": "RLIMIT_NPROC", "soft": 50, "hard": 60 }, { "type": "RLIMIT_NOFILE", "soft": 30, "hard": 40 }, { "type": "RLIMIT_MEMLOCK", "soft": 4096, "hard": 4096 }]""")
            .Hook("startContainer", "/bin/report", "hook").Args("/bin/report", "program");
        if (forbidden is not null)
            Bundle.SetJson("/linux/seccomp", $$"""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [ { "names": ["{{forbidden}}"], "action": "SCMP_ACT_ERRNO" } ] }""");
        if (userNamespace)
            Bundle.UserNamespace();
        Bundle.Lade.Environment["TOKEN"] = "of-the-caller";
        Container container = Create().Start();
        container.WaitForExit();

        string[] hook = File.ReadAllLines(Bundle.Rootfs + "/tmp/hook"), program = File.ReadAllLines(Bundle.Rootfs + "/tmp/program");
        hook.Should().Equal(program).And.HaveCount(s_lines.Length + 4);
        hook[^1].Should().Be(" yes");
        hook.Should().Contain(line => line.StartsWith("Max processes") && line.Contains(" 50 ")).And.Contain(line => line.StartsWith("Max open files") && line.Contains(" 30 "));
        hook.Should().Contain("NoNewPrivs:\t" + (noNewPrivileges ? "1" : "0")).And.Contain("Seccomp:\t" + (forbidden is null ? "0" : "2"));
    }

    [Fact]
    public void A_hook_of_the_image_cannot_mount_what_the_program_cannot()
    {
        Machine.NeedsCgroup1();
        Bundle.HookScript("startContainer", "mkdir -p /tmp/c && mount -t cgroup -o devices c /tmp/c").User(1000, 1000).Sleeps();
        Container container = Create();

        CommandResult result = container.TryStart();

        result.ExitCode.Should().Be(1);
        result.Error().Should().Contain("startContainer hook #0").And.Contain("mount");
    }
}
