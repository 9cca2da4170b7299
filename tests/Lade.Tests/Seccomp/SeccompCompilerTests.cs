using System;
using System.Collections.Generic;
using FluentAssertions;
using Lade.Configuration;
using Lade.Seccomp;
using Xunit;

namespace Lade.Tests.Seccomp;

public sealed class SeccompCompilerTests
{
    private const uint Allow = 0x7fff0000;
    private const uint Eperm = 0x00050001;
    private const uint Enosys = 0x00050026;

    [Theory]
    [InlineData("SCMP_ACT_KILL", null, 0x00000000u)]
    [InlineData("SCMP_ACT_KILL_THREAD", null, 0x00000000u)]
    [InlineData("SCMP_ACT_KILL_PROCESS", null, 0x80000000u)]
    [InlineData("SCMP_ACT_TRAP", null, 0x00030000u)]
    [InlineData("SCMP_ACT_ERRNO", null, 0x00050001u)]
    [InlineData("SCMP_ACT_ERRNO", 0u, 0x00050000u)]
    [InlineData("SCMP_ACT_ERRNO", 38u, 0x00050026u)]
    [InlineData("SCMP_ACT_TRACE", null, 0x7ff00001u)]
    [InlineData("SCMP_ACT_TRACE", 7u, 0x7ff00007u)]
    [InlineData("SCMP_ACT_ALLOW", null, 0x7fff0000u)]
    [InlineData("SCMP_ACT_LOG", null, 0x7ffc0000u)]
    [InlineData("SCMP_ACT_NOTIFY", null, 0x7fc00000u)]
    public void ActionsHaveTheirReturnValue(string name, uint? errno, uint expected)
    {
        SeccompAction action = ParsedName.Action(name);
        SeccompAction other = action == SeccompAction.Allow ? SeccompAction.Errno : SeccompAction.Allow;
        SeccompSpec rule = Spec(other, new SeccompRule { Names = ["getcwd"], Action = action, ErrnoRet = errno });
        Verdict(rule, SeccompArch.X86_64, "getcwd").Should().Be(expected);
        if (action == SeccompAction.Notify)
            return;
        SeccompSpec fallback = Spec(action, Rule(other, "mseal")) with { DefaultErrnoRet = errno };
        Verdict(fallback, SeccompArch.X86_64, "getcwd").Should().Be(expected);
    }

    [Theory]
    [InlineData("SCMP_CMP_EQ", 0x100000002ul, 0ul, 0x100000002ul, true)]
    [InlineData("SCMP_CMP_EQ", 0x100000002ul, 0ul, 0x000000002ul, false)]
    [InlineData("SCMP_CMP_EQ", 0x100000002ul, 0ul, 0x100000003ul, false)]
    [InlineData("SCMP_CMP_NE", 0x100000002ul, 0ul, 0x100000002ul, false)]
    [InlineData("SCMP_CMP_NE", 0x100000002ul, 0ul, 0x200000002ul, true)]
    [InlineData("SCMP_CMP_LT", 0x100000002ul, 0ul, 0x100000001ul, true)]
    [InlineData("SCMP_CMP_LT", 0x100000002ul, 0ul, 0x100000002ul, false)]
    [InlineData("SCMP_CMP_LT", 0x100000002ul, 0ul, 0x0fffffffful, true)]
    [InlineData("SCMP_CMP_LE", 0x100000002ul, 0ul, 0x100000002ul, true)]
    [InlineData("SCMP_CMP_LE", 0x100000002ul, 0ul, 0x100000003ul, false)]
    [InlineData("SCMP_CMP_LE", 0x100000002ul, 0ul, 0x200000000ul, false)]
    [InlineData("SCMP_CMP_GE", 0x100000002ul, 0ul, 0x100000002ul, true)]
    [InlineData("SCMP_CMP_GE", 0x100000002ul, 0ul, 0x100000001ul, false)]
    [InlineData("SCMP_CMP_GE", 0x100000002ul, 0ul, 0x200000000ul, true)]
    [InlineData("SCMP_CMP_GE", 0ul, 0ul, 0ul, true)]
    [InlineData("SCMP_CMP_GT", 0x100000002ul, 0ul, 0x100000002ul, false)]
    [InlineData("SCMP_CMP_GT", 0x100000002ul, 0ul, 0x100000003ul, true)]
    [InlineData("SCMP_CMP_GT", 0x100000002ul, 0ul, 0xffffffff00000000ul, true)]
    [InlineData("SCMP_CMP_GT", 0xfffffffffffffffful, 0ul, 0xfffffffffffffffful, false)]
    [InlineData("SCMP_CMP_GE", 0xffffffff00000005ul, 0ul, 0xffffffff00000005ul, true)]
    [InlineData("SCMP_CMP_LT", 0xffffffff00000005ul, 0ul, 0xffffffff00000004ul, true)]
    [InlineData("SCMP_CMP_MASKED_EQ", 0x7e020000ul, 0ul, 0x01200011ul, true)]
    [InlineData("SCMP_CMP_MASKED_EQ", 0x7e020000ul, 0ul, 0x10000000ul, false)]
    [InlineData("SCMP_CMP_MASKED_EQ", 0xff00000000ul, 0x1200000000ul, 0x1234567890ul, true)]
    [InlineData("SCMP_CMP_MASKED_EQ", 0xff00000000ul, 0x1200000000ul, 0x1334567890ul, false)]
    [InlineData("SCMP_CMP_MASKED_EQ", 0xf0ul, 0x20ul, 0x2ful, true)]
    [InlineData("SCMP_CMP_MASKED_EQ", 0xf0ul, 0x2ful, 0x20ul, true)]
    [InlineData("SCMP_CMP_MASKED_EQ", 0ul, 0ul, 77ul, true)]
    public void ComparisonsAreUnsignedAnd64BitsWide(string op, ulong value, ulong valueTwo, ulong actual, bool matches)
    {
        SeccompOperator parsed = ParsedName.Operator(op);
        SeccompSpec spec = Spec(SeccompAction.Errno, Rule(SeccompAction.Allow, "prctl", new SeccompArg(2, value, valueTwo, parsed)));
        Verdict(spec, SeccompArch.X86_64, "prctl", 9, 9, actual).Should().Be(matches ? Allow : Eperm);
    }

