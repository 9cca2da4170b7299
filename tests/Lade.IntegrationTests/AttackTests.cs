using System;
using System.IO;
using System.Linq;
using System.Threading;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests;

/// <summary>
/// Known attacks on container runtimes, replayed. The image, volumes and the processes of a container are not trusted: none of them may make create or run
/// touch anything outside of the root file system, nor get a container that is less closed than its config says.
/// </summary>
public sealed class AttackTests : ContainerTest
{
    private string? _victim;

    /// <summary>A directory of the host that an image wants to get at; at the end of a test it has to be as it was.</summary>
    private string Victim
    {
        get
        {
            if (_victim is null)
            {
                _victim = Bundle.MakeDirectory("victim");
                File.WriteAllText(_victim + "/file", "untouched");
                File.WriteAllText(_victim + "/ptmx", "untouched");
                Machine.Sh($"chown 4711:4711 '{_victim}/file'; chmod 644 '{_victim}/file'");
            }

            return _victim;
        }
    }

    private void TheVictimIsUntouched()
    {
        Directory.GetFileSystemEntries(Victim).Select(Path.GetFileName).Order().Should().Equal("file", "ptmx");
        File.ReadAllText(Victim + "/file").Should().Be("untouched");
        File.ReadAllText(Victim + "/ptmx").Should().Be("untouched");
        Machine.Stat(Victim + "/file").Should().Be("regular file 0:0 644 4711:4711");
        MountInfo.Read("self").Should().NotContain(m => m.Target.StartsWith(Victim));
    }

    /// <summary>Of a race in which a quarter of the rounds is hit.</summary>
    private static int Rounds => Environment.GetEnvironmentVariable("LADE_SOAK") is "1" ? 3000 : 40;

    /// <summary>Replaces a file of the image by a link; each "@" stands for the victim's directory, given absolutely and by way of "..".</summary>
    private void Link(string path, string target, bool relative)
    {
        string up = relative ? "../../../../../../../../../.." : "";
        Machine.Sh($"rm -rf '{Bundle.Rootfs}{path}' && ln -s '{target.Replace("@", up + Victim)}' '{Bundle.Rootfs}{path}'");
    }

    [Theory]
    [InlineData("/proc", "/tmp")]
    [InlineData("/proc", "@")]
    [InlineData("/sys", "/tmp")]
    [InlineData("/sys", "@")]
    public void CVE_2019_19921_the_images_proc_is_a_link(string path, string target)
    {
        Link(path, target, relative: false);

        CreationError().Should().Contain("must be mounted on ordinary directory").And.Contain(path);
        TheVictimIsUntouched();
    }

    [Fact]
    public void CVE_2019_19921_the_images_proc_lies_behind_a_link()
    {
        Directory.CreateDirectory(Bundle.Rootfs + "/tmp/proc");
        Link("/alias", "/tmp", relative: false);
        Bundle.WithoutMount("/proc").Mount("/alias/proc", "proc", "proc");

        CreationError().Should().Contain("must be mounted on ordinary directory");
    }

    [Theory]
    [InlineData("/proc/sys")]
    [InlineData("/proc/self/attr")]
    [InlineData("/proc/1/attr/current")]
    [InlineData("/proc/sys/kernel/core_pattern")]
    [InlineData("/proc/cpuinfo/..")]
    public void CVE_2019_16884_nothing_is_mounted_inside_proc(string destination)
    {
        Bundle.Mount(destination, null, destination.Contains("attr/") || destination.EndsWith("pattern") ? Victim + "/file" : Victim, "bind");

        if (destination.EndsWith("..")) // A file has no parent to lead to.
            CreationError().Should().Contain("/mounts/7");
        else
            CreationError().Should().Contain("cannot be mounted because it is inside /proc");
        TheVictimIsUntouched();
    }

    [Fact]
    public void CVE_2019_16884_nothing_is_mounted_inside_proc_by_way_of_a_link()
    {
        Link("/alias", "/proc/sys", relative: false);
        Bundle.Tmpfs("/alias");

        CreationError().Should().Contain("inside /proc");
    }

