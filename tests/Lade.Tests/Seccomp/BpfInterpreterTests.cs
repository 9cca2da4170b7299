using System;
using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Lade.Seccomp;
using Xunit;

namespace Lade.Tests.Seccomp;

/// <summary>Compares <see cref="BpfInterpreter"/> with the tests' own <see cref="BpfMachine"/>.</summary>
public sealed class BpfInterpreterTests
{
    /// <summary>All calls that `init` (native/init) may make under an early filter, with the arguments that filters check.</summary>
    private static readonly (string Name, ulong First, ulong Second)[] s_calls =
    [
        ("capset", 0, 0), ("read", 0, 0), ("write", 0, 0), ("close", 0, 0), ("accept4", 0, 0), ("close_range", 0, 0), ("pipe2", 0, 0), ("setsid", 0, 0), ("mmap", 0, 0),
        ("munmap", 0, 0), ("vfork", 0, 0), ("umask", 0, 0), ("setpgid", 0, 0), ("dup2", 0, 0), ("execve", 0, 0), ("exit_group", 0, 0), ("pidfd_open", 0, 0), ("fcntl", 0, 0),
        ("rt_sigaction", 0, 0), ("poll", 0, 0), ("clock_gettime", 0, 0), ("wait4", 0, 0), ("kill", 0, 0), ("getpid", 0, 0), ("sendmsg", 0, 0), ("sched_setattr", 0, 0),
        ("ioprio_set", 0, 0), ("prlimit64", 0, 0), ("clone", 0x8000, 0), ("ioctl", 0, 0x540e), ("prctl", 4, 0), ("prctl", 47, 0),
    ];

    private static readonly SeccompArch[] s_archs = [SeccompArch.X86_64, SeccompArch.X86, SeccompArch.X32];

    [Theory]
    [InlineData("docker")]
    [InlineData("containerd")]
    [InlineData("podman")]
    public void AgreesWithTheMachineOnEnginesProfiles(string profile) => Verdicts(SeccompCompiler.Compile(SampleProfiles.Read(profile), SeccompArch.X86_64).Program.ToArray(), profile);

    [Fact]
    public void AgreesWithTheMachineOnRandomProfiles()
    {
        string[] names = [.. s_calls.Select(call => call.Name).Distinct()];
        int allowed = 0, refused = 0;
        for (int seed = 0; seed < 500; seed++)
        {
            var profiles = new RandomProfiles(seed);
            SeccompSpec spec = seed % 2 == 0 ? profiles.Next(names, s_archs, oneAction: true) : profiles.NextPlain(names, s_archs);
            // Actions that let a call pass, and others.
            spec = spec with { DefaultAction = (seed % 3) switch { 0 => SeccompAction.Allow, 1 => SeccompAction.Log, _ => spec.DefaultAction } };
            (int yes, int no) = Verdicts(SeccompCompiler.Compile(spec, SeccompArch.X86_64).Program.ToArray(), "seed " + seed);
            allowed += yes;
            refused += no;
        }

        allowed.Should().BeGreaterThan(1000);
        refused.Should().BeGreaterThan(1000);
    }

    /// <summary>With engines' profiles `init` need not keep a capability while waiting.</summary>
    [Theory]
    [InlineData("docker")]
    [InlineData("containerd")]
    [InlineData("podman")]
    public void EnginesProfilesAllowWhatInitDoes(string profile)
    {
        byte[] program = SeccompCompiler.Compile(SampleProfiles.Read(profile), SeccompArch.X86_64).Program.ToArray();

        foreach ((string name, ulong first, ulong second) in s_calls)
            BpfInterpreter.Allows(program, name, first, second).Should().BeTrue(name);
    }

    [Theory]
    [InlineData("no_such_call")]
    [InlineData("socketcall")] // of other architectures only
    public void UnknownCallIsNotAllowed(string name) => BpfInterpreter.Allows(Program((0x06, 0, 0, 0x7fff0000)), name).Should().BeFalse();

    [Theory]
    [InlineData(0x7fff0000u, true)] // ALLOW
    [InlineData(0x7ffc0000u, true)] // LOG
    [InlineData(0x7fc00000u, false)] // USER_NOTIF
    [InlineData(0x7ff00000u, false)] // TRACE
    [InlineData(0x00050001u, false)] // ERRNO
    [InlineData(0x00030000u, false)] // TRAP
    [InlineData(0u, false)] // KILL_THREAD
    [InlineData(0x80000000u, false)] // KILL_PROCESS
    public void OnlyAllowAndLogLetACallPass(uint action, bool allowed) => BpfInterpreter.Allows(Program((0x06, 0, 0, action)), "read").Should().Be(allowed);