    [Fact]
    public void On32BitArchitecturesLowerHalvesAreCompared()
    {
        SeccompSpec spec = Spec(SeccompAction.Errno, Rule(SeccompAction.Allow, "prctl", new SeccompArg(0, 0x500000007, 0, SeccompOperator.Equal)))
            with { Architectures = [SeccompArch.X86, SeccompArch.X32] };
        Verdict(spec, SeccompArch.X86, "prctl", 7).Should().Be(Allow);
        Verdict(spec, SeccompArch.X32, "prctl", 0xffffffff00000007).Should().Be(Allow);
        Verdict(spec, SeccompArch.X86_64, "prctl", 7).Should().Be(Eperm);
    }

    [Fact]
    public void OnBigEndianTheUpperHalfComesFirst()
    {
        SeccompSpec spec = Spec(SeccompAction.Errno, Rule(SeccompAction.Allow, "prctl", new SeccompArg(0, 0x500000007, 0, SeccompOperator.Equal)));
        byte[] program = SeccompCompiler.Compile(spec, SeccompArch.S390X).Program;
        uint number = Number(SeccompArch.S390X, "prctl");
        uint arch = AuditArch.Value(SeccompArch.S390X);
        BpfMachine.Run(BpfMachine.Decode(program), SeccompData.Of(arch, number, [0x700000005])).Should().Be(Allow);
        BpfMachine.Run(BpfMachine.Decode(program), SeccompData.Of(arch, number, [0x500000007])).Should().Be(Eperm);
    }

    [Fact]
    public void ConditionsAreConjunctiveUnlessTwoAreOnOneArgument()
    {
        SeccompSpec both = Spec(SeccompAction.Errno, Rule(SeccompAction.Allow, "socket", Equal(0, 1), Equal(2, 5)));
        Verdict(both, SeccompArch.X86_64, "socket", 1, 0, 5).Should().Be(Allow);
        Verdict(both, SeccompArch.X86_64, "socket", 1, 0, 6).Should().Be(Eperm);
        SeccompSpec either = Spec(SeccompAction.Errno, Rule(SeccompAction.Allow, "socket", Equal(0, 1), Equal(0, 2), Equal(2, 5)));
        Verdict(either, SeccompArch.X86_64, "socket", 2, 0, 0).Should().Be(Allow);
        Verdict(either, SeccompArch.X86_64, "socket", 9, 0, 5).Should().Be(Allow);
        Verdict(either, SeccompArch.X86_64, "socket", 9, 0, 6).Should().Be(Eperm);
    }

