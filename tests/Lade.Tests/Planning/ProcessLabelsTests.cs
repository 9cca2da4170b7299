using System;
using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Plan;
using Lade.Planning;
using Xunit;

namespace Lade.Tests.Planning;

public sealed class ProcessLabelsTests
{
    private static LabelSupport Host(bool appArmor = false, bool selinux = false) => new(appArmor, selinux);

    private static ProcessSpec Process(string? profile = null, string? label = null) =>
        new() { Cwd = "/", Args = ["true"], ApparmorProfile = profile, SelinuxLabel = label };

    [Fact]
    public void LabelsAreSetForExecve() =>
        ProcessLabels.Plan(Process("ship", "u:r:t:s0"), Host(appArmor: true, selinux: true)).Should().Equal(
            new SetExecLabel(SecurityModule.AppArmor, "ship") { Origin = JsonPointer.Of("process", "apparmorProfile") },
            new SetExecLabel(SecurityModule.Selinux, "u:r:t:s0") { Origin = JsonPointer.Of("process", "selinuxLabel") });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void NothingWithoutLabels(string? name)
    {
        ProcessLabels.Plan(Process(name, name), Host(true, true)).Should().BeEmpty();
        ProcessLabels.Warning(Process(name, name), Host()).Should().BeNull();
    }

    [Fact]
    public void ProfileWithoutAppArmorIsAWarning()
    {
        ProcessLabels.Plan(Process("ship"), Host()).Should().BeEmpty();
        ProcessLabels.Warning(Process("ship"), Host()).Should().StartWith("/process/apparmorProfile: profile 'ship' is not applied");
        ProcessLabels.Warning(Process("unconfined"), Host()).Should().BeNull();
        ProcessLabels.Warning(Process("ship"), Host(appArmor: true)).Should().BeNull();
    }

    [Fact]
    public void LabelWithoutSelinuxIsAnError()
    {
        Func<List<Operation>> plan = () => [.. ProcessLabels.Plan(Process(label: "u:r:t:s0"), Host(appArmor: true))];

        plan.Should().Throw<LadeException>().Which.Description.Should().Be("/process/selinuxLabel: selinux label is specified in config, but selinux is disabled or not supported");
    }
}