    [Fact]
    public void CVE_2025_52881_a_volume_at_proc_does_not_catch_writes_to_proc()
    {
        string fake = Bundle.MakeDirectory("fake");
        Machine.Sh($"cd '{fake}' && mkdir -p sys/net/ipv4 self 1 thread-self/attr self/attr && for f in sys/net/ipv4/ip_forward self/oom_score_adj 1/oom_score_adj self/attr/exec; do echo -n fake > $f; done");
        Bundle.WithoutMount("/proc").Mount("/proc", null, fake, "bind").Remove("/linux/maskedPaths").Remove("/linux/readonlyPaths")
            .SetJson("/linux/sysctl", """{ "net.ipv4.ip_forward": "1" }""").Set("/process/oomScoreAdj", 321);
        Container container = StartSleeping();

        File.ReadAllText("/proc/" + container.Pid + "/oom_score_adj").Should().Be("321\n");
        Machine.Sh($"nsenter --target {container.Pid} --net cat /proc/sys/net/ipv4/ip_forward").Should().Be("1");
        Machine.Sh($"cat '{fake}/sys/net/ipv4/ip_forward' '{fake}/self/oom_score_adj' '{fake}/1/oom_score_adj' '{fake}/self/attr/exec'").Should().Be("fakefakefakefake");
    }