    [Fact]
    public void FirstUnconditionalRuleDecides()
    {
        SeccompRule condition = Rule(SeccompAction.Kill, "getcwd", Equal(0, 1));
        SeccompRule allow = Rule(SeccompAction.Allow, "getcwd"), trap = Rule(SeccompAction.Trap, "getcwd");
        Verdict(Spec(SeccompAction.Errno, condition, allow, trap), SeccompArch.X86_64, "getcwd", 1).Should().Be(Allow);
        Verdict(Spec(SeccompAction.Errno, allow, trap, condition), SeccompArch.X86_64, "getcwd", 1).Should().Be(Allow);
        Verdict(Spec(SeccompAction.Errno, trap, allow), SeccompArch.X86_64, "getcwd").Should().Be(ActionValue.Trap);
    }

    /// <summary>So that a call that matches several rules has the same verdict: later arguments, exact values and narrow ranges first.</summary>
    [Theory]
    [InlineData(nameof(SeccompOperator.GreaterThan), 0, 5ul, nameof(SeccompOperator.GreaterThan), 0, 10ul, false)]
    [InlineData(nameof(SeccompOperator.GreaterThan), 0, 10ul, nameof(SeccompOperator.GreaterThan), 0, 5ul, true)]
    [InlineData(nameof(SeccompOperator.LessThan), 0, 100ul, nameof(SeccompOperator.LessThan), 0, 200ul, true)]
    [InlineData(nameof(SeccompOperator.LessThan), 0, 200ul, nameof(SeccompOperator.LessThan), 0, 100ul, false)]
    [InlineData(nameof(SeccompOperator.GreaterThan), 0, 5ul, nameof(SeccompOperator.Equal), 0, 42ul, false)]
    [InlineData(nameof(SeccompOperator.Equal), 0, 42ul, nameof(SeccompOperator.GreaterThan), 0, 5ul, true)]
    [InlineData(nameof(SeccompOperator.Equal), 0, 42ul, nameof(SeccompOperator.Equal), 1, 42ul, false)]
    [InlineData(nameof(SeccompOperator.Equal), 1, 42ul, nameof(SeccompOperator.Equal), 0, 42ul, true)]
    [InlineData(nameof(SeccompOperator.MaskedEqual), 0, 2ul, nameof(SeccompOperator.MaskedEqual), 0, 8ul, true)]
    public void OverlappingRulesAreTriedInLibseccompsOrder(
        string op1, uint index1, ulong value1, string op2, uint index2, ulong value2, bool firstWins)
    {
        SeccompSpec spec = Spec(
            SeccompAction.Errno,
            Rule(SeccompAction.Trap, "prctl", new SeccompArg(index1, value1, value1, Enum.Parse<SeccompOperator>(op1))),
            Rule(SeccompAction.Allow, "prctl", new SeccompArg(index2, value2, value2, Enum.Parse<SeccompOperator>(op2))));
        uint verdict = Verdict(spec, SeccompArch.X86_64, "prctl", 42, 42);
        verdict.Should().Be(firstWins && op1 != nameof(SeccompOperator.MaskedEqual) ? ActionValue.Trap : Allow);
    }

    [Fact]
    public void RuleWithTheDefaultActionHasNoEffect()
    {
        SeccompSpec spec = Spec(SeccompAction.Errno, Rule(SeccompAction.Errno, "getcwd"), Rule(SeccompAction.Allow, "getcwd"));
        Verdict(spec, SeccompArch.X86_64, "getcwd").Should().Be(Allow);
        SeccompRule other = Rule(SeccompAction.Errno, "getcwd") with { ErrnoRet = 2 };
        Verdict(Spec(SeccompAction.Errno, other, Rule(SeccompAction.Allow, "getcwd")), SeccompArch.X86_64, "getcwd").Should().Be(0x00050002u);
    }

    [Fact]
    public void NativeArchitectureIsAlwaysFilteredAndForeignOnesAreKilled()
    {
        SeccompSpec spec = Spec(SeccompAction.Errno, Rule(SeccompAction.Allow, "read")) with { Architectures = [SeccompArch.X86] };
        Verdict(spec, SeccompArch.X86_64, "read").Should().Be(Allow);
        Verdict(spec, SeccompArch.X86, "read").Should().Be(Allow);
        Verdict(spec, SeccompArch.Aarch64, "read").Should().Be(ActionValue.KillThread);
        Verdict(spec, SeccompArch.X32, "read").Should().Be(ActionValue.KillThread);
    }

