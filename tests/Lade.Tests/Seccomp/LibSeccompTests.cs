using System;
using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Seccomp;
using Xunit;

namespace Lade.Tests.Seccomp;

/// <summary>Compares our filters with those of libseccomp, built as in runc, and both with <see cref="ProfileModel"/>.</summary>
public sealed class LibSeccompTests(ITestOutputHelper output)
{
    private const string Missing = "libseccomp.so.2 is not installed";

    private static readonly SeccompArch[] Archs = KnownArchs();

    [Theory]
    [InlineData("docker")]
    [InlineData("podman")]
    [InlineData("containerd")]
    public void EnginesProfilesHaveTheSameVerdicts(string sample)
    {
        Assert.SkipUnless(LibSeccomp.IsPresent, Missing);
        var comparison = new Comparison(SampleProfiles.Read(sample), "sample " + sample);
        comparison.Run(new RandomProfiles(1), Enum.GetValues<SeccompArch>(), rounds: 4, roundsWithConditions: 2000);
        comparison.Refused.Should().BeEmpty();
        comparison.Different.Should().Be(0, comparison.First);
        output.WriteLine($"{comparison.Compared} verdicts, {comparison.Instructions} instructions, libseccomp {comparison.TheirInstructions}");
    }

    /// <summary>
    /// Ours must always agree with the model of the spec. libseccomp 2.5 has bugs (code shared between architectures may lose its load of the number, and it
    /// does not always try a call's next rule), so it may differ in a few profiles and a few verdicts.
    /// </summary>
    [Theory]
    [InlineData("at most one rule with conditions per call", 250, 0.02, 0.0001)]
    [InlineData("several rules with one action", 150, 0.15, 0.003)]
    [InlineData("several rules with several actions", 150, 0.15, 0.003)]
    public void RandomProfilesHaveTheSameVerdicts(string kind, int profiles, double toleratedProfiles, double toleratedVerdicts)
    {
        Assert.SkipUnless(LibSeccomp.IsPresent, Missing);
        string[] names = Names();
        long compared = 0, different = 0;
        int refused = 0, differing = 0;
        string first = "";
        for (int seed = 0; seed < profiles; seed++)
        {
            var random = new RandomProfiles(seed);
            SeccompSpec spec = kind.StartsWith("at most", StringComparison.Ordinal)
                ? random.NextPlain(names, Archs)
                : random.Next(names, Archs, oneAction: kind.EndsWith("one action", StringComparison.Ordinal));
            var comparison = new Comparison(spec, "seed " + seed);
            comparison.Run(random, [.. spec.Architectures, SeccompArch.X86_64, SeccompArch.S390], rounds: 1, roundsWithConditions: 40);
            compared += comparison.Compared;
            different += comparison.Different;
            differing += comparison.Different > 0 ? 1 : 0;
            refused += comparison.Refused.Length > 0 ? 1 : 0;
            first = first.Length == 0 ? comparison.First : first;
        }

        output.WriteLine($"{profiles} profiles, {refused} refused by libseccomp");
        output.WriteLine($"{compared} verdicts, {different} in {differing} profiles differ; first: {first}");
        compared.Should().BeGreaterThan(100_000);
        differing.Should().BeLessThanOrEqualTo((int)(profiles * toleratedProfiles), first);
        different.Should().BeLessThanOrEqualTo((long)(compared * toleratedVerdicts), first);
    }

    [Fact]
    public void TablesHaveLibseccompsNumbers()
    {
        Assert.SkipUnless(LibSeccomp.IsPresent, Missing);
        int compared = 0;
        for (int index = 0; index < SystemCallTable.Count; index++)
        {
            string name = SystemCallTable.NameAt(index);
            foreach (SeccompArch arch in Archs)
            {
                int theirs = LibSeccomp.Resolve(arch, name), ours = SystemCallTable.Numbers(arch)[index];
                if (theirs < 0)
                    continue;
                ours.Should().BeGreaterThanOrEqualTo(0, $"{name} exists on {arch}");
                SystemCallTable.Number(arch, ours).Should().Be((uint)theirs, $"{name} on {arch}");
                compared++;
            }
        }

        compared.Should().BeGreaterThan(2000);
    }

