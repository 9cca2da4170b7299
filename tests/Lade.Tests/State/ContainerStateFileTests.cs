using System.Buffers;
using System.Text;
using FluentAssertions;
using Lade.State;
using Xunit;

namespace Lade.Tests.State;

public sealed class ContainerStateFileTests
{
    [Fact]
    public void Stores_everything()
    {
        RoundTrip(Samples.Full).Should().BeEquivalentTo(Samples.Full);
        RoundTrip(Samples.Minimal()).Should().BeEquivalentTo(Samples.Minimal());
        RoundTrip(Samples.Full).Annotations.Keys.Should().Equal("b", "a", "empty");
    }

    [Theory]
    [InlineData(ContainerPhase.Creating, HookKinds.None)]
    [InlineData(ContainerPhase.Created, HookKinds.CreateRuntime)]
    [InlineData(ContainerPhase.Started, HookKinds.CreateContainer | HookKinds.StartContainer)]
    [InlineData(ContainerPhase.Started, HookKinds.Poststart)]
    internal void Stores_phase_and_hooks(ContainerPhase phase, HookKinds hooks)
    {
        ContainerState state = RoundTrip(Samples.Minimal() with { Phase = phase, Hooks = hooks });

        (state.Phase, state.Hooks).Should().Be((phase, hooks));
    }

    /// <summary>An older version named it after the id and did not record it; `exec` has to find the same keyring.</summary>
    [Fact]
    public void A_state_of_an_older_version_does_not_name_its_keyring()
    {
        string json = Json(Samples.Minimal());
        json.Should().NotContain("keyring");
        Read(json).KeyringName.Should().Be("_ses.c1");
    }

    [Fact]
    public void The_keyring_is_the_recorded_one()
    {
        RoundTrip(Samples.Minimal() with { Keyring = "_ses.c1.x" }).KeyringName.Should().Be("_ses.c1.x");
        RoundTrip(Samples.Minimal() with { NoNewKeyring = true }).KeyringName.Should().BeNull();
        RoundTrip(Samples.Minimal() with { NoNewKeyring = true, Keyring = "_ses.c1.x" }).KeyringName.Should().BeNull();
    }

    [Fact]
    public void Ignores_properties_of_newer_versions()
    {
        string json = Json(Samples.Full).Replace("\"hooks\":[", "\"later\":{\"x\":[1,null]},\"hooks\":[\"postlater\",").Replace("\"directories\"", "\"more\":1,\"directories\"");
        Read(json).Should().BeEquivalentTo(Samples.Full);
    }

    [Theory]
    [InlineData("", "/r/c1/state.json is damaged: not JSON at line 1, byte 1")]
    [InlineData("{", "/r/c1/state.json is damaged: not JSON at line 1, byte 2")]
    [InlineData("[]", "/r/c1/state.json is damaged: a value has the wrong type")]
    [InlineData("{}", "/r/c1/state.json is damaged: property \"annotations\" is missing")]
    public void Reports_what_is_damaged(string json, string message) =>
        FluentActions.Invoking(() => Read(json)).Should().Throw<LadeException>().WithMessage(message);

    [Theory]
    [InlineData("\"id\":\"c1\"", "\"id\":\"../c1\"")]
    [InlineData("\"id\":\"c1\"", "\"id\":null")]
    [InlineData("\"id\":\"c1\"", "\"id\":1")]
    [InlineData("\"phase\":\"started\"", "\"phase\":\"dancing\"")]
    [InlineData("\"pid\":4242", "\"pid\":\"4242\"")]
    [InlineData("\"keyring\":\"_ses.c1.0123456789abcdef\"", "\"keyring\":1")]
    [InlineData("\"pid\":4242", "\"pid\":99999999999")]
    [InlineData("\"ownPidNamespace\":true", "\"ownPidNamespace\":\"yes\"")]
    [InlineData("\"created\":\"2026", "\"created\":\"x2026")]
    [InlineData("\"directories\":[", "\"directories\":[null,")]
    [InlineData("\"directories\":[", "\"directories\":[{},")]
    public void Refuses_wrong_values(string right, string wrong)
    {
        string json = Json(Samples.Full);
        json.Should().Contain(right);
        FluentActions.Invoking(() => Read(json.Replace(right, wrong))).Should().Throw<LadeException>().WithMessage("/r/c1/state.json is damaged: *");
    }

    private static ContainerState RoundTrip(ContainerState state) => Read(Json(state));

    private static ContainerState Read(string json) => ContainerStateFile.Read(Encoding.UTF8.GetBytes(json), "/r/c1/state.json");

    private static string Json(ContainerState state)
    {
        var output = new ArrayBufferWriter<byte>();
        ContainerStateFile.Write(output, state);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
