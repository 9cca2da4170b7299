using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Lade.Tests.Architecture;

/// <summary>Conventions that no analyzer checks. Each list of exceptions only gets shorter: one that is no longer needed fails the test too.</summary>
public sealed class StyleRulesTests
{
    private const int MaxLineLength = 180;

    private static readonly string[] s_longLines =
    [
        "Cgroups/CgroupProcesses.cs",
        "Cgroups/Controllers/SettingFiles.cs",
        "Cgroups/LimitWriter.cs",
        "Cgroups/V1/V1Statistics.cs",
        "Cgroups/V2/V2Cgroup.cs",
        "Cgroups/V2/V2Controllers.cs",
        "Cgroups/V2/V2Statistics.cs",
        "Configuration/DefaultSpec.cs",
        "Configuration/LinuxSpec.cs",
        "Configuration/SpecWarnings.cs",
        "DBus/ByteEscaping.cs",
        "Init/InitFailure.cs",
        "Init/InitProcess.cs",
        "InitSystem/ServiceEnvironment.cs",
        "Plan/ProcessOperations.cs",
        "Planning/DeviceNodes.cs",
        "Planning/JoinPlan.cs",
        "Planning/NamespacePlan.cs",
        "Planning/ProcessPlan.cs",
        "Planning/SubordinateIds.cs",
        "Resctrl/ResctrlFileSystem.cs",
        "Resctrl/ResctrlStatistics.cs",
        "Seccomp/ContainerFilter.cs",
        "Seccomp/EarlyFilter.cs",
    ];

    /// <summary>Catching is for rolling back, for what may fail without consequence, and for the top.</summary>
    private static readonly string[] s_catches =
    [
        "Cgroups/OomWatch.cs",
        "Cgroups/Systemd/ExistingUnit.cs",
        "Cgroups/Systemd/UnitAnnotations.cs",
        "Cgroups/V1/V1Cgroup.cs",
        "Cli/ListCommand.cs",
        "Cli/SelectedContainers.cs",
        "Commands/Start.cs",
        "Commands/Update.cs",
        "Configuration/JsonText.cs",
        "DBus/GVariantText.cs",
        "Hooks/HostHooks.cs",
        "Lifecycle/ContainerBuilder.cs",
        "Lifecycle/JoiningProcess.cs",
        "Lifecycle/ProcessHandles.cs",
        "Lifecycle/Rollback.cs",
        "Linux/Files.cs",
        "Linux/ProcStat.cs",
        "Network/NetDevices.cs",
        "Program.cs",
        "Resctrl/ResctrlGroup.cs",
        "State/ContainerStateFile.cs",
    ];