    /// <summary>Only x86_64 and x32 share an audit value; a tracer sets -1 to skip a call.</summary>
    [Theory]
    [InlineData(false, 0x40000000u, 0u)]
    [InlineData(false, 0x7fffffffu, 0u)]
    [InlineData(false, 0xfffffffeu, 0u)]
    [InlineData(false, 0xffffffffu, 0x7ffc0000u)]
    [InlineData(true, 0x40000000u, 0x7fff0000u)]
    [InlineData(true, 0x40000001u, 0x7ffc0000u)]
    [InlineData(true, 0xffffffffu, 0x7ffc0000u)]
    public void NumbersWithTheX32BitAreForeignUnlessListed(bool listed, uint number, uint expected)
    {
        SeccompSpec spec = Spec(SeccompAction.Log, Rule(SeccompAction.Allow, "read")) with { Architectures = listed ? [SeccompArch.X32] : [] };
        Run(spec, SeccompArch.X86_64, number).Should().Be(expected);
    }

    [Theory]
    [InlineData(nameof(SeccompAction.Errno), null, 322u, 0x00050001u)]
    [InlineData(nameof(SeccompAction.Errno), null, 332u, 0x7fff0000u)]
    [InlineData(nameof(SeccompAction.Errno), null, 333u, 0x00050026u)]
    [InlineData(nameof(SeccompAction.Errno), null, 9999u, 0x00050026u)]
    [InlineData(nameof(SeccompAction.Errno), null, 0x40000001u, 0u)]
    [InlineData(nameof(SeccompAction.Errno), null, 0x80000001u, 0x00050026u)]
    [InlineData(nameof(SeccompAction.Errno), null, 0xc0000001u, 0u)]
    [InlineData(nameof(SeccompAction.Errno), 38u, 333u, 0x00050026u)]
    [InlineData(nameof(SeccompAction.KillProcess), null, 333u, 0x00050026u)]
    [InlineData(nameof(SeccompAction.Trap), null, 333u, 0x00050026u)]
    [InlineData(nameof(SeccompAction.Allow), null, 333u, 0x7fff0000u)]
    [InlineData(nameof(SeccompAction.Log), null, 333u, 0x7ffc0000u)]
    [InlineData(nameof(SeccompAction.Trace), null, 333u, 0x7ff00001u)]
    public void CallsNewerThanTheProfileDoNotExist(string name, uint? errno, uint number, uint expected)
    {
        var fallback = Enum.Parse<SeccompAction>(name);
        SeccompAction action = fallback == SeccompAction.Allow ? SeccompAction.Errno : SeccompAction.Allow;
        SeccompSpec spec = Spec(fallback, Rule(action, "read", Equal(0, 1)), Rule(action, "statx")) with { DefaultErrnoRet = errno };
        uint result = Run(spec, SeccompArch.X86_64, number);
        result.Should().Be(fallback == SeccompAction.Allow && number == 332 ? Eperm : expected);
    }

    [Fact]
    public void NewestCallIsPerArchitectureAndIncludesRulesWithTheDefaultAction()
    {
        SeccompSpec spec = Spec(SeccompAction.Errno, Rule(SeccompAction.Allow, "read", "epoll_pwait2"), Rule(SeccompAction.Errno, "mseal"))
            with { Architectures = [SeccompArch.X86, SeccompArch.X32] };
        Run(spec, SeccompArch.X86_64, 462).Should().Be(Eperm);
        Run(spec, SeccompArch.X86_64, 463).Should().Be(Enosys);
        Run(spec, SeccompArch.X86, 463).Should().Be(Enosys);
        Run(spec, SeccompArch.X32, 0x40000000 + 462).Should().Be(Eperm);
        Run(spec, SeccompArch.X32, 0x40000000 + 547).Should().Be(Enosys);
    }