    /// <summary>A filter may have been compiled elsewhere: every instruction of classic BPF that the kernel accepts.</summary>
    [Fact]
    public void ExecutesEveryInstruction()
    {
        const uint Allow = 0x7fff0000;
        // A call is allowed only if the instructions leave this value in A.
        (string What, (ushort, byte, byte, uint)[] Code, uint A)[] cases =
        [
            ("ld imm", [(0x00, 0, 0, 7)], 7),
            ("ld abs: number of read", [(0x20, 0, 0, 0)], 0),
            ("ld abs: architecture", [(0x20, 0, 0, 4)], 0xc000003e),
            ("ld len", [(0x80, 0, 0, 0)], 64),
            ("st, ld mem", [(0x00, 0, 0, 7), (0x02, 0, 0, 15), (0x00, 0, 0, 1), (0x60, 0, 0, 15)], 7),
            ("ldx imm, txa", [(0x01, 0, 0, 9), (0x87, 0, 0, 0)], 9),
            ("ldx len, stx, ld mem", [(0x81, 0, 0, 0), (0x03, 0, 0, 3), (0x60, 0, 0, 3)], 64),
            ("ldx mem", [(0x00, 0, 0, 5), (0x02, 0, 0, 0), (0x61, 0, 0, 0), (0x00, 0, 0, 0), (0x87, 0, 0, 0)], 5),
            ("tax", [(0x00, 0, 0, 6), (0x07, 0, 0, 0), (0x00, 0, 0, 0), (0x87, 0, 0, 0)], 6),
            ("add", [(0x00, 0, 0, 0xffffffff), (0x04, 0, 0, 2)], 1),
            ("sub", [(0x00, 0, 0, 1), (0x14, 0, 0, 2)], 0xffffffff),
            ("mul", [(0x00, 0, 0, 6), (0x24, 0, 0, 7)], 42),
            ("div", [(0x00, 0, 0, 43), (0x34, 0, 0, 7)], 6),
            ("or", [(0x00, 0, 0, 5), (0x44, 0, 0, 2)], 7),
            ("and", [(0x00, 0, 0, 5), (0x54, 0, 0, 4)], 4),
            ("lsh", [(0x00, 0, 0, 5), (0x64, 0, 0, 4)], 80),
            ("rsh", [(0x00, 0, 0, 0x80000000), (0x74, 0, 0, 31)], 1),
            ("neg", [(0x00, 0, 0, 1), (0x84, 0, 0, 0)], 0xffffffff),
            ("mod", [(0x00, 0, 0, 43), (0x94, 0, 0, 7)], 1),
            ("xor", [(0x00, 0, 0, 5), (0xa4, 0, 0, 4)], 1),
            ("add x", [(0x01, 0, 0, 3), (0x00, 0, 0, 4), (0x0c, 0, 0, 0)], 7),
            ("xor x", [(0x01, 0, 0, 3), (0x00, 0, 0, 4), (0xac, 0, 0, 0)], 7),
            ("ja", [(0x00, 0, 0, 1), (0x05, 0, 0, 1), (0x00, 0, 0, 2)], 1),
            ("jeq", [(0x00, 0, 0, 1), (0x15, 1, 0, 1), (0x00, 0, 0, 2)], 1),
            ("jeq, false", [(0x00, 0, 0, 1), (0x15, 0, 1, 2), (0x00, 0, 0, 2)], 1),
            ("jgt", [(0x00, 0, 0, 2), (0x25, 1, 0, 1), (0x00, 0, 0, 3)], 2),
            ("jgt of equals", [(0x00, 0, 0, 2), (0x25, 0, 1, 2), (0x00, 0, 0, 3)], 2),
            ("jge", [(0x00, 0, 0, 2), (0x35, 1, 0, 2), (0x00, 0, 0, 3)], 2),
            ("jset", [(0x00, 0, 0, 6), (0x45, 1, 0, 2), (0x00, 0, 0, 3)], 6),
            ("jset of none", [(0x00, 0, 0, 6), (0x45, 0, 1, 9), (0x00, 0, 0, 3)], 6),
            ("jeq x", [(0x01, 0, 0, 6), (0x00, 0, 0, 6), (0x1d, 1, 0, 0), (0x00, 0, 0, 3)], 6),
            ("jset x", [(0x01, 0, 0, 2), (0x00, 0, 0, 6), (0x4d, 1, 0, 0), (0x00, 0, 0, 3)], 6),
        ];

        foreach ((string what, (ushort, byte, byte, uint)[] code, uint a) in cases)
        {
            BpfInterpreter.Allows(Program([.. code, (0x15, 0, 1, a), (0x06, 0, 0, Allow), (0x06, 0, 0, 0)]), "read").Should().BeTrue(what);
            BpfInterpreter.Allows(Program([.. code, (0x15, 1, 0, a), (0x06, 0, 0, Allow), (0x06, 0, 0, 0)]), "read").Should().BeFalse(what);
        }

        BpfInterpreter.Allows(Program((0x00, 0, 0, Allow), (0x16, 0, 0, 0)), "read").Should().BeTrue("ret a");
    }

