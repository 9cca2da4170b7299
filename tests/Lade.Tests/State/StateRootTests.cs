using System.IO;
using System.Text;
using FluentAssertions;
using Lade.Linux;
using Lade.State;
using Xunit;

namespace Lade.Tests.State;

public sealed class StateRootTests
{
    [Theory]
    [InlineData(0u, false, null, null, "/run/lade", false)]
    [InlineData(0u, false, null, "/run/user/0", "/run/lade", false)]
    [InlineData(0u, true, null, "/run/user/1000", "/run/user/1000/lade", true)]
    [InlineData(0u, true, "ada", "/run/user/1000", "/run/user/1000/lade", true)]
    [InlineData(0u, true, "root", "/run/user/0", "/run/lade", false)]
    [InlineData(0u, true, "ada", null, "/run/lade", false)]
    [InlineData(1000u, false, "ada", "/run/user/1000/", "/run/user/1000/lade", true)]
    [InlineData(1000u, true, "root", "/run/user/1000", "/run/user/1000/lade", true)]
    [InlineData(1000u, false, "ada", "", "/run/lade", false)]
    public void Has_a_default(uint uid, bool inUserNamespace, string? user, string? xdg, string path, bool sticky) =>
        StateRoot.Default(new StateRootFacts { EffectiveUid = uid, InUserNamespace = inUserNamespace, User = user, XdgRuntimeDirectory = xdg })
            .Should().Be(new StateRoot(path, false, sticky));

    [Theory]
    [InlineData("/r", "/r")]
    [InlineData("/r/", "/r")]
    [InlineData("r", "/w/r")]
    [InlineData("../r", "/r")]
    public void The_option_is_made_absolute(string option, string path) => StateRoot.FromOption(Paths.Absolute(option, "/w")).Should().Be(new StateRoot(path, true, false));

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/x/..")]
    [InlineData("..")]
    public void Must_not_be_the_root_directory(string option) =>
        FluentActions.Invoking(() => StateRoot.FromOption(Paths.Absolute(option, "/w"))).Should().Throw<LadeException>().WithMessage("Option --root argument should not be set to /");

    [Theory]
    [InlineData("         0          0 4294967295\n", true)]
    [InlineData("         0       1000          1\n", false)]
    [InlineData("         0     100000      65536\n     65536          1          1\n", false)]
    [InlineData("", false)]
    public void Recognizes_the_initial_user_namespace(string uidMap, bool initial) => StateRootFacts.MapsEveryId(Encoding.ASCII.GetBytes(uidMap)).Should().Be(initial);

    [Fact]
    public void Is_created_for_its_owner_only()
    {
        using var temporary = new TemporaryDirectory();
        new StateRoot(temporary.Path + "/a/b", true, false).Prepare();
        new StateRoot(temporary.Path + "/a/b", true, false).Prepare();
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        File.GetUnixFileMode(temporary.Path + "/a/b").Should().Be(Owner);

        new StateRoot(temporary.Path + "/sticky", false, true).Prepare();
        File.GetUnixFileMode(temporary.Path + "/sticky").Should().Be(Owner | UnixFileMode.StickyBit);
    }
}
