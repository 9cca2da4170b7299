using System;
using System.Collections.Generic;
using FluentAssertions;
using Lade.Cgroups.Controllers;
using Xunit;

namespace Lade.Tests.Cgroups;

public sealed class DeviceProgramTests
{
    public static TheoryData<string> RuleSets
    {
        get
        {
            TheoryData<string> all = DeviceRuleSets.All;
            // Not possible on v1.
            all.Add("-a; +c 4:* rw; -c 4:1 rw");
            all.Add("+a; -c 1:* rwm");
            all.Add("+c 4000000000:1 r");
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(RuleSets))]
    public void Implements_the_policy(string rules)
    {
        DevicePolicy policy = DeviceRuleSets.Policy(rules);
        IReadOnlyList<ulong> program = DeviceProgram.Generate(policy);

        foreach ((char type, uint major, uint minor) in DeviceRuleSets.Devices())
        {
            for (int access = 1; access <= 7; access++)
                Run(program, type, major, minor, access).Should().Be(policy.Allows(type, major, minor, (DeviceAccess)access), $"{type} {major}:{minor} {access}");
        }
    }

    [Fact]
    public void Large_numbers_are_compared_as_unsigned_words() =>
        Run(DeviceProgram.Generate(DeviceRuleSets.Policy("+c 4000000000:1 r")), 'c', 4000000000, 1, 2).Should().BeTrue();

    [Theory]
    [MemberData(nameof(RuleSets))]
    public void Has_no_unreachable_instruction(string rules)
    {
        IReadOnlyList<ulong> program = DeviceProgram.Generate(DeviceRuleSets.Policy(rules));
        var reached = new bool[program.Count];
        var open = new Stack<int>([0]);
        while (open.TryPop(out int at))
        {
            if (reached[at])
                continue;
            reached[at] = true;
            var (code, _, _, offset, _) = Decode(program[at]);
            if (code is 0x56 or 0x46 or 0x05)
                open.Push(at + 1 + offset);
            if (code is not (0x05 or 0x95))
                open.Push(at + 1);
        }

        reached.Should().OnlyContain(r => r);
    }

    /// <summary>An interpreter for the instructions that the generator uses, all of which have 32-bit operands.</summary>
    private static bool Run(IReadOnlyList<ulong> program, char type, uint major, uint minor, int access)
    {
        uint[] context = [(uint)access << 16 | (type == 'b' ? 1u : 2u), major, minor];
        var r = new uint[11];
        int at = 0;
        for (int steps = 0; steps < 10_000; steps++)
        {
            var (code, destination, source, offset, immediate) = Decode(program[at++]);
            switch (code)
            {
                case 0x61: r[destination] = source == 1 ? context[offset / 4] : throw new InvalidOperationException("load not from the context"); break;
                case 0x54: r[destination] &= (uint)immediate; break;
                case 0x74: r[destination] >>= immediate; break;
                case 0xb4: r[destination] = (uint)immediate; break;
                case 0xbc: r[destination] = r[source]; break;
                case 0x56: at += r[destination] != (uint)immediate ? offset : 0; break;
                case 0x46: at += (r[destination] & (uint)immediate) != 0 ? offset : 0; break;
                case 0x05: at += offset; break;
                case 0x95: return r[0] == 1;
                default: throw new InvalidOperationException($"unknown instruction {code:x}");
            }
        }

        throw new InvalidOperationException("the program does not end");
    }

    private static (byte Code, int Destination, int Source, short Offset, int Immediate) Decode(ulong i) =>
        ((byte)i, (int)(i >> 8 & 15), (int)(i >> 12 & 15), (short)(i >> 16), (int)(i >> 32));
}
