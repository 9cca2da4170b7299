using System;
using System.IO;
using System.Text.Json.Nodes;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Errors;

/// <summary>
/// Configs that cannot be: those that the document alone shows to be wrong, and those that only the kernel refuses. Each is an error that names the property,
/// and leaves nothing.
/// </summary>
public sealed class BrokenConfigTests : ContainerTest
{
    private const string AppendMount = "/mounts/-";

    [Theory]
    // What the kernel refuses: mounts. A dash is the index of what was appended.
    [InlineData(AppendMount, """{"destination":"/x","type":"nosuchfs","source":"x"}""", "/mounts/-", "error mounting \"x\" to rootfs at \"/x\": mount nosuchfs on /x: ENODEV")]
    [InlineData(AppendMount, """{"destination":"/x","type":"tmpfs","source":"x","options":["size=lots"]}""", "/mounts/-", "Bad value for 'size'")]
    [InlineData(AppendMount, """{"destination":"/x","type":"tmpfs","source":"x","options":["nosuchoption=1"]}""", "/mounts/-", "Unknown parameter 'nosuchoption'")]
    [InlineData(AppendMount, """{"destination":"/x","type":"tmpfs","source":"x","options":["mode=999"]}""", "/mounts/-", "Bad value for 'mode'")]
    [InlineData(AppendMount, """{"destination":"/x","type":"proc","source":"x","options":["hidepid=17"]}""", "/mounts/-", "hidepid")]
    [InlineData(AppendMount, """{"destination":"/x","source":"/no/such/file","options":["bind"]}""", "/mounts/-", "open /no/such/file: ENOENT: no such file or directory")]
    [InlineData(AppendMount, """{"destination":"/x","source":"not/in/the/bundle","options":["rbind"]}""", "/mounts/-", "/bundle/not/in/the/bundle: ENOENT: no such file or directory")]
    [InlineData(AppendMount, """{"destination":"/etc/passwd","type":"tmpfs","source":"x"}""", "/mounts/-", "error mounting \"x\" to rootfs at \"/etc/passwd\"")]
    [InlineData(AppendMount, """{"destination":"/tmp","source":"/etc/passwd","options":["bind"]}""", "/mounts/-", "error mounting \"/etc/passwd\" to rootfs at \"/tmp\"")]
    [InlineData(AppendMount, """{"destination":"/etc/passwd","source":"/etc","options":["bind"]}""", "/mounts/-", "error mounting \"/etc\" to rootfs at \"/etc/passwd\"")]
    [InlineData(AppendMount, """{"destination":"/etc/passwd/below","type":"tmpfs","source":"x"}""", "/mounts/-", "ENOTDIR")]
    [InlineData(AppendMount, """{"destination":"/proc/nowhere","type":"tmpfs","source":"x"}""", "/mounts/-", "error mounting \"x\" to rootfs at \"/proc/nowhere\"")]
    [InlineData(AppendMount, """{"destination":"/x","type":"ext4","source":"/no/device"}""", "/mounts/-", "/no/device")]
    [InlineData(AppendMount, """{"destination":"/x","type":"ext4","source":"/dev/null"}""", "/mounts/-", "/dev/null")]
    [InlineData(AppendMount, """{"destination":"/x","type":"overlay","source":"x","options":["lowerdir=/no/such/directory"]}""", "/mounts/-", "ENOENT")]
    [InlineData(AppendMount, """{"destination":"/not/mounted","options":["remount","ro"]}""", "/mounts/-", "remount /not/mounted: ENOENT")]
    // What the kernel refuses: the process.
    [InlineData("/process/args", """["/no/such/program"]""", "/process/args/0", "exec: \"/no/such/program\": stat /no/such/program: no such file or directory")]
    [InlineData("/process/args", """["no-such-program"]""", "/process/args/0", "exec: \"no-such-program\": executable file not found in $PATH")]
    [InlineData("/process/args", """["/etc/passwd"]""", "/process/args/0", "exec: \"/etc/passwd\": permission denied")]
    [InlineData("/process/args", """["/etc"]""", "/process/args/0", "exec: \"/etc\": is a directory")]
    [InlineData("/process/args", """["/etc/passwd/x"]""", "/process/args/0", "exec: \"/etc/passwd/x\": stat /etc/passwd/x: not a directory")]
    [InlineData("/process/args", """[""]""", "/process/args/0", "exec: \"\": executable file not found in $PATH")]
    [InlineData("/process/cwd", "\"/etc/passwd\"", "/process/cwd", "chdir to cwd (\"/etc/passwd\") set in config.json failed: ENOTDIR: not a directory")]
    [InlineData("/process/rlimits", """[{"type":"RLIMIT_NOFILE","soft":2000000000,"hard":2000000000}]""", "/process/rlimits/0", "set RLIMIT_NOFILE: EPERM")]
    // What the kernel refuses: namespaces, parameters, devices.
    [InlineData("/linux/namespaces/0", """{"type":"pid","path":"/proc/self/ns/uts"}""", "/linux/namespaces/0/path", "/proc/self/ns/uts is no pid namespace but of type CLONE_NEWUTS")]
    [InlineData("/linux/namespaces/0", """{"type":"pid","path":"/etc/passwd"}""", "/linux/namespaces/0/path", "/etc/passwd is no namespace")]
    [InlineData("/linux/namespaces/0", """{"type":"pid","path":"/no/such/namespace"}""", "/linux/namespaces/0/path", "open /no/such/namespace: ENOENT")]
    [InlineData("/linux/sysctl", """{"net.ipv4.no_such":"1"}""", "/linux/sysctl/net.ipv4.no_such", "ENOENT")]
    [InlineData("/linux/sysctl", """{"net.ipv4.ip_forward":"many"}""", "/linux/sysctl/net.ipv4.ip_forward", "write 'many' to /proc/sys/net/ipv4/ip_forward: EINVAL")]
    [InlineData("/linux/sysctl", """{"net.ipv4.tcp_available_congestion_control":"none"}""", "/linux/sysctl/net.ipv4.tcp_available_congestion_control", "EACCES: permission denied")]
    [InlineData("/linux/devices", """[{"path":"/etc/passwd","type":"c","major":1,"minor":3}]""", "/linux/devices/0", "something else exists at /etc/passwd")]
    // What the kernel refuses: resources.
    [InlineData("/linux/resources/cpu", """{"quota":1}""", "/linux/resources/cpu/quota", "cpu.cfs_quota_us: EINVAL")]
    [InlineData("/linux/resources/cpu", """{"cpus":"4095"}""", "/linux/resources/cpu/cpus", "cpuset.cpus: ")]
    [InlineData("/linux/resources/cpu", """{"mems":"63"}""", "/linux/resources/cpu/mems", "cpuset.mems: EINVAL")]
    [InlineData("/linux/resources/blockIO", """{"throttleReadBpsDevice":[{"major":99,"minor":99,"rate":1}]}""", "/linux/resources/blockIO/throttleReadBpsDevice/0", "ENODEV")]
    [InlineData("/linux/resources/hugepageLimits", """[{"pageSize":"3KB","limit":1}]""", "/linux/resources/hugepageLimits/0/limit", "hugetlb")]
    [InlineData("/linux/resources/unified", """{"memory.max":"1"}""", "/linux/resources/unified", "needs cgroup v2, and this host has cgroup v1")]
    // Hooks that are not there.
    [InlineData("/hooks/prestart", """[{"path":"/no/such/hook"}]""", "/hooks/prestart/0", "error running prestart hook #0: execute /no/such/hook: ENOENT")]
    [InlineData("/hooks/createContainer", """[{"path":"/no/such/hook"}]""", "/hooks/createContainer/0", "error running createContainer hook #0: /no/such/hook: ENOENT")]
    [InlineData("/hooks/startContainer", """[{"path":"/no/such/hook"}]""", "/hooks/startContainer/0", "error running startContainer hook #0: /no/such/hook: ENOENT")]
    // What is looked up on the host.
    [InlineData("/root/path", "\"nowhere\"", "/root/path", "no such directory: ")]
    [InlineData("/root/path", "\"rootfs/etc/passwd\"", "/root/path", "not a directory: ")]
    // What the document shows.
    [InlineData("/ociVersion", "\"2.0.0\"", "/ociVersion", "'2.0.0' is a version that lade does not implement")]
    [InlineData("/root/path", "\"\"", "/root/path", "is empty")]
    [InlineData("/hostname", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "/hostname", "is longer than the kernel takes")]
    [InlineData("/process", "[]", "/process", "is an array; an object is required")]
    [InlineData("/process/args", "[]", "/process/args", "is missing or empty")]
    [InlineData("/process/cwd", "\"relative\"", "/process/cwd", "is no absolute path")]
    [InlineData("/process/cwd", "7", "/process/cwd", "is a number; a string is required")]
    [InlineData("/process/env", """["NO_EQUALS_SIGN"]""", "/process/env/0", "has no '='")]
    [InlineData("/process/user/uid", "-1", "/process/user/uid", "-1 is out of range")]
    [InlineData("/process/rlimits", """[{"type":"RLIMIT_NOFILE","soft":20,"hard":10}]""", "/process/rlimits/0/soft", "20 is above the hard limit")]
    [InlineData("/process/rlimits", """[{"type":"RLIMIT_BOGUS","soft":1,"hard":1}]""", "/process/rlimits/0/type", "'RLIMIT_BOGUS' is unknown")]
    [InlineData("/process/oomScoreAdj", "2000", "/process/oomScoreAdj", "2000 is out of range")]
    [InlineData(AppendMount, """{"destination":"","type":"tmpfs"}""", "/mounts/-/destination", "is empty")]
    [InlineData(AppendMount, """{"destination":"/x","type":"bind","source":"/etc"}""", "/mounts/-/type", "'bind' is no filesystem type")]
    [InlineData(AppendMount, """{"destination":"/x","source":"/tmp","options":["bind","no-such-flag"]}""", "/mounts/-/options", "'no-such-flag' is not an option of a bind mount")]
    [InlineData("/linux/namespaces/-", """{"type":"bogus"}""", "/linux/namespaces/-/type", "'bogus' is unknown")]
    [InlineData("/linux/namespaces/-", """{"type":"pid"}""", "/linux/namespaces/-/type", "is listed twice")]
    [InlineData("/linux/namespaces/-", """{"type":"user"}""", "/linux/uidMappings", "is missing")]
    [InlineData("/linux/uidMappings", """[{"containerID":0,"hostID":0,"size":1}]""", "/linux/uidMappings", "needs a user namespace")]
    [InlineData("/linux/sysctl", """{"vm.swappiness":"1"}""", "/linux/sysctl/vm.swappiness", "is a setting of the whole host")]
    [InlineData("/linux/sysctl", """{"kernel.hostname":"x"}""", "/linux/sysctl/kernel.hostname", "use /hostname")]
    [InlineData("/linux/devices", """[{"path":"/dev/x","type":"c"}]""", "/linux/devices/0/major", "is missing")]
    [InlineData("/linux/resources/memory", """{"limit":2097152,"swap":1048576}""", "/linux/resources/memory/swap", "is below the memory limit")]
    [InlineData("/linux/resources/cpu", """{"shares":1}""", "/linux/resources/cpu/shares", "1 is not between 2 and 262144")]
    [InlineData("/linux/resources/devices", """[{"allow":false,"access":"xyz"}]""", "/linux/resources/devices/0/access", "'xyz' is no kind of access")]
    [InlineData("/linux/cgroupsPath", "\"/../x\"", "/linux/cgroupsPath", "leads out of the cgroup hierarchy")]
    [InlineData("/linux/seccomp", """{"defaultAction":"BOGUS"}""", "/linux/seccomp/defaultAction", "'BOGUS' is unknown")]
    [InlineData("/linux/seccomp", """{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[],"action":"SCMP_ACT_ERRNO"}]}""", "/linux/seccomp/syscalls/0/names", "is missing or empty")]
    [InlineData("/linux/rootfsPropagation", "\"bogus\"", "/linux/rootfsPropagation", "'bogus' is unknown")]
    [InlineData("/linux/maskedPaths", """["relative"]""", "/linux/maskedPaths/0", "is no absolute path")]
    [InlineData("/hooks/prestart", """[{"path":"relative"}]""", "/hooks/prestart/0/path", "is no absolute path")]
    [InlineData("/hooks/createRuntime", """[{"path":"/bin/true","timeout":0}]""", "/hooks/createRuntime/0/timeout", "0 is out of range")]
    public void It_is_an_error_that_names_the_property_and_leaves_nothing(string pointer, string json, string origin, string words)
    {
        Machine.NeedsCgroup1();
        string log = Bundle.Directory + "/log";
        Bundle.Sleeps().Set(pointer, JsonNode.Parse(json));
        origin = origin.Replace("/mounts/-", "/mounts/" + (Bundle.Config["mounts"]!.AsArray().Count - 1), StringComparison.Ordinal)
            .Replace("/namespaces/-", "/namespaces/" + (Bundle.Config["linux"]!["namespaces"]!.AsArray().Count - 1), StringComparison.Ordinal);
        Bundle.Lade.GlobalOptions = ["--log", log, "--log-format", "json"];
        Container container = NewContainer();

        CommandResult result = container.Run("--detach");

        result.ExitCode.Should().Be(1);
        result.Stdout.Should().BeEmpty();
        JsonNode record = JsonNode.Parse(File.ReadAllLines(log)[^1])!;
        ((string)record["level"]!).Should().Be("error");
        string message = (string)record["msg"]!;
        message.Should().StartWith("lade run failed: ").And.Contain(" " + origin + ": ").And.Contain(words);
        message.Should().NotMatchRegex("\\bat Lade\\.|Exception|internal error|\\n");
        // The engines read the log, people standard error; there each of many problems has a line.
        result.Stderr.Should().StartWith("lade run failed: ").And.Contain(origin + ": ").And.Contain(words);
        if (!result.Stderr.TrimEnd('\n').Contains('\n', StringComparison.Ordinal))
            result.Stderr.Should().Be(message + "\n");
        container.Leftovers().Should().BeEmpty();
        Bundle.Inhabitants().Should().BeEmpty();
    }
}