    private static SeccompArch[] KnownArchs()
    {
        var known = new List<SeccompArch>();
        foreach (SeccompArch arch in Enum.GetValues<SeccompArch>())
        {
            if (LibSeccomp.IsPresent && LibSeccomp.Knows(arch))
                known.Add(arch);
        }

        return [.. known];
    }

    /// <summary>Names known to libseccomp, except for one whose internal number is that of switch_endian.</summary>
    private static string[] Names()
    {
        var names = new List<string>();
        for (int i = 0; i < SystemCallTable.Count; i++)
        {
            string name = SystemCallTable.NameAt(i);
            if (name != "sys_debug_setcontext" && LibSeccomp.Resolve(SeccompArch.X86_64, name) != LibSeccomp.UnknownCall)
                names.Add(name);
        }

        return [.. names];
    }

    private sealed class Comparison(SeccompSpec spec, string name)
    {
        public string Refused { get; private set; } = "";

        public long Compared { get; private set; }

        public long Different { get; private set; }

        /// <summary>The first difference, for messages.</summary>
        public string First { get; private set; } = "";

        public int Instructions { get; private set; }

        public int TheirInstructions { get; private set; }

        public void Run(RandomProfiles random, SeccompArch[] archs, int rounds, int roundsWithConditions)
        {
            ReadOnlySpan<BpfInstruction> ours = BpfMachine.Decode(SeccompCompiler.Compile(spec, SeccompArch.X86_64, newerIsUnknown: false).Program);
            BpfMachine.Check(ours).Should().BeNull(name);
            byte[]? program = LibSeccomp.Compile(spec, spec.Syscalls.Count > 8, out string refused);
            Refused = refused;
            if (program is null)
                return;
            ReadOnlySpan<BpfInstruction> theirs = BpfMachine.Decode(program);
            Instructions = ours.Length;
            TheirInstructions = theirs.Length;
            var model = new ProfileModel(spec, SeccompArch.X86_64);
            Span<ulong> args = stackalloc ulong[6];
            foreach (SeccompArch arch in new HashSet<SeccompArch>(archs))
            {
                foreach (uint number in Numbers(arch))
                {
                    int alternatives = model.TryArch(AuditArch.Value(arch), number, out SeccompArch real) ? model.Alternatives(real, number) : 0;
                    for (int i = alternatives > 0 ? roundsWithConditions : rounds; i > 0; i--)
                    {
                        random.NextArgs(spec, args);
                        Compare(model, ours, theirs, SeccompData.Of(AuditArch.Value(arch), number, args), args);
                    }
                }
            }
        }

        private static IEnumerable<uint> Numbers(SeccompArch arch)
        {
            for (uint i = 0; i <= 600; i++)
                yield return AuditArch.FirstNumber(arch) + i;
            for (uint i = 0; i < 8; i++)
                yield return 0x0f0000 + i;
            uint[] edges = [999, 3999, 0x3fffffff, 0x40000000, 0x40000221, 0x7fffffff, 0x80000000, 0xbfffffff, 0xc0000000, 0xfffffffe, 0xffffffff];
            foreach (uint edge in edges)
                yield return edge;
        }

        private void Compare(
            ProfileModel model, ReadOnlySpan<BpfInstruction> ours, ReadOnlySpan<BpfInstruction> theirs, in SeccompData data, ReadOnlySpan<ulong> args)
        {
            uint our = BpfMachine.Run(ours, data), their = BpfMachine.Run(theirs, data);
            uint meant = model.Verdict(data.Arch, data.Number, args, out List<uint> matches);
            if (our != meant && !matches.Contains(our))
                our.Should().Be(meant, $"{name}: {Describe(data, args)}");
            Compared++;
            if (our == their)
                return;
            Different++;
            if (First.Length == 0)
                First = $"{name}: {Describe(data, args)}: ours {our:x}, libseccomp's {their:x}";
        }

        private static string Describe(in SeccompData data, ReadOnlySpan<ulong> args)
        {
            string text = $"arch {data.Arch:x} number {data.Number}";
            foreach (ulong arg in args)
                text += $" {arg:x}";
            return text;
        }
    }
}
