using System.Globalization;
using System.IO;
using System.Threading;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.InitSystem;

/// <summary>A container under a service manager that wants to know when it is ready ($NOTIFY_SOCKET, sd_notify(3)).</summary>
public sealed class ReadinessTests : ContainerTest
{
    /// <summary>Sends each argument as one message to $NOTIFY_SOCKET.</summary>
    private const string Say = """
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/socket.h>
        #include <sys/un.h>

        int main(int argc, char **argv)
        {
            struct sockaddr_un address = { .sun_family = AF_UNIX };
            strcpy(address.sun_path, getenv("NOTIFY_SOCKET"));
            int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
            for (int i = 1; i < argc; i++)
                if (sendto(fd, argv[i], strlen(argv[i]), 0, (struct sockaddr *)&address, sizeof address) < 0) {
                    perror("sendto");
                    return 1;
                }
            return 0;
        }
        """;

    private ServiceManager Manager(string? address = null, bool confirms = true)
    {
        var manager = Keep(new ServiceManager(address ?? Bundle.Directory + "/manager.sock", confirms));
        Bundle.Lade.Environment["NOTIFY_SOCKET"] = manager.Address;
        return manager;
    }

    /// <summary>The program waits for the file /go before it executes this.</summary>
    private void OnceTold(string script) => Bundle.Program("say", Say).Script("until [ -e /go ]; do sleep 0.01; done; " + script);

    private void Go() => File.WriteAllText(Bundle.Rootfs + "/go", "");

