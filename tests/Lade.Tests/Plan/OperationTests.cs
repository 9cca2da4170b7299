using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text.Json;
using FluentAssertions;
using Lade.Plan;
using Xunit;

namespace Lade.Tests.Plan;

/// <summary>Rules for every kind of operation, including future ones.</summary>
public sealed class OperationTests
{
    /// <summary>Properties never printed, because they may be secret.</summary>
    private static readonly string[] s_unprinted = ["FindExecutable.Env", "JoinSessionKeyring.Name", "RunHook.Env", "SetHookState.Head", "SetHookState.Tail"];

    public static IEnumerable<object[]> Kinds() => OperationSamples.Kinds.Select(kind => new object[] { kind.Name });

    [Fact]
    public void EveryKindHasOneSample() => OperationSamples.All.Select(o => o.GetType()).Should().BeEquivalentTo(OperationSamples.Kinds);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void SampleHasNoDefaults(string kind)
    {
        Operation sample = Sample(kind);

        foreach (PropertyInfo property in Properties(sample))
            IsDefault(property.GetValue(sample)).Should().BeFalse(property.Name);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EncodingMatchesTheCStructure(string kind)
    {
        EncodedOperation encoded = new EncodedPlan([Sample(kind)]).Operation(0);

        encoded.Name.Replace("_", "", StringComparison.Ordinal).Should().BeEquivalentTo(kind);
        encoded.Flags.Should().Equal(encoded.Structure.Flags, "the sample has all of them");
        encoded.Structure.Arguments.Where(name => encoded[name] == 0).Should().BeEmpty("the sample has all of them");
    }

    [Fact]
    public void CHasTheSameOperations() =>
        OperationsHeader.Operations.Values.Select(operation => operation.Name.Replace("_", "", StringComparison.Ordinal))
            .Should().BeEquivalentTo(OperationSamples.Kinds.Select(kind => kind.Name.ToLowerInvariant()));

    [Fact]
    public void OpcodesAreUnique() =>
        OperationSamples.All.Select(operation => new EncodedPlan([operation]).Operation(0).Structure.Code).Should().OnlyHaveUniqueItems();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void DescriptionHasTheStyleOfErrors(string kind) =>
        Sample(kind).Description.Should().MatchRegex(@"^[a-z](.*[^.\s])?$").And.NotContain("hunter2");

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryPropertyIsPrinted(string kind)
    {
        Operation sample = Sample(kind);
        List<string> properties = Properties(sample).Select(property => property.Name).Where(name => !s_unprinted.Contains(kind + "." + name)).ToList();
        if (kind == nameof(LoadSeccomp))
            properties[properties.IndexOf("Program")] = "Instructions";
        if (kind == nameof(RunHook))
            properties[properties.IndexOf("Confinement")] = "Confined";

        string json = PlanPrinter.Json(new ContainerPlan { StartFlags = CloneFlags.None, Operations = [sample] });
        using JsonDocument document = JsonDocument.Parse(json);
        document.RootElement.GetProperty("operations")[0].GetProperty("arguments").EnumerateObject().Select(argument => argument.Name)
            .Should().BeEquivalentTo(properties.Select(CamelCase));
    }

    [Fact]
    public void FiltersAreComparedByContent()
    {
        var filter = new LoadSeccomp(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 1);

        filter.Should().Be(new LoadSeccomp(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 1));
        filter.Should().NotBe(new LoadSeccomp(new byte[] { 1, 2, 3, 4, 5, 6, 7, 9 }, 1));
        filter.Should().NotBe(filter with { Flags = 2 });
        filter.Should().NotBe(filter with { IsEarly = true });
        filter.GetHashCode().Should().Be((filter with { }).GetHashCode());
    }

    private static Operation Sample(string kind) => OperationSamples.All.Single(operation => operation.GetType().Name == kind);

    private static IEnumerable<PropertyInfo> Properties(Operation operation) =>
        operation.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite && property.Name != "Origin");

    private static bool IsDefault(object? value) => value switch
    {
        null => true,
        string text => text.Length == 0,
        System.Collections.ICollection list => list.Count == 0,
        ValueType number => number.Equals(Activator.CreateInstance(number.GetType())),
        _ => false,
    };

    private static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
