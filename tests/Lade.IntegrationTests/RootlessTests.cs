using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary>Containers of a user without privileges.</summary>
public sealed class RootlessTests : ContainerTest
{
    private Bundle Rootless(string? subordinateIds = null, string groups = "")
    {
        // What an ordinary user may make: no cgroup of the host's, no terminal device of a group that is not his.
        Bundle.Remove("/linux/cgroupsPath").WithoutMount("/dev/pts");
        return Bundle.AsUnprivilegedUser(subordinateIds, groups);
    }

    [Fact]
    public void A_container_gets_a_user_namespace_by_itself()
    {
        Rootless().Script("id -u; cat /proc/self/uid_map /proc/self/gid_map; cat /proc/self/setgroups; hostname");

        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(0, result.Stderr);
        result.Stdout.Should().MatchRegex("^0\n +0 +12345 +1\n +0 +12345 +1\ndeny\n" + Bundle.Name + "\n$");
    }

    [Fact]
    public void Subordinate_ids_are_mapped_too()
    {
        Machine.NeedsFile("/usr/bin/newuidmap");
        Rootless("sailor:200000:1000\n12345:300000:5\n").User(1000, 1000).Script("id -u; cat /proc/self/uid_map");

        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(0, result.Stderr);
        result.Stdout.Should().MatchRegex("^1000\n +0 +12345 +1\n +1 +200000 +1000\n +1001 +300000 +5\n$");
    }