    /// <summary>Classes whose tests still have names like methods.</summary>
    private static readonly string[] s_camelCase =
    [
        "tests/Lade.Tests/Architecture/DocumentationTests.cs",
        "tests/Lade.Tests/Configuration/BrokenConfigTests.cs",
        "tests/Lade.Tests/Configuration/ConfigSchemaTests.cs",
        "tests/Lade.Tests/Configuration/DefaultSpecTests.cs",
        "tests/Lade.Tests/Configuration/FullConfigTests.cs",
        "tests/Lade.Tests/Configuration/IdMapOptionTests.cs",
        "tests/Lade.Tests/Configuration/JsonEscapingTests.cs",
        "tests/Lade.Tests/Configuration/JsonPointerTests.cs",
        "tests/Lade.Tests/Configuration/JsonTextTests.cs",
        "tests/Lade.Tests/Configuration/MountDocumentTests.cs",
        "tests/Lade.Tests/Configuration/MutatedConfigTests.cs",
        "tests/Lade.Tests/Configuration/RootlessTests.cs",
        "tests/Lade.Tests/Configuration/RunOciAnnotationsTests.cs",
        "tests/Lade.Tests/Configuration/SmallPartsTests.cs",
        "tests/Lade.Tests/Configuration/ValidConfigTests.cs",
        "tests/Lade.Tests/Init/InitFailureTests.cs",
        "tests/Lade.Tests/Init/InitMessageTests.cs",
        "tests/Lade.Tests/Plan/ContainerPlanTests.cs",
        "tests/Lade.Tests/Plan/OperationTests.cs",
        "tests/Lade.Tests/Plan/PlanEncoderTests.cs",
        "tests/Lade.Tests/Plan/PlanHeaderTests.cs",
        "tests/Lade.Tests/Plan/PlanPrinterTests.cs",
        "tests/Lade.Tests/Plan/PlanWriterTests.cs",
        "tests/Lade.Tests/Planning/AutomaticUserNamespaceTests.cs",
        "tests/Lade.Tests/Planning/CapabilitySetsTests.cs",
        "tests/Lade.Tests/Planning/ContainerHooksTests.cs",
        "tests/Lade.Tests/Planning/DeviceNodesTests.cs",
        "tests/Lade.Tests/Planning/ExecOrderTests.cs",
        "tests/Lade.Tests/Planning/ExecProcessTests.cs",
        "tests/Lade.Tests/Planning/IdMapsTests.cs",
        "tests/Lade.Tests/Planning/JoinPlanTests.cs",
        "tests/Lade.Tests/Planning/MountChangesTests.cs",
        "tests/Lade.Tests/Planning/NamespacePlanTests.cs",
        "tests/Lade.Tests/Planning/PlanOrderTests.cs",
        "tests/Lade.Tests/Planning/ProcessEnvironmentTests.cs",
        "tests/Lade.Tests/Planning/ProcessPlanTests.cs",
        "tests/Lade.Tests/Planning/RightsTests.cs",
        "tests/Lade.Tests/Planning/SchedulingPlanTests.cs",
        "tests/Lade.Tests/Planning/SysctlsTests.cs",
        "tests/Lade.Tests/Rootfs/CgroupMountPlanTests.cs",
        "tests/Lade.Tests/Rootfs/HiddenPathsTests.cs",
        "tests/Lade.Tests/Rootfs/IdMappedMountsTests.cs",
        "tests/Lade.Tests/Rootfs/MountOptionsTests.cs",
        "tests/Lade.Tests/Rootfs/MountsTests.cs",
        "tests/Lade.Tests/Rootfs/RootFilesystemTests.cs",
        "tests/Lade.Tests/Seccomp/EarlyFilterTests.cs",
        "tests/Lade.Tests/Seccomp/FilterTrialTests.cs",
    ];

    [Fact]
    public void Lines_are_short() =>
        Repository.Sources("src/Lade").Where(path => File.ReadLines(Repository.PathOf("src/Lade/" + path)).Any(line => line.Length > MaxLineLength)).Should().BeEquivalentTo(s_longLines);

    [Fact]
    public void Catch_blocks_are_listed() =>
        Repository.Sources("src/Lade").Where(path => Regex.IsMatch(SourceText.CodeOf(Repository.Read("src/Lade/" + path)), @"\bcatch\b")).Should().BeEquivalentTo(s_catches);

    /// <summary>Test names are words, <c>Reads_every_byte</c>.</summary>
    [Fact]
    public void Test_names_are_words() =>
        new[] { "tests/Lade.Tests", "tests/Lade.IntegrationTests" }.SelectMany(TestsIn)
            .Where(test => Regex.IsMatch(test.Name, "^[A-Z][a-z]+[A-Z][^_]*$")).Select(test => test.File).Distinct().Should().BeEquivalentTo(s_camelCase);

    private static IEnumerable<(string File, string Name)> TestsIn(string directory) =>
        from path in Repository.Sources(directory)
        from match in Regex.Matches(Repository.Read(directory + "/" + path), @"^    \[\w*(?:Fact|Theory)\b.*\n(?:    \[.*\n|        .*\n|    \]\n)*    (?:public|internal) [\w ]*?(\w+)\(", RegexOptions.Multiline)
        select (directory + "/" + path, match.Groups[1].Value);
}
