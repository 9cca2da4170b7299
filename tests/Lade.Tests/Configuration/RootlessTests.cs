using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

/// <summary>What an ordinary user may not ask for.</summary>
public sealed class RootlessTests
{
    [Fact]
    public void Only_mapped_ids_are_allowed()
    {
        Problems(new UserSpec(), "uid=0", "gid=3", "mode=620").Should().BeEmpty();
        Problems(new UserSpec { Uid = 1, Gid = 4 }, "gid=5", "uid=1", "uid=x").Should().Equal(
            "/process/user/uid: 1 is in no range of the container's user namespace; one that is mapped is required",
            "/process/user/gid: 4 is in no range of the container's user namespace; one that is mapped is required",
            "/mounts/0/options/0: 5 is in no range of the container's user namespace; one that is mapped is required",
            "/mounts/0/options/1: 1 is in no range of the container's user namespace; one that is mapped is required");
    }

    [Fact]
    public void Groups_cannot_be_set() =>
        Problems(new UserSpec { AdditionalGids = [0] }).Should().Equal("/process/user/additionalGids: cannot set any additional groups in a rootless container");

    private static IEnumerable<string> Problems(UserSpec user, params string[] options)
    {
        var problems = new List<ConfigProblem>();
        SpecValidator.ValidateRootless(
            new Spec
            {
                OciVersion = "1.3.0",
                Process = new ProcessSpec { Cwd = "/", Args = ["sh"], User = user },
                Mounts = [new MountSpec { Destination = "/dev/pts", Type = "devpts", Options = options }],
                Linux = new LinuxSpec
                {
                    Namespaces = [new NamespaceSpec(NamespaceType.User, null)],
                    UidMappings = [new IdMapping(0, 1000, 1)],
                    GidMappings = [new IdMapping(0, 1000, 4)],
                },
            },
            problems);
        return problems.Select(p => p.ToString());
    }
}
