using System.Text;
using FluentAssertions;
using Lade.Seccomp;
using Lade.State;
using Lade.Tests.State;
using Xunit;

namespace Lade.Tests.Seccomp;

public sealed class ContainerProcessStateTests
{
    private static string Json(string? metadata) =>
        Encoding.UTF8.GetString(new ContainerProcessState(new StateDocument(Samples.Minimal(), ContainerStatus.Running, 7), 9, metadata).ToJson());

    [Fact]
    public void HasTheDescriptorAndBothProcesses() =>
        Json("a\"b").Should().Be("""{"ociVersion":"1.3.0","fds":["seccompFd"],"pid":9,"metadata":"a\"b","state":{"ociVersion":"1.3.0","id":"c1","status":"running","pid":7,"bundle":"/b"}}""");

    [Fact]
    public void MetadataIsOptional() => Json(null).Should().NotContain("metadata");
}