    [Fact]
    public void OnS390NumberZeroIsAnUnknownCall()
    {
        SeccompSpec spec = Spec(SeccompAction.Errno, Rule(SeccompAction.Allow, "read")) with { Architectures = [SeccompArch.S390X, SeccompArch.Mips] };
        Run(spec, SeccompArch.S390X, 0).Should().Be(Enosys);
        Run(spec, SeccompArch.Mips, 4000).Should().Be(Eperm);
        SeccompSpec bare = Spec(SeccompAction.Errno, Rule(SeccompAction.Errno, "write")) with { Architectures = [SeccompArch.S390X] };
        Run(bare, SeccompArch.S390X, 0).Should().Be(Enosys);
        Run(bare, SeccompArch.S390X, 4).Should().Be(Eperm);
    }

    [Fact]
    public void MultiplexedCallIsFilteredByItsNumberInTheMultiplexer()
    {
        SeccompSpec spec = Spec(SeccompAction.Errno, Rule(SeccompAction.Allow, "connect", "shmat"), Rule(SeccompAction.Errno, "mseal"))
            with { Architectures = [SeccompArch.X86] };
        Verdict(spec, SeccompArch.X86, "socketcall", 3).Should().Be(Allow);
        Verdict(spec, SeccompArch.X86, "socketcall", 1).Should().Be(Eperm);
        Verdict(spec, SeccompArch.X86, "connect").Should().Be(Allow);
        Verdict(spec, SeccompArch.X86, "ipc", 21).Should().Be(Allow);
        Verdict(spec, SeccompArch.X86, "ipc", 22).Should().Be(Eperm);
        Verdict(spec, SeccompArch.X86_64, "connect").Should().Be(Allow);
    }

    [Fact]
    public void EveryArchitectureIsFilteredByItsNumbers()
    {
        foreach (SeccompArch arch in Enum.GetValues<SeccompArch>())
        {
            SeccompSpec spec = Spec(SeccompAction.Log, Rule(SeccompAction.Allow, "openat", "futex", "cacheflush")) with { Architectures = [arch] };
            Verdict(spec, arch, "openat").Should().Be(Allow, arch.ToString());
            Verdict(spec, arch, "write").Should().Be(ActionValue.Log, arch.ToString());
            if (SystemCallTable.Numbers(arch)[SystemCallTable.IndexOf("cacheflush")] >= 0)
                Verdict(spec, arch, "cacheflush").Should().Be(Allow, arch.ToString());
        }
    }

