using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Lade.Linux;
using Xunit;
using UnixSockets = Lade.Linux.Sockets;

namespace Lade.IntegrationTests.InitSystem;

/// <summary>Descriptors for the program: a service manager's sockets (sd_listen_fds(3)), those of --preserve-fds after them; and its pidfd for others.</summary>
public sealed class SocketActivationTests : ContainerTest
{
    // Each descriptor is a file that says which it was.
    private string Given(int count, string variables)
    {
        string script = "";
        for (int i = 0; i < count; i++)
        {
            File.WriteAllText(Bundle.Directory + "/fd" + (3 + i), "fd" + (3 + i) + "\n");
            script += "exec " + (3 + i) + "<" + Bundle.Directory + "/fd" + (3 + i) + "\n";
        }

        return script + (variables.Length > 0 ? "export " + variables : "");
    }

    private const string Show = "ls /proc/$$/fd; cat <&3; cat <&4; cat <&5; echo $LISTEN_FDS,$LISTEN_PID,$LISTEN_FDNAMES";

    [Fact]
    public void Sockets_come_first_and_preserved_descriptors_follow()
    {
        Bundle.Script(Show).Set("/process/env/-", "LISTEN_FDS=77");
        Bundle.Lade.Surroundings = Given(4, "LISTEN_FDS=2 LISTEN_PID=$$ LISTEN_FDNAMES=http:https");

        NewContainer().Run("--preserve-fds", "1").Should().Be(new CommandResult(0, "0\n1\n2\n3\n4\n5\nfd3\nfd4\nfd5\n2,1,http:https\n", ""));
    }

    [Fact]
    public void Without_names_none_are_passed()
    {
        Bundle.Script("echo ${LISTEN_FDNAMES-none}; ls /proc/$$/fd; :");
        Bundle.Lade.Surroundings = Given(1, "LISTEN_FDS=1 LISTEN_PID=$$");

        NewContainer().Run().Stdout.Should().Be("none\n0\n1\n2\n3\n");
    }

    [Theory]
    [InlineData("LISTEN_FDS=2 LISTEN_PID=1 LISTEN_FDNAMES=a:b")]
    [InlineData("LISTEN_FDS=2 LISTEN_FDNAMES=a:b")]
    [InlineData("LISTEN_PID=$$")]
    public void Sockets_for_another_process_are_not_the_programs(string variables)
    {
        Bundle.Script("ls /proc/$$/fd; echo ${LISTEN_FDS-none} ${LISTEN_PID-none} ${LISTEN_FDNAMES-none}");
        Bundle.Lade.Surroundings = Given(2, variables);

        NewContainer().Run().Stdout.Should().Be("0\n1\n2\nnone none none\n");
    }

    [Fact]
    public void Sockets_wait_for_start_with_the_container()
    {
        Bundle.Script("cat <&3; sleep 1000");
        Bundle.Lade.Surroundings = Given(1, "LISTEN_FDS=1 LISTEN_PID=$$");
        Container container = Create();
        Bundle.Lade.Surroundings = "";

        container.Start().WaitForOutput("fd3\n");
    }

    [Fact]
    public void A_socket_that_is_not_open_is_an_error()
    {
        Bundle.Lade.Surroundings = Given(1, "LISTEN_FDS=2 LISTEN_PID=$$");

        CreationError().Should().Contain("LISTEN_FDS is 2, but descriptor 4: EBADF");
    }

    [Fact]
    public void A_file_that_lade_has_opened_is_not_mistaken_for_a_preserved_descriptor()
    {
        Bundle.Lade.GlobalOptions = ["--log", Bundle.Directory + "/log"];

        CommandResult result = NewContainer().Run("--preserve-fds", "1");

        result.ExitCode.Should().Be(1);
        File.ReadAllText(Bundle.Directory + "/log").Should().Contain("unable to stat preserved-fd 0 (of 1): EBADF");
    }

    [Theory]
    [InlineData("create", true)]
    [InlineData("run", true)]
    [InlineData("create", false)]
    public void A_pidfd_is_sent_to_who_asks(string command, bool option)
    {
        string path = Bundle.Directory + "/pidfd.sock";
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        Bundle.Sleeps();
        if (!option)
            Bundle.SetJson("/annotations", "{ \"run.oci.pidfd_receiver\": \"../pidfd.sock\" }");
        string[] options = option ? ["--pidfd-socket", path] : [];
        Container container = NewContainer();
        _ = command == "create" ? container.Create(options) : container.RunDetached(options);

        listener.Poll(10_000_000, SelectMode.SelectRead).Should().BeTrue("lade connects");
        using Socket connection = listener.Accept();
        using var fd = new Fd(Libc.fcntl((int)connection.Handle, Libc.F_DUPFD_CLOEXEC, 0));
        Span<byte> data = stackalloc byte[64];
        int length = UnixSockets.Receive(fd, data, out Fd? pidFd);
        using (pidFd)
        {
            Encoding.ASCII.GetString(data[..length]).Should().Be("standard");
            File.ReadAllText("/proc/self/fdinfo/" + pidFd!.Number).Should().Contain("Pid:\t" + container.Pid + "\n");
            Processes.Signal(pidFd, 9).Value.Should().Be(0);
        }

        container.WaitForExit();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Orphans_become_lades_children_unless_told_otherwise(bool subreaper)
    {
        // The shell in between ends, and its child asks who its parent is now.
        Bundle.WithoutNamespace("pid").Script("sh -c '(sleep 0.1; exec grep PPid /proc/self/status > /told) & exit 0'; until [ -s /told ]; do sleep 0.01; done; cat /told").Save();
        Container container = NewContainer();
        string[] options = subreaper ? [] : ["--no-subreaper"];

        RunningCommand run = Bundle.Lade.Start("", ["run", .. options, "--bundle", Bundle.Path, container.Id]);
        CommandResult result = run.Wait(Bundle.Lade.Timeout);

        result.ExitCode.Should().Be(0, result.Stderr);
        result.Stdout.Should().StartWith("PPid:");
        (result.Stdout == "PPid:\t" + run.Pid + "\n").Should().Be(subreaper, "its parent is " + result.Stdout);
    }
}
