using System;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Mounts;

/// <summary>Mounts that translate ids: <c>idmap</c>, <c>ridmap</c>, <c>uidMappings</c> and <c>gidMappings</c> of a mount.</summary>
public sealed class IdMappedMountTests : ContainerTest
{
    private const string From0 = """[ { "containerID": 0, "hostID": 1000, "size": 10 } ]""";
    private const string From0To2000 = """[ { "containerID": 0, "hostID": 2000, "size": 10 } ]""";

    /// <summary>A directory with a file of 0:0 and one of 3:4, on the machine's file system.</summary>
    private string Source(string name = "source")
    {
        string source = Bundle.MakeDirectory(name);
        Fill(source);
        return source;
    }

    private static void Fill(string directory) => Machine.Sh($"touch '{directory}/root' '{directory}/other' && chown 3:4 '{directory}/other' && chmod 777 '{directory}'");

    /// <summary>Gives the last mount mappings of its own.</summary>
    private void Map(string uids, string? gids = null)
    {
        int last = Bundle.Config["mounts"]!.AsArray().Count - 1;
        Bundle.SetJson($"/mounts/{last}/uidMappings", uids).SetJson($"/mounts/{last}/gidMappings", gids ?? uids);
    }

    [Theory]
    [InlineData("bind")]
    [InlineData("bind", "idmap")]
    [InlineData("rbind", "ridmap")]
    public void Own_mappings_are_applied(params string[] options)
    {
        string source = Source();
        Bundle.Mount("/mnt", null, source, options);
        Map(From0, From0To2000);

        RunScript("cd /mnt && stat -c '%n %u:%g' root other").Lines.Should().Equal("root 1000:2000", "other 1003:2004");
        Machine.Sh($"stat -c %u:%g '{source}/root' '{source}/other'").Should().Be("0:0\n3:4", "nothing is chowned");
    }

    [Fact]
    public void What_is_made_in_it_is_stored_with_the_ids_of_the_file_system()
    {
        string source = Source();
        Bundle.Mount("/mnt", null, source, "bind", "idmap").User(1005, 2006).Script("touch /mnt/made && stat -c %u:%g /mnt/made");
        Map(From0, From0To2000);

        CommandResult result = NewContainer().Run();

        result.Output.Should().Be("1005:2006", result.Stderr);
        Machine.Sh($"stat -c %u:%g '{source}/made'").Should().Be("5:6");
    }

    [Fact]
    public void The_mount_is_shown_as_mapped_and_others_of_the_same_source_are_not()
    {
        string source = Source();
        Bundle.Mount("/plain", null, source, "bind").Mount("/mapped", null, source, "bind", "idmap").Sleeps();
        Map(From0);
        Container container = Create();

        container.MountAt("/mapped").Options.Should().Contain("idmapped");
        container.MountAt("/plain").Options.Should().NotContain("idmapped");
    }

    [Theory]
    [InlineData("idmap", false)]
    [InlineData("ridmap", true)]
    public void Mounts_below_are_mapped_by_ridmap_alone(string option, bool below)
    {
        HostMount source = Keep(HostMount.Tmpfs(Bundle.MakeDirectory("source")));
        Machine.Sh($"mkdir '{source.Path}/below' && mount -t tmpfs tmpfs '{source.Path}/below'");
        Fill(source.Path);
        Fill(source.Path + "/below");
        Bundle.Mount("/mnt", null, source.Path, "rbind", option);
        Map(From0);

        RunScript("stat -c %u:%g /mnt/other /mnt/below/other").Lines.Should().Equal("1003:1004", below ? "1003:1004" : "3:4");
    }

    [Fact]
    public void Without_mappings_of_its_own_the_containers_are_taken()
    {
        string source = Source();
        Bundle.UserNamespace().Mount("/mnt", null, source, "bind", "idmap").Mount("/plain", null, source, "bind");

        RunScript("touch /mnt/made && stat -c %u:%g /mnt/root /mnt/other /mnt/made /plain/other").Lines.Should().Equal("0:0", "3:4", "0:0", "65534:65534");
        Machine.Sh($"stat -c %u:%g '{source}/made'").Should().Be("0:0");
    }

