using System.Collections.Generic;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>The null device that a caller gives as a standard stream is the host's: the program gets the container's, which it may change as it likes.</summary>
public sealed class StandardStreamTests : ContainerTest
{
    private const string Changes = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdio.h>
        #include <sys/stat.h>
        #include <sys/sysmacros.h>
        #include <sys/xattr.h>
        #include <unistd.h>
        int main(void)
        {
            struct stat s;
            struct timespec old[2] = { { 1, 0 }, { 1, 0 } };
            FILE *report = fopen("/report", "w");
            for (int fd = 0; fd <= 2; fd++) {
                fstat(fd, &s);
                fprintf(report, "%d %u:%u %llu %llu %d\n", fd, major(s.st_rdev), minor(s.st_rdev), (unsigned long long)s.st_dev, (unsigned long long)s.st_ino, fcntl(fd, F_GETFL) & O_ACCMODE);
                fchmod(fd, 0);
                fchown(fd, 12, 12);
                futimens(fd, old);
                fsetxattr(fd, "trusted.lade", "x", 1, 0);
            }
            fclose(report);
            return 0;
        }
        """;

    public static IEnumerable<object[]> Ways() =>
        from way in (string[])["run", "run -d", "create", "exec", "exec -d"]
        from ns in (string[])["none", "user", "identity"]
        select new object[] { way, ns };

    [Theory]
    [MemberData(nameof(Ways))]
    public void What_the_program_does_to_its_null_device_stays_in_the_container(string way, string ns)
    {
        Bundle.Program("changes", Changes).Capabilities(["CAP_CHOWN", "CAP_FOWNER", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN"]);
        File.WriteAllText(Bundle.Rootfs + "/report", "");
        File.SetUnixFileMode(Bundle.Rootfs + "/report", (System.IO.UnixFileMode)0x1b6);
        if (ns != "none")
            Bundle.UserNamespace(ns == "user" ? 100000u : 0, 65536);
        bool isExec = way.StartsWith("exec");
        Bundle.Args(isExec ? ["sleep", "1000"] : ["changes"]).Save();
        string root = "'" + LadeProgram.Path + "' --root '" + Bundle.Lade.StateRoot + "' ";
        Container container = NewContainer();
        const string Null = " </dev/null >/dev/null 2>/dev/null";
        string before = Machine.Sh("stat -c '%a %u:%g %Y %Z %d:%i' /dev/null; getfattr -d -m - /dev/null 2>/dev/null || true");
        try
        {
            if (isExec)
                container.RunDetached();
            Machine.Sh(way switch
            {
                "run" => root + $"run --bundle '{Bundle.Path}' container" + Null,
                "run -d" => root + $"run -d --bundle '{Bundle.Path}' container" + Null,
                "create" => root + $"create --bundle '{Bundle.Path}' container" + Null + " && " + root + "start container",
                "exec" => root + "exec container changes" + Null,
                _ => root + "exec -d container changes" + Null,
            });
            Machine.Eventually(() => File.ReadAllLines(Bundle.Rootfs + "/report").Length == 3, "the program reports");
        }
        finally
        {
            string after = Machine.Sh("stat -c '%a %u:%g %Y %Z %d:%i' /dev/null; getfattr -d -m - /dev/null 2>/dev/null || true");
            if (after != before)
                Machine.Sh("chmod 666 /dev/null; chown root:root /dev/null; touch /dev/null");
            after.Should().Be(before);
        }

        string host = Machine.Sh("stat -c '%d %i' /dev/null");
        foreach (string[] stream in File.ReadAllLines(Bundle.Rootfs + "/report").Select(l => l.Split(' ')))
        {
            stream[1].Should().Be("1:3");
            (stream[2] + " " + stream[3]).Should().NotBe(host);
            stream[4].Should().Be(stream[0] == "0" ? "0" : "1", "the access mode is the caller's");
        }
    }

    [Theory]
    [InlineData("zero", "1:5")]
    [InlineData("full", "1:7")]
    [InlineData("random", "1:8")]
    [InlineData("urandom", "1:9")]
    public void The_other_memory_devices_are_the_containers_too(string device, string number)
    {
        string before = Machine.Sh("stat -c '%a %u:%g %Y' /dev/" + device);
        Bundle.Script("exec 3>&1; stat -L -c '%t:%T %d:%i' /proc/self/fd/0; chmod 600 /proc/self/fd/0; touch -d 1980-01-01 /proc/self/fd/0").Save();
        _ = NewContainer();
        string inside;
        try
        {
            inside = Machine.Sh($"'{LadeProgram.Path}' --root '{Bundle.Lade.StateRoot}' run --bundle '{Bundle.Path}' container </dev/{device}");
        }
        finally
        {
            if (Machine.Sh("stat -c '%a %u:%g %Y' /dev/" + device) != before)
                Machine.Sh($"chmod 666 /dev/{device}; touch /dev/{device}");
        }

        inside.Should().StartWith(number + " ").And.NotContain(Machine.Sh("stat -c '%d:%i' /dev/" + device));
        Machine.Sh("stat -c '%a %u:%g %Y' /dev/" + device).Should().Be(before);
    }

    [Theory]
    [InlineData("rm /dev/null")]
    [InlineData("rm /dev/null; mknod /dev/null c 1 5")]
    [InlineData("rm /dev/null; ln -s /proc/kmsg /dev/null")]
    [InlineData("rm /dev/null; mkfifo /dev/null")]
    public void A_container_without_a_null_device_does_not_keep_others_out(string script)
    {
        Bundle.Capabilities(["CAP_MKNOD"]);
        Container container = StartSleeping();
        container.Exec("container", "sh", "-c", script).ExitCode.Should().Be(0);

        string host = Machine.Sh("stat -c '%d %i' /dev/null");
        string own = Machine.Sh($"'{LadeProgram.Path}' --root '{Bundle.Lade.StateRoot}' exec container stat -L -c '%d %i %t:%T' /proc/self/fd/0 </dev/null");
        own.Should().EndWith(" 1:3").And.NotStartWith(host);
    }
}
