using System;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

public sealed class SmallPartsTests
{
    [Theory]
    [InlineData("net.ipv4.ip_forward", "net/ipv4/ip_forward")]
    [InlineData("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    [InlineData("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    [InlineData("kernel", null)]
    [InlineData("", null)]
    [InlineData(".kernel", null)]
    [InlineData("/kernel/sem", null)]
    [InlineData("kernel..sem", null)]
    [InlineData("kernel/../sem", null)]
    [InlineData("kernel.//.sem", null)]
    [InlineData("kernel.sem.", null)]
    public void Sysctl_path(string name, string? path) => SysctlName.ToPath(name).Should().Be(path);

    [Theory]
    [InlineData("net/core/somaxconn", "Network")]
    [InlineData("network/x", null)]
    [InlineData("fs/mqueue/queues_max", "Ipc")]
    [InlineData("kernel/sem", "Ipc")]
    [InlineData("kernel/shm_rmid_forced", "Ipc")]
    [InlineData("kernel/sem/x", null)]
    [InlineData("kernel/domainname", "Uts")]
    [InlineData("user/max_mnt_namespaces", "User")]
    [InlineData("fs/file-max", null)]
    public void Sysctl_namespace(string path, string? type) => (SysctlName.NamespaceOf(path)?.ToString()).Should().Be(type);

    [Theory]
    [InlineData("0", true)]
    [InlineData("0-3,7", true)]
    [InlineData(" 0 , 2-2,\n", true)]
    [InlineData("", true)]
    [InlineData("3-2", false)]
    [InlineData("-1", false)]
    [InlineData("1-", false)]
    [InlineData("1-2-3", false)]
    [InlineData("0x1", false)]
    [InlineData("99999999999", false)]
    public void Number_lists(string list, bool valid) => NumberList.IsValid(list).Should().Be(valid);

    [Theory]
    [InlineData("", new byte[0])]
    [InlineData(" 1, ,3-4\n", new byte[] { 0x1a, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("63,64", new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x80, 1, 0, 0, 0, 0, 0, 0, 0 })]
    public void Number_lists_as_masks(string list, byte[] mask) => NumberList.ToMask(list).Should().Equal(mask);

    [Fact]
    public void Mask_of_no_list_is_an_error() => FluentActions.Invoking(() => NumberList.ToMask("0,x")).Should().Throw<LadeException>().WithMessage("'0,x' is no list of numbers; *");

    [Fact]
    public void Word_lists()
    {
        WordList.IndexOf("ab cd e", "cd").Should().Be(1);
        WordList.IndexOf("ab cd e", "c").Should().Be(-1);
        WordList.IndexOf("ab cd e", "").Should().Be(-1);
        WordList.IndexOf("ab cd e", "ab cd").Should().Be(-1);
        WordList.At("ab cd e", 2).Should().Be("e");
        WordList.Describe("ab cd e").Should().Be("ab, cd, e");
    }

    /// <summary>The names are bound to the enums by position alone, so every one is spelled out from the enum's own name.</summary>
    [Fact]
    public void Names_stand_in_the_order_of_their_enums()
    {
        Words(SpecNames.Namespaces).Should().Equal(Members<NamespaceType>());
        Words(SpecNames.SeccompActions).Should().Equal(Members<SeccompAction>().Select(name => "scmpact" + name));
        Words(SpecNames.SeccompArchs).Should().Equal(Members<SeccompArch>().Select(name => "scmparch" + name.Replace("_", "")));
        Words(SpecNames.SeccompFlags).Should().Equal(Members<SeccompFlag>().Select(name => "seccompfilterflag" + name));
        SpecNames.SeccompOperators.Should().Be("SCMP_CMP_NE SCMP_CMP_LT SCMP_CMP_LE SCMP_CMP_EQ SCMP_CMP_GE SCMP_CMP_GT SCMP_CMP_MASKED_EQ");
        Enum.GetNames<SeccompOperator>().Should().Equal("NotEqual", "LessThan", "LessOrEqual", "Equal", "GreaterOrEqual", "GreaterThan", "MaskedEqual");
        SpecNames.Rlimits.Split(' ').Should().HaveCount(16).And.OnlyHaveUniqueItems();

        static string[] Words(string words) => [.. words.Split(' ').Select(word => word.Replace("_", "").ToLowerInvariant())];
        static string[] Members<T>()
            where T : struct, Enum => [.. Enum.GetNames<T>().Select(name => name.ToLowerInvariant())];
    }

    [Fact]
    public void Process_document_is_its_own_root()
    {
        Action read = () => SpecReader.ReadProcess(ConfigDocument.Bytes("""{"cwd": "x", "env": ["A"], "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 8}}"""), "process.json");

        read.Should().Throw<LadeException>().Which.Problems.Select(p => p.Pointer.ToString()).Should().Equal("/ioPriority/priority", "/cwd", "/args", "/env/0");
    }

    [Fact]
    public void Resources_document_is_its_own_root()
    {
        Action read = () => SpecReader.ReadResources(ConfigDocument.Bytes("""{"pids": {"limit": -2}, "memory": {"swappiness": 101}}"""), "-");

        read.Should().Throw<LadeException>().WithMessage("-: 2 problems: *").Which.Problems.Select(p => p.Pointer.ToString())
            .Should().Equal("/memory/swappiness", "/pids/limit");
    }

    [Fact]
    public void Accepted_copy_is_not_validated_again()
    {
        byte[] json = ConfigDocument.Bytes(ConfigDocument.With("/process/cwd", "\"relative\""));
        Action readGarbage = () => SpecReader.ReadAccepted(ConfigDocument.Bytes("{"), "/run/lade/x/config.json");

        SpecReader.ReadAccepted(json, "config.json").Process!.Cwd.Should().Be("relative");
        readGarbage.Should().Throw<LadeException>().WithMessage("/run/lade/x/config.json: is not JSON at line 1*");
    }

    [Fact]
    public void Config_in_another_file()
    {
        Action load = () => SpecFile.Load("/", "/no/such/file.json");

        load.Should().Throw<LadeException>().WithMessage("JSON specification file /no/such/file.json not found");
    }

    [Fact]
    public void Bundle_without_config()
    {
        Action load = () => SpecFile.Load(Path.Combine(AppContext.BaseDirectory, "no-such-bundle"));

        load.Should().Throw<LadeException>().WithMessage("JSON specification file config.json not found");
    }

    [Fact]
    public void Bundle_gives_spec_and_its_bytes()
    {
        DirectoryInfo bundle = Directory.CreateTempSubdirectory("lade-test-");
        try
        {
            File.WriteAllText(Path.Combine(bundle.FullName, "config.json"), ConfigDocument.Minimal);

            (Spec spec, byte[] json) = SpecFile.Load(bundle.FullName);

            spec.Process!.Args.Should().Equal("sh");
            json.Should().Equal(ConfigDocument.Bytes(ConfigDocument.Minimal));
        }
        finally
        {
            bundle.Delete(recursive: true);
        }
    }

    [Fact]
    public void Bundle_with_invalid_config_names_the_file()
    {
        DirectoryInfo bundle = Directory.CreateTempSubdirectory("lade-test-");
        try
        {
            File.WriteAllText(Path.Combine(bundle.FullName, "config.json"), "{}");
            Action load = () => SpecFile.Load(bundle.FullName + "/");

            load.Should().Throw<LadeException>().WithMessage(bundle.FullName + "/config.json: 2 problems: *");
        }
        finally
        {
            bundle.Delete(recursive: true);
        }
    }
}