    [Fact]
    public void Own_mappings_win_over_the_containers()
    {
        // On the file system 3:4, on the host 100013:100014, in the container 13:14.
        Bundle.UserNamespace().Mount("/mnt", null, Source(), "bind", "idmap");
        Map("""[ { "containerID": 3, "hostID": 100013, "size": 10 } ]""");

        RunScript("stat -c %u:%g /mnt/other /mnt/root").Lines.Should().Equal("13:14", "65534:65534");
    }

    [Fact]
    public void The_mappings_of_a_joined_user_namespace_are_taken()
    {
        NamespaceHolder holder = Keep(new NamespaceHolder("--user"));
        Machine.Sh($"echo 0 100000 65536 > /proc/{holder.Pid}/uid_map && echo 0 100000 65536 > /proc/{holder.Pid}/gid_map");
        Machine.Sh($"find '{Bundle.Rootfs}' -type d -exec chown 100000:100000 {{}} +");
        Bundle.Namespace("user", holder.PathOf("user")).Mount("/mnt", null, Source(), "bind", "idmap");

        RunScript("stat -c %u:%g /mnt/root /mnt/other").Lines.Should().Equal("0:0", "3:4");
    }

    [Theory]
    [InlineData("idmap=uids=0-1000-10;gids=0-2000-10", "1003:2004")]
    [InlineData("idmap=uids=0-500-1#3-700-1;gids=0-2000-4#4-3000-1", "700:3000")]
    public void Mappings_in_the_option(string option, string owner)
    {
        Bundle.Mount("/mnt", null, Source(), "bind", option);

        RunScript("stat -c %u:%g /mnt/other").Output.Should().Be(owner);
    }

    [Fact]
    public void Relative_mappings_in_the_option_are_ids_of_the_container()
    {
        Bundle.UserNamespace().Mount("/mnt", null, Source(), "bind", "idmap=uids=@0-20-10;gids=@0-30-10");

        RunScript("stat -c %u:%g /mnt/other").Output.Should().Be("23:34");
    }

    [Fact]
    public void A_new_file_system_is_mapped_too()
    {
        Bundle.Tmpfs("/mnt", "idmap", "mode=777").Sleeps();
        Map(From0);

        Container container = Create();

        container.MountAt("/mnt").Options.Should().Contain("idmapped");
        Machine.Stat(container.PathOf("/mnt")).Should().EndWith(" 1000:1000");
    }

    [Fact]
    public void A_file_system_that_cannot_be_mapped_is_an_error()
    {
        Bundle.Mount("/mnt", null, "/sys/kernel", "bind", "idmap");
        Map(From0);

        CreationError().Should().Contain("/mounts/7: error mounting \\\"/sys/kernel\\\" to rootfs at \\\"/mnt\\\": set the id mapping of /sys/kernel (its file system does not support ID-mapped mounts): EINVAL");
    }

    [Fact]
    public void Mappings_that_the_kernel_refuses_are_an_error()
    {
        Bundle.Mount("/mnt", null, Source(), "bind");
        Map("""[ { "containerID": 0, "hostID": 1000, "size": 10 }, { "containerID": 5, "hostID": 3000, "size": 10 } ]""");

        CreationError().Should().Contain("/mounts/7/uidMappings/1/containerID");
    }

    [Fact]
    public void Without_root_it_is_refused()
    {
        Bundle.Mount("/mnt", null, Source(), "bind", "idmap").UserNamespace(0, 1);
        Bundle.Lade.Wrapper = "unshare --user --map-root-user";

        CommandResult result = NewContainer().TryCreate();

        result.ExitCode.Should().Be(1);
        result.Stderr.Should().Contain("/mounts/7/options/1: only the host's root can create an ID-mapped mount");
    }

    [Fact]
    public void No_helper_process_is_left()
    {
        Bundle.Mount("/a", null, Source("a"), "bind");
        Map(From0.Replace("1000", "61234"));
        Bundle.Mount("/b", null, Source("b"), "bind").Sleeps();
        Map(From0.Replace("1000", "62345"));
        Container container = Create();

        // The container's own process is in the namespace of the machine.
        container.Pid.Should().BePositive();
        Directory.GetDirectories("/proc").Where(IsHolder).Should().BeEmpty();
    }

    /// <summary>True for a process in a user namespace with this test's maps.</summary>
    private static bool IsHolder(string process)
    {
        try
        {
            string[] map = File.ReadAllText(process + "/uid_map").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return map is ["0", "61234" or "62345", ..];
        }
        catch (IOException)
        {
            return false;
        }
    }
}
