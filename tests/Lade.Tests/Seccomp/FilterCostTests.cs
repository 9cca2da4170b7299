using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Seccomp;
using Xunit;

namespace Lade.Tests.Seccomp;

/// <summary>How long filters are, and how many instructions a system call costs.</summary>
public sealed class FilterCostTests(ITestOutputHelper output)
{
    public static readonly TheoryData<string> Samples = new() { "docker", "podman", "containerd" };

    [Theory]
    [MemberData(nameof(Samples))]
    public void Filters_are_shorter_and_cheaper_than_libseccomps(string sample)
    {
        Assert.SkipUnless(LibSeccomp.IsPresent, "libseccomp.so.2 is not installed");
        SeccompSpec spec = SampleProfiles.Read(sample);
        byte[] ours = SeccompCompiler.Compile(spec, SeccompArch.X86_64).Program;
        byte[] list = LibSeccomp.Compile(spec, binaryTree: false, out _)!, tree = LibSeccomp.Compile(spec, binaryTree: true, out _)!;
        double ourCost = Cost(ours, SeccompArch.X86_64), treeCost = Cost(tree, SeccompArch.X86_64), listCost = Cost(list, SeccompArch.X86_64);
        output.WriteLine($"{sample}: instructions {ours.Length / 8}, libseccomp tree {tree.Length / 8}, list {list.Length / 8}");
        output.WriteLine($"executed per call: {ourCost:f2}, libseccomp tree {treeCost:f2}, list {listCost:f2}");
        output.WriteLine($"executed per number when loaded: {Walk(ours)}, libseccomp tree {Walk(tree)}, list {Walk(list)}");
        ours.Length.Should().BeLessThan(list.Length / 2).And.BeLessThan(tree.Length / 2);
        ourCost.Should().BeLessThan(0.6 * treeCost).And.BeLessThan(0.6 * listCost);
    }

    /// <summary>The weights of common calls must be worth having: without them a balanced tree over 60 ranges takes about 6 comparisons.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public void A_call_costs_few_instructions(string sample)
    {
        byte[] program = SeccompCompiler.Compile(SampleProfiles.Read(sample), SeccompArch.X86_64).Program;
        Cost(program, SeccompArch.X86_64).Should().BeLessThan(9);
    }

    /// <summary>Since 5.11 the kernel walks a new filter once for each call and never runs it again for those it always allows, if it can follow it.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public void The_kernel_can_cache_every_call_that_is_always_allowed(string sample)
    {
        SeccompSpec spec = SampleProfiles.Read(sample);
        byte[] program = SeccompCompiler.Compile(spec, SeccompArch.X86_64).Program;
        var model = new ProfileModel(spec, SeccompArch.X86_64);
        int cached = 0;
        var args = new ulong[6];
        foreach (SeccompArch arch in (SeccompArch[])[SeccompArch.X86_64, SeccompArch.X86])
        {
            for (uint number = 0; number < 480; number++)
            {
                bool always = model.Alternatives(arch, number) == 0
                    && model.Verdict(AuditArch.Value(arch), number, args, out List<uint> _) == ActionValue.Allow;
                BpfMachine.IsCachedAllow(BpfMachine.Decode(program), AuditArch.Value(arch), number).Should().Be(always, $"{arch} {number}");
                cached += always ? 1 : 0;
            }
        }

        cached.Should().BeGreaterThan(500);
    }

    private static double Cost(byte[] program, SeccompArch arch)
    {
        long calls = 0, executed = 0;
        foreach ((string name, int count) in CallMix.Calls)
        {
            uint number = SystemCallTable.Number(arch, SystemCallTable.Numbers(arch)[SystemCallTable.IndexOf(name)]);
            BpfMachine.Run(BpfMachine.Decode(program), SeccompData.Of(AuditArch.Value(arch), number, []), out int instructions);
            calls += count;
            executed += (long)count * instructions;
        }

        return (double)executed / calls;
    }

    /// <summary>What the kernel's walk over all calls of x86_64 and x86 executes when the filter is loaded.</summary>
    private static long Walk(byte[] program)
    {
        long executed = 0;
        foreach (SeccompArch arch in (SeccompArch[])[SeccompArch.X86_64, SeccompArch.X86])
        {
            for (uint number = 0; number < 470; number++)
            {
                BpfMachine.Run(BpfMachine.Decode(program), SeccompData.Of(AuditArch.Value(arch), number, []), out int instructions);
                executed += instructions;
            }
        }

        return executed;
    }
}