    private static string[] Ready(int pid) => ["READY=1\n", "MAINPID=" + pid.ToString(CultureInfo.InvariantCulture) + "\n", "BARRIER=1 (with a descriptor)"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Detached_it_returns_when_the_program_is_ready_and_the_manager_knows(bool abstractName)
    {
        ServiceManager manager = Manager(abstractName ? "@" + Bundle.Name : null, confirms: false);
        OnceTold("say READY=1; exec sleep 1000");
        Container container = NewContainer();
        Bundle.Save();
        RunningCommand run = Bundle.Lade.Start("", "run", "--detach", "--bundle", Bundle.Path, container.Id);
        Machine.Eventually(() => Directory.Exists(container.StateDirectory) && Bundle.Lade.Run("state", container.Id) is { ExitCode: 0 } state && state.Stdout.Contains("running"), "running");
        Thread.Sleep(50);
        manager.Messages.Should().BeEmpty();
        run.HasEnded.Should().BeFalse("the program has not said anything");

        Go();

        manager.WaitFor(3).Should().Equal(Ready(container.Pid));
        Thread.Sleep(50);
        run.HasEnded.Should().BeFalse("the manager has not confirmed");
        manager.Confirm();
        run.Wait(Bundle.Lade.Timeout).Should().Be(new CommandResult(0, "", ""));
        container.StatusWord.Should().Be("running");
    }

    [Fact]
    public void Start_returns_when_the_program_is_ready_and_create_before()
    {
        ServiceManager manager = Manager();
        OnceTold("say READY=1; exec sleep 1000");
        Container container = Create();
        RunningCommand start = Bundle.Lade.Start("", "start", container.Id);
        Machine.Eventually(() => container.StatusWord == "running", "running");
        start.HasEnded.Should().BeFalse();

        Go();

        start.Wait(Bundle.Lade.Timeout).Should().Be(new CommandResult(0, "", ""));
        manager.WaitFor(3).Should().Equal(Ready(container.Pid));
    }

    [Fact]
    public void In_the_foreground_lade_is_the_process_to_watch()
    {
        ServiceManager manager = Manager(confirms: false);
        OnceTold("say READY=1; read line; exit 4");
        Bundle.Save();
        Container container = NewContainer();
        RunningCommand run = Bundle.Lade.Start("", "run", "--bundle", Bundle.Path, container.Id);

        Go();

        manager.WaitFor(3).Should().Equal(Ready(run.Pid));
        run.Wait(Bundle.Lade.Timeout).Should().Be(new CommandResult(4, "", ""));
    }

    [Fact]
    public void A_program_that_ends_at_once_has_been_ready()
    {
        ServiceManager manager = Manager();
        Bundle.Program("say", Say).Args("say", "STATUS=working", "READY=1");

        NewContainer().Run().Should().Be(new CommandResult(0, "", ""));

        manager.WaitFor(3)[0].Should().Be("READY=1\n");
    }

    [Fact]
    public void Nothing_else_is_handed_on()
    {
        ServiceManager manager = Manager();
        Bundle.Program("say", Say).Args("say", "STATUS=working", "", "MAINPID=1\nERRNO=2", "READYNESS=1", "FDSTORE=1\nREADY=1\nMAINPID=1", "STOPPING=1");
        Container container = NewContainer().RunDetached("--pid-file", Bundle.Directory + "/pid");

        manager.WaitFor(3).Should().Equal(Ready(int.Parse(File.ReadAllText(Bundle.Directory + "/pid"), CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("start")]
    public void A_program_that_never_says_so_is_waited_for_to_its_end(string command)
    {
        ServiceManager manager = Manager();
        Bundle.Script("exit 3");
        Container container = NewContainer();

        if (command == "run")
            container.RunDetached();
        else
            container.Create().Start();

        container.StatusWord.Should().Be("stopped");
        manager.Messages.Should().BeEmpty();
    }

    [Fact]
    public void While_it_waits_the_container_can_be_removed()
    {
        Manager();
        Bundle.Sleeps();
        Container container = Create();
        RunningCommand start = Bundle.Lade.Start("", "start", container.Id);
        Machine.Eventually(() => container.StatusWord == "running", "running");

        container.Delete(force: true).ExitCode.Should().Be(0);

        start.Wait(Bundle.Lade.Timeout).ExitCode.Should().Be(0);
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void The_container_gets_a_directory_that_it_cannot_change()
    {
        Manager();
        Bundle.Set("/root/readonly", true);
        Container container = Create();

        MountInfo mount = container.MountAt("/run/notify");
        mount.Options.Should().Contain(["ro", "nosuid", "nodev", "noexec"]);
        Machine.Stat(container.StateDirectory + "/notify").Should().Be("directory 0:0 755 0:0");
    }

    [Fact]
    public void The_variable_names_the_socket_whatever_the_config_says()
    {
        Manager();
        Bundle.Set("/process/env/-", "NOTIFY_SOCKET=/nowhere").Script("echo $NOTIFY_SOCKET; stat -c '%F %a' $NOTIFY_SOCKET");
        Bundle.Lade.Surroundings = "umask 077";

        NewContainer().Run().Stdout.Should().Be("/run/notify/notify.sock\nsocket 777\n");
    }

    [Fact]
    public void A_program_without_rights_in_a_user_namespace_can_say_it()
    {
        ServiceManager manager = Manager();
        Bundle.UserNamespace().User(1000, 1000).Capabilities([]).Program("say", Say).Args("say", "READY=1");

        NewContainer().Run().Should().Be(new CommandResult(0, "", ""));

        manager.WaitFor(3)[0].Should().Be("READY=1\n");
    }

    [Theory]
    [InlineData("/nonesuch/socket", "ENOENT")]
    [InlineData("vsock:2:1234", "EINVAL")]
    public void A_manager_that_cannot_be_reached_is_a_warning(string address, string errno)
    {
        Bundle.Lade.Environment["NOTIFY_SOCKET"] = address;
        Bundle.Program("say", Say).Script("say READY=1 2>/dev/null; echo said=$?");

        CommandResult result = NewContainer().Run();

        (result.ExitCode, result.Stdout).Should().Be((0, "said=1\n"));
        result.Warnings().Should().ContainSingle().Which.Should().StartWith("NOTIFY_SOCKET: connect to " + address + ": " + errno);
    }

    [Fact]
    public void A_start_under_another_manager_than_the_creates_has_nothing_to_wait_for()
    {
        Bundle.Sleeps();
        Container container = Create();
        ServiceManager manager = Manager();

        container.Start();

        manager.Messages.Should().BeEmpty();
        container.StatusWord.Should().Be("running");
    }

    [Fact]
    public void A_manager_that_goes_away_is_not_waited_for()
    {
        ServiceManager manager = Manager(confirms: false);
        OnceTold("say READY=1; exec sleep 1000");
        Container container = Create();
        RunningCommand start = Bundle.Lade.Start("", "start", container.Id);
        Go();
        manager.WaitFor(3);

        manager.Dispose();

        start.Wait(Bundle.Lade.Timeout).ExitCode.Should().Be(0);
    }
}
