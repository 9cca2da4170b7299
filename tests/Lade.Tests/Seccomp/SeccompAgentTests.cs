using System;
using System.Collections.Generic;
using System.Text;
using FluentAssertions;
using Lade.Configuration;
using Lade.Seccomp;
using Lade.State;
using Lade.Tests.State;
using Xunit;

namespace Lade.Tests.Seccomp;

public sealed class SeccompAgentTests
{
    private static SeccompRule Rule(SeccompAction action, string name, params SeccompArg[] args) => new() { Names = ["uname", name], Action = action, Args = args };

    private static Spec SpecOf(string? path, string? annotation = null, SeccompAction action = SeccompAction.Notify) => new()
    {
        OciVersion = "1.3.0",
        Annotations = annotation is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["run.oci.seccomp.receiver"] = annotation },
        Linux = new LinuxSpec { Seccomp = new SeccompSpec { DefaultAction = SeccompAction.Allow, ListenerPath = path, Syscalls = [Rule(action, "mkdir")] } },
    };

    [Theory]
    [InlineData("/run/a", "/run/b", "/run/c", "/run/a")]
    [InlineData(null, "/run/b", "/run/c", "/run/b")]
    [InlineData("", null, "/run/c", "/run/c")]
    [InlineData("a.sock", null, null, "/bundle/a.sock")]
    public void AgentIsNamedInThreePlaces(string? path, string? annotation, string? environment, string expected) =>
        SeccompAgent.Address(SpecOf(path, annotation), "/bundle", environment).Should().Be(expected);

    [Fact]
    public void MissingAgentIsAnError()
    {
        Action address = () => SeccompAgent.Address(SpecOf(null), "/bundle", null);

        address.Should().Throw<LadeException>().Which.Pointer.Should().Be(JsonPointer.Of("linux", "seccomp", "listenerPath"));
    }

    [Fact]
    public void WithoutNotifyThereIsNoAgent()
    {
        SeccompAgent.Address(SpecOf("/run/a", action: SeccompAction.Errno), "/bundle", "/run/c").Should().BeNull();
        SeccompAgent.Address(new Spec { OciVersion = "1.3.0" }, "/bundle", "/run/c").Should().BeNull();
    }

    [Fact]
    public void SendmsgIsUsedOnlyIfCertainlyAllowed()
    {
        var onlyFor1 = new SeccompArg(0, 1, 0, SeccompOperator.Equal);

        AllowsSendmsg(SeccompAction.Allow).Should().BeTrue();
        AllowsSendmsg(SeccompAction.Log, Rule(SeccompAction.Notify, "mkdir")).Should().BeTrue();
        AllowsSendmsg(SeccompAction.Errno, Rule(SeccompAction.Allow, "sendmsg")).Should().BeTrue();
        AllowsSendmsg(SeccompAction.Errno).Should().BeFalse();
        AllowsSendmsg(SeccompAction.Errno, Rule(SeccompAction.Allow, "sendmsg", onlyFor1)).Should().BeFalse();
        AllowsSendmsg(SeccompAction.Allow, Rule(SeccompAction.Notify, "sendmsg")).Should().BeFalse();
        AllowsSendmsg(SeccompAction.Allow, Rule(SeccompAction.Errno, "sendmsg", onlyFor1)).Should().BeFalse();
        AllowsSendmsg(SeccompAction.Allow, Rule(SeccompAction.Allow, "sendmsg"), Rule(SeccompAction.KillProcess, "sendmsg")).Should().BeFalse();
    }

    private static bool AllowsSendmsg(SeccompAction action, params SeccompRule[] rules) =>
        SeccompAgent.AllowsSendmsg(new SeccompSpec { DefaultAction = action, Syscalls = rules });

    private static string Json(string? metadata) =>
        Encoding.UTF8.GetString(new ContainerProcessState(new StateDocument(Samples.Minimal(), ContainerStatus.Running, 7), 9, metadata).ToJson());

    [Fact]
    public void StateHasTheDescriptorAndBothProcesses() =>
        Json("a\"b").Should().Be("""{"ociVersion":"1.3.0","fds":["seccompFd"],"pid":9,"metadata":"a\"b","state":{"ociVersion":"1.3.0","id":"c1","status":"running","pid":7,"bundle":"/b"}}""");

    [Fact]
    public void StateMetadataIsOptional() => Json(null).Should().NotContain("metadata");
}
