using System;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Lade.Rootfs;
using Lade.Seccomp;
using Lade.Tests.Planning;
using Xunit;

namespace Lade.Tests.Configuration;

public sealed class RunOciAnnotationsTests
{
    [Theory]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    [InlineData("true", false)]
    public void ASwitchIsOnAtOne(string value, bool on)
    {
        RunOciAnnotations.KeepsGroups(With("run.oci.keep_original_groups", value)).Should().Be(on);
        RunOciAnnotations.FailsOnUnknownCalls(With("run.oci.seccomp_fail_unknown_syscall", value)).Should().Be(on);
        RunOciAnnotations.KeepsGroups(With("other", "1")).Should().BeFalse();
    }

    [Fact]
    public void GroupsThatAreKeptAreNeverSet()
    {
        var linux = new LinuxSpec { Namespaces = [new NamespaceSpec(NamespaceType.User, null)] };
        var process = new ProcessSpec { Cwd = "/", Args = ["sh"], User = new UserSpec { AdditionalGids = [5] } };

        new NamespacePlan(linux, Hosts.Plain.Host, keepGroups: true).Enter().OfType<BecomeRoot>().Single().KeepGroups.Should().BeTrue();
        new NamespacePlan(linux, Hosts.Plain.Host).Enter().OfType<BecomeRoot>().Single().KeepGroups.Should().BeFalse();
        Hosts.Plain.ProcessOf(process, linux, userNamespace: true, keepsGroups: true).CheckProgram().Should().NotContain(o => o is SetGroups);
        Hosts.Plain.ProcessOf(process, linux, userNamespace: true).CheckProgram().Should().Contain(o => o is SetGroups);
    }

    [Theory]
    [InlineData("fscontext")]
    [InlineData("defcontext")]
    [InlineData("rootcontext")]
    public void TheLabelOfMountsIsOfTheKindThatIsAskedFor(string type)
    {
        Spec spec = With("run.oci.mount_context_type", type);
        var mount = (Mount)MountLabel.Apply(new Mount("tmpfs", "tmpfs", "/t"), "u:r:t:s0", hasSelinux: true, RunOciAnnotations.MountContextType(spec));

        mount.Options.Should().Equal(new FsOption(type, "u:r:t:s0"));
        RunOciAnnotations.MountContextType(With("other", "x")).Should().Be("context");
    }

    [Fact]
    public void AnUnknownKindOfLabelIsAProblem()
    {
        var problems = new List<ConfigProblem>();
        RunOciAnnotations.Validate(With("run.oci.mount_context_type", "nonsense"), problems);
        problems.Single().ToString().Should().StartWith("/annotations/run.oci.mount_context_type: 'nonsense' is no kind of context");
    }

    [Fact]
    public void WhatIsNotDoneOrHardlyMeantIsAWarning()
    {
        SpecWarnings.Of(With("run.oci.handler", "krun")).Single().ToString()
            .Should().Be("/annotations/run.oci.handler: there is no handler 'krun'; the program runs as in any container");
        Spec relative = With("other", "x") with { Mounts = [new MountSpec { Destination = "/a" }, new MountSpec { Destination = "b/c" }] };
        SpecWarnings.Of(relative).Single().ToString()
            .Should().Be("/mounts/1/destination: 'b/c' is relative, which the specification calls deprecated; it is taken from the root");
    }

    [Theory]
    [InlineData("!", "is not base64")]
    [InlineData("AAAA", "has 3 bytes; 1 to 4096 instructions of 8 bytes are allowed")]
    public void AProgramThatIsNoneIsAProblem(string base64, string text) =>
        FluentActions.Invoking(() => ContainerFilter.DecodeProgram(base64)).Should().Throw<LadeException>()
            .Which.Description.Should().Be("/annotations/run.oci.seccomp_bpf_data: " + text);

    [Fact]
    public void AProgramIsTakenAsItIs()
    {
        byte[] program = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
        ContainerFilter.DecodeProgram(Convert.ToBase64String(program)).Should().Equal(program);
        FluentActions.Invoking(() => ContainerFilter.DecodeProgram(Convert.ToBase64String(new byte[8 * 4097]))).Should().Throw<LadeException>();
    }

    private static Spec With(string name, string value) => new() { OciVersion = "1.3.0", Annotations = new Dictionary<string, string> { [name] = value } };
}