    [Fact]
    public void CVE_2025_52881_a_volume_at_proc_does_not_make_a_link_of_self()
    {
        string fake = Bundle.MakeDirectory("fake");
        Machine.Sh($"ln -s '{Victim}' '{fake}/self' && ln -s ../../../../../../..{Victim} '{fake}/sys'");
        Bundle.WithoutMount("/proc").Mount("/proc", null, fake, "bind").SetJson("/linux/sysctl", """{ "net.ipv4.ip_forward": "1" }""").Set("/process/oomScoreAdj", 321);
        Container container = StartSleeping();

        File.ReadAllText("/proc/" + container.Pid + "/oom_score_adj").Should().Be("321\n");
        TheVictimIsUntouched();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CVE_2026_41579_the_images_dev_is_a_link(bool relative)
    {
        WithoutDev();
        Link("/dev", "@", relative);
        Bundle.Sleeps();

        // All of it is below the root: the link leads there, where nothing of the host is.
        Create().StatusWord.Should().Be("created");

        TheVictimIsUntouched();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CVE_2026_47766_the_images_dev_is_a_link_below_a_mount(bool relative)
    {
        Link("/dev", "@", relative);
        Bundle.Sleeps();
        Container container = Create();

        container.MountInfo().Should().Contain(m => m.Type == "devpts");
        Directory.Exists(Bundle.Rootfs + Victim).Should().BeTrue("the link leads to there below the root");
        TheVictimIsUntouched();
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    [InlineData("/dev/tty")]
    public void CVE_2026_88265_a_device_of_the_image_is_a_link(string device)
    {
        WithoutDev();
        Link(device, "@/file", relative: true);

        CreationError().Should().Contain("something else exists at " + device);
        TheVictimIsUntouched();
    }

    [Fact]
    public void CVE_2025_31133_masks_are_the_hosts_null_device_whatever_the_image_has_there()
    {
        WithoutDev();
        Machine.Sh($"mknod -m 600 '{Bundle.Rootfs}/dev/null' c 1 3");
        Bundle.File("/etc/key", "secret").SetJson("/linux/maskedPaths", """[ "/etc/key" ]""").Sleeps();
        Container container = Create();

        container.MountAt("/etc/key").Root.Should().Be("/null");
        Machine.Stat(container.PathOf("/etc/key")).Should().StartWith("character special file 1:3");
    }

    [Fact]
    public void CVE_2025_31133_a_container_swaps_its_null_device_before_the_masks_are_made()
    {
        // The hook runs when all mounts are made, as a container that shares the /dev volume could.
        string dev = Bundle.MakeDirectory("dev");
        Machine.Sh($"ln -s /proc/sys/kernel/core_pattern '{dev}/null'; mkdir '{dev}/pts' '{dev}/shm' '{dev}/mqueue'");
        WithoutDev();
        Bundle.Mount("/dev", null, dev, "bind").File("/etc/key", "secret").SetJson("/linux/maskedPaths", """[ "/etc/key" ]""").Script("cat /etc/key");

        CommandResult result = NewContainer().Run();

        result.Stdout.Should().BeEmpty();
        result.ExitCode.Should().Be(0, result.Stderr);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public void CVE_2024_21626_the_working_directory_is_a_descriptor(int fd)
    {
        Bundle.Lade.Surroundings = "exec 3</ 7</tmp 8</sys/fs/cgroup";
        Bundle.Set("/process/cwd", "/proc/self/fd/" + fd).Script("pwd; ls ..; ls -d bundle; sleep 1000");
        Container container = NewContainer();

        CommandResult result = container.TryCreate();

        result.ExitCode.Should().Be(1, "no descriptor is the way to a working directory");
        container.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void CVE_2024_21626_a_link_of_the_image_to_a_descriptor_is_the_working_directory()
    {
        Bundle.Lade.Surroundings = "exec 7</";
        foreach (int fd in Enumerable.Range(3, 61))
        {
            Link("/cwd", "/proc/self/fd/" + fd, relative: false);
            Bundle.Set("/process/cwd", "/cwd");
            CreationError().Should().Contain("/process/cwd");
        }
    }

    [Fact]
    public void CVE_2024_21626_the_program_is_a_descriptor()
    {
        Bundle.Lade.Surroundings = "exec 7</bin/busybox";
        foreach (int fd in Enumerable.Range(3, 61))
        {
            Bundle.Args("/proc/self/fd/" + fd);
            CommandResult result = NewContainer("fd" + fd).Run();
            result.ExitCode.Should().Be(1);
            result.Stdout.Should().BeEmpty();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CVE_2021_30465_the_target_of_a_mount_is_a_link_to_the_host(bool relative)
    {
        Link("/mnt", "@", relative);
        string volume = Bundle.MakeDirectory("volume");
        Bundle.Mount("/mnt", null, volume, "bind").Tmpfs("/mnt/below").Sleeps();
        Container container = Create();

        container.MountInfo().Select(m => m.Target).Should().Contain(Victim);
        Directory.Exists(Bundle.Rootfs + Victim).Should().BeTrue();
        TheVictimIsUntouched();
    }

    [Fact]
    public void CVE_2021_30465_the_target_of_a_mount_is_a_link_in_a_volume()
    {
        string volume = Bundle.MakeDirectory("volume");
        Machine.Sh($"ln -s ../../../../../../../..{Victim} '{volume}/link' && ln -s / '{volume}/root' && ln -s /proc/self/cwd '{volume}/magic'");
        Bundle.Mount("/mnt", null, volume, "bind").Tmpfs("/mnt/link").Tmpfs("/mnt/root/made").Sleeps();
        Container container = Create();

        container.MountInfo().Select(m => m.Target).Should().Contain([Victim, "/made"]);
        TheVictimIsUntouched();
    }

    [Fact]
    public void CVE_2021_30465_the_target_of_a_mount_is_a_magic_link()
    {
        Link("/mnt", "/proc/self/cwd", relative: false);
        Bundle.Tmpfs("/mnt");

        CreationError().Should().Contain("/mounts/7").And.Contain("ELOOP");
    }

    [Theory]
    [InlineData("/volume/target", null)]
    [InlineData("/volume/target/deep", null)]
    [InlineData("/volume/target/made", "file")]
    public void CVE_2021_30465_the_target_is_swapped_for_a_link_while_containers_are_made(string destination, string? file)
    {
        string volume = Bundle.MakeDirectory("volume"), source = Bundle.MakeDirectory("source");
        File.WriteAllText(source + "/file", "");
        Machine.Sh($"mkdir '{volume}/target' && ln -s '../../../../../../../..{Victim}' '{volume}/link'");
        Bundle.Mount("/volume", null, volume, "bind").Mount(destination, null, file is null ? source : source + "/" + file, "bind").Args("true").Save();
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

        int made = 0, refused = 0;
        try
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
        }
        finally
        {
            Volatile.Write(ref done, true);
            swapping.Join();
        }

        TheVictimIsUntouched();
        made.Should().BePositive();
        refused.Should().BePositive("else no round was hit");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CVE_2024_45310_and_CVE_2025_24965_files_that_are_made_as_targets_follow_no_link_out(bool relative)
    {
        Link("/etc/resolv.conf", "@/made", relative);
        Link("/var/run", "@/directory", relative);
        Bundle.Mount("/etc/resolv.conf", null, Victim + "/file", "bind", "ro").Tmpfs("/var/run/new").Sleeps();
        Create();

        File.Exists(Bundle.Rootfs + Victim + "/made").Should().BeTrue();
        Directory.Exists(Bundle.Rootfs + Victim + "/directory/new").Should().BeTrue();
        TheVictimIsUntouched();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CVE_2019_18837_a_device_behind_a_link_is_made_below_the_root(bool relative)
    {
        Link("/opt", "@", relative);
        Bundle.SetJson("/linux/devices", """[ { "path": "/opt/device", "type": "c", "major": 1, "minor": 3 } ]""").Sleeps();
        Create();

        Machine.Stat(Bundle.Rootfs + Victim + "/device").Should().StartWith("character special file 1:3");
        TheVictimIsUntouched();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_working_directory_is_made_below_the_root(bool relative)
    {
        Link("/opt", "@", relative);
        Bundle.Set("/process/cwd", "/opt/made");

        RunScript("pwd").Output.Should().Be(Victim + "/made");
        TheVictimIsUntouched();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Masked_and_read_only_paths_behind_links_are_the_containers(bool relative)
    {
        Link("/opt", "@", relative);
        Bundle.File(Victim + "/file", "images").SetJson("/linux/maskedPaths", """[ "/opt/file" ]""").SetJson("/linux/readonlyPaths", """[ "/opt" ]""").Sleeps();
        Container container = Create();

        container.MountInfo().Select(m => m.Target).Should().Contain(Victim + "/file");
        TheVictimIsUntouched();
    }

    [Fact]
    public void CVE_2019_5736_the_executable_that_waits_is_a_sealed_copy_of_init()
    {
        Bundle.Sleeps();
        Container container = Create();
        string exe = "/proc/" + container.Pid + "/exe";

        new FileInfo(exe).LinkTarget.Should().StartWith("/memfd:");
        // While it runs it cannot be written in any case (ETXTBSY). Who has it open when the program has taken its place is kept out by the seals alone.
        string attack = Machine.Sh($"exec 9<{exe}; sha256sum <{exe}; '{LadeProgram.Path}' --root '{Bundle.Lade.StateRoot}' start container; until [ \"$(cat /proc/{container.Pid}/comm)\" = sleep ]; do sleep 0.01; done; (echo broken 1<>/proc/self/fd/9 >&0) 2>&1; (echo broken >/proc/self/fd/9) 2>&1; sha256sum <&9");
        string[] lines = attack.Split('\n');
        lines[^1].Should().Be(lines[0]);
        lines.Should().Contain(line => line.Contains("not permitted"), attack);
        container.Kill();
        container.WaitForExit();
    }

    [Theory]
    [InlineData("/proc/self/exe")]
    [InlineData("/script")]
    public void CVE_2019_5736_the_program_is_the_runtime_itself(string program)
    {
        Bundle.File("/script", "#!/proc/self/exe\n").Args(program);
        Machine.Sh($"chmod 755 '{Bundle.Rootfs}/script'");
        byte[] before = File.ReadAllBytes(LadeProgram.Path);

        NewContainer().Run().ExitCode.Should().NotBe(0);

        File.ReadAllBytes(LadeProgram.Path).Should().Equal(before);
    }

    [Fact]
    public void CVE_2016_9962_the_waiting_init_holds_nothing_of_the_host()
    {
        Bundle.Lade.Surroundings = "exec 3</ 7</tmp";
        Bundle.Sleeps();
        Container container = Create();

        string[] Open() => [.. Directory.GetFileSystemEntries("/proc/" + container.Pid + "/fd").Where(f => Path.GetFileName(f) is not ("0" or "1" or "2")).Select(f => new FileInfo(f).LinkTarget!)];

        // `create` has ended when the last word is sent; init hears it a moment later and closes the socket to it.
        Machine.Eventually(() => Open().Length == 1, "one descriptor is left");
        Open().Should().ContainSingle("it waits on a socket and needs nothing else").Which.Should().StartWith("socket:");
    }

    [Theory]
    [InlineData("mkfifo '{0}'")]
    [InlineData("mkdir '{0}'")]
    [InlineData("ln -s passwd '{0}'")]
    [InlineData("mknod '{0}' c 1 5")]
    [InlineData("ln -s ../../../../../../../../../dev/zero '{0}'")]
    [InlineData("truncate -s 1T '{0}'")]
    [InlineData("head -c 3000 /dev/urandom > '{0}'")]
    public void A_passwd_file_made_to_hinder_is_passed_over(string make)
    {
        string path = Bundle.Rootfs + "/etc/passwd";
        File.Delete(path);
        Machine.Sh(string.Format(make, path));
        Bundle.Lade.Timeout = TimeSpan.FromSeconds(5);

        RunScript("echo $HOME").Output.Should().Be("/");
    }

    [Fact]
    public void CVE_2023_25809_a_read_only_cgroup_mount_is_read_only_without_a_cgroup_namespace()
    {
        Bundle.WithoutNamespace("cgroup").UserNamespace().Capabilities(["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]);

        string[] lines = RunScript("for d in /sys/fs/cgroup/*; do [ -L $d ] && continue; [ -d $d ] && echo looked; mkdir $d/made 2>/dev/null && echo made; done; echo end").Lines;
        lines.Should().Contain("looked", "else nothing is mounted there").And.NotContain("made");
    }

    [Fact]
    public void CVE_2014_8989_groups_of_the_caller_do_not_reach_a_user_namespace()
    {
        Bundle.UserNamespace();
        Bundle.Lade.Wrapper = "setpriv --groups 4711";

        StartSleeping().Status("Groups").Should().BeEmpty();
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a/b")]
    [InlineData("../escape")]
    [InlineData("a b")]
    public void An_id_that_is_a_path_is_refused(string id)
    {
        CommandResult result = Bundle.Lade.Run("create", "--bundle", Bundle.Save().Path, id);

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain("invalid container ID format");
        Bundle.Lade.Run("delete", "--force", id).Stderr.Should().Contain("invalid container ID format");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("private")]
    [InlineData("rslave")]
    [InlineData("shared")]
    [InlineData("rshared", "--no-pivot")]
    [InlineData("rprivate", "--no-pivot")]
    [InlineData("unbindable")]
    public void No_mount_leaks_to_a_machine_whose_root_is_shared(string? propagation, params string[] options)
    {
        // As systemd has it: what is mounted on a shared mount appears in every copy of it. The hooks run where lade runs.
        // Private in between, so that nothing arrives of what the machine mounts meanwhile.
        Bundle.Lade.Wrapper = "unshare --mount --propagation private unshare --mount --propagation shared";
        if (propagation is not null)
            Bundle.Set("/linux/rootfsPropagation", propagation);
        string before = Bundle.Directory + "/before", after = Bundle.Directory + "/after";
        Bundle.HookScript("createRuntime", $"cut -d' ' -f5 /proc/self/mountinfo > {before}").HookScript("poststart", $"cut -d' ' -f5 /proc/self/mountinfo > {after}").Tmpfs("/mnt").Args("true");

        CommandResult result = NewContainer().Run(options);

        result.ExitCode.Should().Be(0, result.Stderr);
        File.ReadAllLines(after).Should().Equal(File.ReadAllLines(before)).And.NotContain(m => m.StartsWith(Bundle.Path));
    }

    [Fact]
    public void A_container_that_waits_is_started_and_entered_by_its_owner_alone_whatever_the_umask()
    {
        Bundle.Lade.Surroundings = "umask 0";
        Container container = Create();

        Machine.Stat(container.StateDirectory + "/start.sock").Should().Be("socket 0:0 600 0:0");
    }

    [Fact]
    public void Values_of_the_environment_do_not_stand_in_errors()
    {
        Bundle.Env("PATH=/bin", "PASSWORD=hunter2").Args("nonesuch");

        CreationError().Should().NotContain("hunter2");
    }

    /// <summary>The image's own /dev is used.</summary>
    private void WithoutDev() => Bundle.WithoutMount("/dev/pts").WithoutMount("/dev/shm").WithoutMount("/dev/mqueue").WithoutMount("/dev");
}
