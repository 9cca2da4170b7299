using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Seccomp;
using Xunit;

namespace Lade.Tests.Seccomp;

/// <summary>Size of filters, and the number of instructions per system call.</summary>
public sealed class FilterCostTests(ITestOutputHelper output)
{
    public static readonly TheoryData<string> Samples = new() { "docker", "podman", "containerd" };

    [Theory]
    [MemberData(nameof(Samples))]
    public void FiltersAreShorterAndCheaperThanLibseccomps(string sample)
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

    /// <summary>Common calls have to benefit from their weights: a balanced tree over 60 ranges takes about 6 comparisons.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public void CallsCostFewInstructions(string sample)
    {
        byte[] program = SeccompCompiler.Compile(SampleProfiles.Read(sample), SeccompArch.X86_64).Program;
        Cost(program, SeccompArch.X86_64).Should().BeLessThan(9);
    }

    /// <summary>Since 5.11 the kernel evaluates a new filter once for each call and skips it for those always allowed, if it can follow the filter.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public void KernelCanCacheEveryCallThatIsAlwaysAllowed(string sample)
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

    /// <summary>Instructions executed by the kernel's evaluation of all x86_64 and x86 calls when the filter is loaded.</summary>
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