    [Fact]
    public void The_whole_life_of_a_container()
    {
        Rootless().Sleeps();
        Container container = Create();
        container.StatusWord.Should().Be("created");

        container.Start();

        container.StatusWord.Should().Be("running");
        container.Status("Uid").Should().StartWith("12345\t");
        container.Exec(container.Id, "id", "-u").Should().Be(new CommandResult(0, "0\n", ""));
        Bundle.Lade.Run("list").Stdout.Should().Contain("sailor");
        container.Kill().ExitCode.Should().Be(0);
        container.WaitForExit();
        container.Delete().ExitCode.Should().Be(0);
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void The_config_that_spec_writes_runs()
    {
        Rootless();
        Bundle.Save();
        Machine.Sh($"rm '{Bundle.Path}/config.json'");
        Bundle.Lade.Run("spec", "--rootless", "--bundle", Bundle.Path).ExitCode.Should().Be(0);
        Machine.Sh($"sed -i 's/\"terminal\": true/\"terminal\": false/; s/\"sh\"/\"id\"/' '{Bundle.Path}/config.json'");

        CommandResult result = Bundle.Lade.Run("run", "--bundle", Bundle.Path, "c");

        result.Should().Be(new CommandResult(0, "uid=0(root) gid=0(root)\n", ""));
    }

    [Fact]
    public void Bind_mounts_masks_and_read_only_paths_work()
    {
        string source = Bundle.MakeDirectory("source");
        File.WriteAllText(source + "/file", "hello");
        Rootless().Mount("/mnt", null, source, "rbind", "ro").Set("/root/readonly", true)
            .Script("cat /mnt/file; (: > /mnt/x); (: > /x); wc -c < /proc/keys; (: > /proc/sys/kernel/domainname)");

        CommandResult result = NewContainer().Run();

        result.Stdout.Should().Be("hello0\n");
        result.Stderr.Should().Contain("/mnt/x: Read-only file system").And.Contain("/x: Read-only file system").And.Contain("domainname: Read-only file system");
    }

    [Fact]
    public void The_hosts_network_can_be_kept()
    {
        Rootless().WithoutNamespace("network").WithoutMount("/sys/fs/cgroup").Script("ls /sys/class/net /sys/fs/cgroup; readlink /proc/self/ns/net");

        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(0, result.Stderr);
        result.Stdout.Should().Contain("lo\n").And.EndWith("/sys/fs/cgroup:\n" + Machine.OwnNamespace("net") + "\n");
    }

    [Fact]
    public void A_container_that_waits_for_start_takes_processes()
    {
        Rootless().Script("exec sleep 1000");
        Container container = Create();

        container.Exec(container.Id, "sh", "-c", "id -u; hostname; readlink /proc/self/ns/net; pidof lade-init; ls /proc/1/fd /proc/1/root 2>&1 | grep -o 'Permission denied'; mkdir /made").Lines
            .Should().Equal("0", Bundle.Name, Machine.NamespaceOf(container.Pid, "net"), "1", "Permission denied", "Permission denied");
        container.Exec("--user", "0:0", "--cwd", "/made", container.Id, "pwd").Stdout.Should().Be("/made\n");
        container.StatusWord.Should().Be("created", "to ask for namespaces is not to start");

        container.Start();
        container.StatusWord.Should().Be("running");
        container.Exec(container.Id, "pidof", "sleep").Stdout.Should().Be("1\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Mounts_can_be_added_and_removed(bool started)
    {
        string source = Bundle.MakeDirectory("source");
        Directory.CreateDirectory(source + "/sub");
        File.WriteAllText(source + "/file", "content");
        Rootless().Sleeps();
        File.WriteAllText(Bundle.Directory + "/mounts.json", $$"""[ { "destination": "/data", "source": "{{source}}", "options": [ "rbind", "ro" ] }, { "destination": "/scratch", "type": "tmpfs" } ]""");
        Container container = Create();
        if (started)
            container.Start();

        CommandResult added = Bundle.Lade.Run("mounts", "add", container.Id, Bundle.Directory + "/mounts.json");
        added.ExitCode.Should().Be(0, added.Stderr);
        container.Exec(container.Id, "sh", "-c", "cat /data/file; echo; (: >/data/new) 2>&1; : >/scratch/new; ls /scratch").Stdout
            .Should().Contain("content\n").And.Contain("Read-only file system").And.EndWith("new\n");
        CommandResult removed = Bundle.Lade.Run("mounts", "remove", container.Id, Bundle.Directory + "/mounts.json");
        removed.ExitCode.Should().Be(0, removed.Stderr);
        container.Exec(container.Id, "sh", "-c", "ls /data /scratch").Stdout.Should().Be("/data:\n\n/scratch:\n");
    }

    [Fact]
    public void A_mount_that_its_user_may_not_make_is_an_error()
    {
        Rootless().Sleeps();
        Container container = Create().Start();
        string file = Bundle.Directory + "/mounts.json";

        File.WriteAllText(file, """[ { "destination": "/data", "type": "ext4", "source": "/dev/absent" } ]""");
        Bundle.Lade.Run("mounts", "add", container.Id, file).Error().Should().Contain("/mounts/0: error mounting \"/dev/absent\"").And.Contain("EPERM");
        File.WriteAllText(file, """[ { "destination": "/data", "source": "/root/absent", "options": [ "bind" ] } ]""");
        Bundle.Lade.Run("mounts", "add", container.Id, file).Error().Should().Contain("open /root/absent").And.Contain("EACCES");
    }

    [Fact]
    public void A_program_that_its_user_may_not_look_into_is_named_as_the_reason()
    {
        Rootless();
        File.Copy("/bin/busybox", Bundle.Rootfs + "/bin/closed");
        Machine.Sh($"chmod 111 '{Bundle.Rootfs}/bin/closed'; mkdir -p '{Bundle.Rootfs}/usr/closed'; mv '{Bundle.Rootfs}/bin/closed' '{Bundle.Rootfs}/usr/closed/sleep'");
        Bundle.Args("/usr/closed/sleep", "1000");
        Container container = Create().Start();

        container.Exec(container.Id, "id").Error().Should().Contain("/ns/user (the container's first process is not accessible to its user").And.EndWith("EACCES: permission denied");
    }

    [Fact]
    public void Groups_cannot_be_chosen()
    {
        Rootless().User(0, 0, 5);

        CreationError().Should().Contain("/process/user/additionalGids: cannot set any additional groups in a rootless container");
    }

    [Fact]
    public void An_id_that_is_not_mapped_is_named()
    {
        Rootless().User(1, 0).Mount("/dev/pts", "devpts", "devpts", "newinstance", "gid=5");

        CreationError().Should().Contain("/process/user/uid: 1 is in no range").And.Contain("/options/1: 5 is in no range");
    }

    [Fact]
    public void Original_groups_are_kept_if_the_annotation_says_so()
    {
        Rootless(groups: "777,888").SetJson("/annotations", "{ \"run.oci.keep_original_groups\": \"1\" }").Sleeps();

        NewContainer().RunDetached().Status("Groups").Should().Be("777 888");
    }

    [Fact]
    public void A_limit_that_was_asked_for_and_cannot_be_set_is_an_error_where_errors_are_not_ignored()
    {
        Rootless().Set("/linux/resources/memory/limit", 1 << 24).Script("echo in");
        Bundle.Lade.GlobalOptions = ["--rootless", "false"];

        CreationError().Should().Contain("EACCES");
    }

    [Fact]
    public void An_ordinary_user_has_his_containers_in_his_runtime_directory()
    {
        Rootless().Script("exit 0").Save();
        string runtime = Bundle.MakeDirectory("runtime");
        Machine.Sh($"chown {UnprivilegedUser.Id} '{runtime}'");
        Bundle.Lade.Environment["XDG_RUNTIME_DIR"] = runtime;
        // The last --root wins, and an empty one is none.
        Bundle.Lade.GlobalOptions = ["--root", ""];

        CommandResult result = Bundle.Lade.Run("create", "--bundle", Bundle.Path, "c");

        result.ExitCode.Should().Be(0, result.Stderr);
        Machine.Stat(runtime + "/lade").Should().Be("directory 0:0 1700 12345:12345");
        Machine.Stat(runtime + "/lade/c").Should().Be("directory 0:0 711 12345:12345");
        Bundle.Lade.Run("delete", "--force", "c").ExitCode.Should().Be(0);
    }

    /// <summary>As Podman's containers of an ordinary user are made: lade is root of a user namespace, and the config names none.</summary>
    [Fact]
    public void The_root_of_a_user_namespace_needs_no_other()
    {
        Machine.NeedsFile("/usr/bin/newuidmap");
        Bundle.Remove("/linux/cgroupsPath").SetJson("/linux/devices", """[ { "path": "/dev/full", "type": "c", "major": 1, "minor": 7 } ]""")
            .Script("id -u; cat /proc/self/uid_map; echo gone > /dev/null; ( echo full > /dev/full ) 2>&1 | grep -c 'No space'; stat -c %t:%T /dev/zero");
        Bundle.AsUnprivilegedUser("sailor:200000:65535\n", within: "unshare --user --map-root-user --map-auto --mount");

        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(0, result.Stderr);
        result.Stdout.Should().MatchRegex("^0\n +0 +12345 +1\n +1 +200000 +6553[456]\n1\n1:5\n$");
    }

    [Fact]
    public void A_user_that_is_not_mapped_there_is_named()
    {
        Machine.NeedsFile("/usr/bin/newuidmap");
        Bundle.Remove("/linux/cgroupsPath").User(70000, 0).AsUnprivilegedUser("sailor:200000:65535\n", within: "unshare --user --map-root-user --map-auto --mount");

        CreationError().Should().Contain("/process/user: unable to start container process: unable to setup user: 70000:0 has no mapping");
    }

    /// <summary>Podman's `--systemd` mounts on one of them.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("unshare --user --map-root-user --map-auto --mount")]
    public void The_cgroups_that_the_container_is_in_can_be_seen(string within)
    {
        Machine.NeedsFile("/usr/bin/newuidmap");
        Machine.NeedsCgroup1();
        Bundle.Remove("/linux/cgroupsPath").WithoutNamespace("cgroup").WithoutMount("/dev/pts").WithoutMount("/sys/fs/cgroup").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "ro")
            .Script("ls /sys/fs/cgroup; cat /sys/fs/cgroup/freezer/cgroup.procs | grep -c .").AsUnprivilegedUser("sailor:200000:65535\n", within: within);

        CommandResult result = NewContainer().Run();

        result.Stdout.Should().Contain("freezer\n").And.MatchRegex("[1-9][0-9]*\n$", result.Stderr);
    }
}