    /// <summary>The kernel rejects such programs itself; here they must only not be trusted, nor read out of bounds.</summary>
    [Fact]
    public void InvalidProgramsAllowNothing()
    {
        (ushort, byte, byte, uint)[][] programs =
        [
            [],
            [(0x00, 0, 0, 0x7fff0000)],
            [(0x05, 0, 0, 0xffffffff), (0x06, 0, 0, 0x7fff0000)],
            [(0x15, 255, 255, 0), (0x06, 0, 0, 0x7fff0000)],
            [(0x20, 0, 0, 64), (0x06, 0, 0, 0x7fff0000)],
            [(0x20, 0, 0, 61), (0x06, 0, 0, 0x7fff0000)],
            [(0x20, 0, 0, 0xffffffff), (0x06, 0, 0, 0x7fff0000)],
            [(0x60, 0, 0, 16), (0x06, 0, 0, 0x7fff0000)],
            [(0x61, 0, 0, 0xffffffff), (0x06, 0, 0, 0x7fff0000)],
            [(0x02, 0, 0, 16), (0x06, 0, 0, 0x7fff0000)],
            [(0x03, 0, 0, 0x80000000), (0x06, 0, 0, 0x7fff0000)],
            [(0x28, 0, 0, 0), (0x06, 0, 0, 0x7fff0000)],
            [(0x40, 0, 0, 0), (0x06, 0, 0, 0x7fff0000)],
        ];

        foreach ((ushort, byte, byte, uint)[] program in programs)
            BpfInterpreter.Allows(Program(program), "read").Should().BeFalse(string.Join(' ', program));
        BpfInterpreter.Allows(Program((0x06, 0, 0, 0x7fff0000)).AsSpan(0, 7), "read").Should().BeFalse("half an instruction");
    }

    [Fact]
    public void ChecksArgumentsAndSeveralCalls()
    {
        byte[] program = SeccompCompiler.Compile(
            new SeccompSpec
            {
                DefaultAction = SeccompAction.Allow,
                Syscalls =
                [
                    new SeccompRule { Names = ["write"], Action = SeccompAction.Errno },
                    new SeccompRule { Names = ["ioctl"], Action = SeccompAction.Errno, Args = [new SeccompArg(1, 0x540e, 0, SeccompOperator.Equal)] },
                    new SeccompRule { Names = ["prctl"], Action = SeccompAction.Errno, Args = [new SeccompArg(0, 4, 0, SeccompOperator.Equal)] },
                ],
            },
            SeccompArch.X86_64).Program;

        (BpfInterpreter.AllowsAll(program, ["read", "close"]), BpfInterpreter.AllowsAll(program, [])).Should().Be((true, true));
        (BpfInterpreter.AllowsAll(program, ["read", "write"]), BpfInterpreter.AllowsAll(program, ["write", "read"])).Should().Be((false, false));
        (BpfInterpreter.Allows(program, "ioctl", 0, 0x540e), BpfInterpreter.Allows(program, "ioctl", 0x540e)).Should().Be((false, true));
        (BpfInterpreter.Allows(program, "prctl", 4), BpfInterpreter.Allows(program, "prctl", 47), BpfInterpreter.Allows(program, "prctl", 1UL << 32 | 4)).Should().Be((false, true, true));
    }

    private static (int Allowed, int Refused) Verdicts(byte[] program, string what)
    {
        int allowed = 0;
        foreach ((string name, ulong first, ulong second) in s_calls)
        {
            uint number = SystemCallTable.Number(SeccompArch.X86_64, SystemCallTable.Numbers(SeccompArch.X86_64)[SystemCallTable.IndexOf(name)]);
            uint verdict = BpfMachine.Run(BpfMachine.Decode(program), SeccompData.Of(AuditArch.Value(SeccompArch.X86_64), number, [first, second]));
            bool passes = verdict is 0x7fff0000 or 0x7ffc0000;
            BpfInterpreter.Allows(program, name, first, second).Should().Be(passes, "{0}: {1}({2}, {3})", what, name, first, second);
            allowed += passes ? 1 : 0;
        }

        return (allowed, s_calls.Length - allowed);
    }

    private static byte[] Program(params (ushort Code, byte True, byte False, uint K)[] instructions) =>
        [.. instructions.SelectMany(i => (IEnumerable<byte>)[.. BitConverter.GetBytes(i.Code), i.True, i.False, .. BitConverter.GetBytes(i.K)])];
}
