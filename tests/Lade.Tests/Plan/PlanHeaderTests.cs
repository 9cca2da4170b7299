using System;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Plan;
using Lade.Tests.Init;
using Xunit;

namespace Lade.Tests.Plan;

/// <summary>native/init/plan.h and PlanFormat.cs define the same format: names, numbers, layout.</summary>
public sealed class PlanHeaderTests
{
    private const string Path = "native/init/plan.h";

    private static readonly CHeader s_header = new(Path);

    /// <summary>C# constants by their C names, without <c>LADE_</c>.</summary>
    private static readonly (string Prefix, IReadOnlyList<(string Name, ulong Value)> Constants)[] s_groups =
    [
        ("STAGE_", Values<Stage>()),
        ("MSG_", Values<MessageKind>()),
        ("FD_", Values<SentFd>()),
        ("SYNC_", Values<SyncPoint>()),
        ("",
        [
            ("PLAN_MAGIC", PlanFormat.Magic), ("PLAN_VERSION", PlanFormat.Version), ("MAX_SLOTS", PlanFormat.MaxSlots), ("MAX_TEXT", PlanFormat.MaxText),
            ("SLOT_ROOT", PlanFormat.SlotRoot), ("SLOT_NULL", PlanFormat.SlotNull), ("SLOT_EMPTY", PlanFormat.SlotEmpty), ("SLOT_NODES", PlanFormat.SlotNodes),
            ("FIRST_SLOT", PlanFormat.FirstSlot), ("NO_SLOT", PlanFormat.NoSlot), ("COMMAND_GO", PlanFormat.CommandGo), ("COMMAND_NAMESPACES", PlanFormat.CommandNamespaces),
        ]),
    ];

    [Fact]
    public void BothHaveTheSameNames()
    {
        IEnumerable<string> ours = s_groups.SelectMany(group => group.Constants.Select(constant => CHeader.Plain("LADE_" + group.Prefix + constant.Name)));

        s_header.Constants("LADE_").Select(CHeader.Plain).Should().BeEquivalentTo(ours);
    }

    [Fact]
    public void BothHaveTheSameNumbersAndLayout() =>
        CCompiler.Failures("#include \"init/plan.h\"", Constants().Concat(Layout())).Should().BeEmpty();

    [Fact]
    public void TheCheckFindsDifferences()
    {
        CFact[] wrong =
        [
            CFact.IsEqual("LADE_MSG_PID", 6), CFact.HasSize("struct lade_op", 48), CFact.HasOffset("struct lade_op", "flags", 2), CFact.IsEqual("LADE_NOT_THERE", 1),
        ];

        CCompiler.Failures("#include \"init/plan.h\"", wrong).Should().HaveCountGreaterThanOrEqualTo(wrong.Length)
            .And.Contain(line => line.Contains("LADE_MSG_PID is 6 in C#")).And.Contain(line => line.Contains("LADE_NOT_THERE"));
    }

    [Theory]
    [InlineData("lade_plan")]
    [InlineData("lade_op")]
    [InlineData("lade_message")]
    public void BothHaveTheSameMembers(string structure) => s_header.Members(structure).Should().Equal(OffsetsOf(structure).Keys);

    private static IEnumerable<CFact> Constants()
    {
        // Constants are looked up in the header by their plain form; BothHaveTheSameNames fails for missing ones.
        ILookup<string, string> names = s_header.Constants("LADE_").ToLookup(CHeader.Plain);
        return s_groups.SelectMany(group => group.Constants.SelectMany(constant =>
            names[CHeader.Plain("LADE_" + group.Prefix + constant.Name)].Select(name => CFact.IsEqual(name, constant.Value))));
    }

    private static IEnumerable<CFact> Layout()
    {
        yield return CFact.HasSize("struct lade_plan", PlanFormat.HeaderSize);
        yield return CFact.HasSize("struct lade_op", PlanFormat.OperationHeadSize);
        yield return CFact.HasSize("struct lade_message", PlanFormat.MessageSize);
        foreach (string structure in new[] { "lade_plan", "lade_op", "lade_message" })
        {
            foreach ((string member, int offset) in OffsetsOf(structure))
                yield return CFact.HasOffset("struct " + structure, member, offset);
        }
    }

    private static IReadOnlyDictionary<string, int> OffsetsOf(string structure) => structure switch
    {
        "lade_plan" => EncodedPlan.Header,
        "lade_op" => EncodedPlan.Head,
        _ => EncodedMessage.Layout,
    };

    private static List<(string Name, ulong Value)> Values<T>()
        where T : struct, Enum => Enum.GetValues<T>().Select(value => (value.ToString(), Convert.ToUInt64(value))).ToList();
}