    [Theory]
    [InlineData(null, false, 4u)]
    [InlineData("", false, 0u)]
    [InlineData("SECCOMP_FILTER_FLAG_TSYNC", false, 1u)]
    [InlineData("SECCOMP_FILTER_FLAG_LOG", false, 2u)]
    [InlineData("SECCOMP_FILTER_FLAG_SPEC_ALLOW", false, 4u)]
    [InlineData("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", false, 0u)]
    [InlineData(null, true, 12u)]
    [InlineData("SECCOMP_FILTER_FLAG_TSYNC", true, 25u)]
    [InlineData("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", true, 40u)]
    [InlineData("SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW", true, 14u)]
    public void FlagsAreThoseOfSeccomp2(string? names, bool notifies, uint expected)
    {
        List<SeccompFlag>? flags = names is null ? null : [];
        foreach (string name in (names ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            flags!.Add(ParsedName.Flag(name));
        SeccompSpec spec = Spec(SeccompAction.Allow, Rule(notifies ? SeccompAction.Notify : SeccompAction.Errno, "mkdir")) with { Flags = flags };
        SeccompFilter filter = SeccompCompiler.Compile(spec, SeccompArch.X86_64);
        filter.Flags.Should().Be(expected);
        filter.Notifies.Should().Be(notifies);
    }

    [Fact]
    public void UnknownNamesAreSkippedOrAnErrorInStrictMode()
    {
        SeccompSpec spec = Spec(SeccompAction.Errno, Rule(SeccompAction.Allow, "nosuchcall", "read", "arm_fadvise64_64", "newerstill"));
        SeccompFilter filter = SeccompCompiler.Compile(spec, SeccompArch.X86_64);
        filter.UnknownNames.Should().Equal("nosuchcall", "newerstill");
        Verdict(spec, SeccompArch.X86_64, "read").Should().Be(Allow);
        Action strict = () => SeccompCompiler.Compile(spec, SeccompArch.X86_64, strict: true);
        strict.Should().Throw<LadeException>().Which.Description.Should().Be("/linux/seccomp/syscalls: unknown system calls: nosuchcall, newerstill");
    }

    [Fact]
    public void ProfileTooLargeForTheKernelIsRefused()
    {
        var rules = new List<SeccompRule>();
        for (ulong i = 0; i < 5000; i++)
            rules.Add(Rule(SeccompAction.Allow, "prctl", Equal((uint)(i % 6), i)));
        Action compile = () => SeccompCompiler.Compile(Spec(SeccompAction.Errno, [.. rules]), SeccompArch.X86_64);
        compile.Should().Throw<LadeException>().WithMessage("seccomp profile needs more than the 4096 instructions the kernel accepts");
    }

    /// <summary>Rules on hundreds of calls: most jumps do not fit a byte.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void LongJumpsAreCorrect(int step)
    {
        var rules = new List<SeccompRule>();
        for (int i = 0; i < SystemCallTable.Count; i += step)
        {
            var range = new SeccompArg(1, (ulong)i << 30, 0, SeccompOperator.LessThan);
            rules.Add(Rule((SeccompAction)(i % 8), SystemCallTable.NameAt(i), Equal(0, (ulong)i), range));
        }

        SeccompSpec spec = Spec(SeccompAction.Allow, [.. rules]);
        ReadOnlySpan<BpfInstruction> program = BpfMachine.Decode(SeccompCompiler.Compile(spec, SeccompArch.X86_64).Program);
        program.Length.Should().BeGreaterThan(600);
        BpfMachine.Check(program).Should().BeNull();
        var model = new ProfileModel(spec, SeccompArch.X86_64);
        uint arch = AuditArch.Value(SeccompArch.X86_64);
        for (int i = 0; i < SystemCallTable.Count; i++)
        {
            uint number = (uint)Math.Max((short)0, SystemCallTable.Numbers(SeccompArch.X86_64)[i]);
            foreach (ulong second in (ulong[])[0, (ulong)i << 30, ((ulong)i << 30) - 1, ulong.MaxValue])
            {
                ulong[] args = [(ulong)i, second, 0, 0, 0, 0];
                BpfMachine.Run(program, SeccompData.Of(arch, number, args)).Should().Be(model.Verdict(arch, number, args, out List<uint> _));
            }
        }
    }

    /// <summary>Allowing more never forbids anything.</summary>
    [Fact]
    public void AnotherAllowRuleOnlyAllowsMore()
    {
        SeccompSpec spec = SampleProfiles.Read("docker");
        SeccompSpec more = spec with { Syscalls = [.. spec.Syscalls, Rule(SeccompAction.Allow, "mount", "ptrace", "personality", "bpf")] };
        uint arch = AuditArch.Value(SeccompArch.X86_64);
        for (uint number = 0; number < 500; number++)
        {
            uint before = Run(spec, SeccompArch.X86_64, number), after = Run(more, SeccompArch.X86_64, number);
            if (after != before)
                after.Should().Be(Allow, $"number {number} of {arch:x}");
        }

        Run(spec, SeccompArch.X86_64, 165).Should().Be(Eperm);
        Run(more, SeccompArch.X86_64, 165).Should().Be(Allow);
    }

    private static SeccompSpec Spec(SeccompAction fallback, params SeccompRule[] rules) => new() { DefaultAction = fallback, Syscalls = rules };

    private static SeccompRule Rule(SeccompAction action, params string[] names) => new() { Names = names, Action = action };

    private static SeccompRule Rule(SeccompAction action, string name, params SeccompArg[] args) => new() { Names = [name], Action = action, Args = args };

    private static SeccompArg Equal(uint index, ulong value) => new(index, value, 0, SeccompOperator.Equal);

    private static uint Number(SeccompArch arch, string name) =>
        SystemCallTable.Number(arch, SystemCallTable.Numbers(arch)[SystemCallTable.IndexOf(name)]);

    private static uint Verdict(SeccompSpec spec, SeccompArch arch, string name, params ulong[] args) => Run(spec, arch, Number(arch, name), args);

    private static uint Run(SeccompSpec spec, SeccompArch arch, uint number, params ulong[] args)
    {
        ReadOnlySpan<BpfInstruction> program = BpfMachine.Decode(SeccompCompiler.Compile(spec, SeccompArch.X86_64).Program);
        BpfMachine.Check(program).Should().BeNull();
        return BpfMachine.Run(program, SeccompData.Of(AuditArch.Value(arch), number, args));
    }
}
