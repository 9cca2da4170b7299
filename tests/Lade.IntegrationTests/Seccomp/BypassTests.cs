using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Seccomp;

/// <summary>
/// A program that makes a forbidden call by another door of the processor: as an i386 call (<c>int 0x80</c>) or an x32 one (bit 30 of the number). A filter
/// that looks at the number alone lets it through.
/// </summary>
public sealed class BypassTests : ContainerTest
{
    private const int SIGSYS = 31;
    private const int EPERM = 1;

    private const string Native = """ "SCMP_ARCH_X86_64" """;
    private const string All = """ "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" """;

    // mkdir("/made", 0755); exit(errno).
    private const string X86 = "movl $path, %ebx\nmovl $0x1ed, %ecx\nmovl $39, %eax\nint $0x80\nnegl %eax\nmovl %eax, %ebx\nmovl $1, %eax\nint $0x80\n";
    private const string X32 = "movl $path, %edi\nmovl $0x1ed, %esi\nmovl $0x40000053, %eax\nsyscall\nnegl %eax\nmovl %eax, %edi\nmovl $60, %eax\nsyscall\n";

    [Theory]
    [InlineData(X86, Native, 128 + SIGSYS)]
    [InlineData(X32, Native, 128 + SIGSYS)]
    [InlineData(X86, All, EPERM)]
    [InlineData(X32, All, EPERM)]
    public void A_forbidden_call_by_another_door_is_stopped(string code, string architectures, int exitCode)
    {
        Assemble(code);
        Assert.SkipWhen(code == X86 && !Has32BitCalls(), "the kernel has no 32-bit emulation");
        Bundle.Args("/bin/bypass").SetJson("/linux/seccomp", $$"""
            { "defaultAction": "SCMP_ACT_ALLOW", "architectures": [ {{architectures}} ],
              "syscalls": [ { "names": [ "mkdir", "mkdirat" ], "action": "SCMP_ACT_ERRNO" } ] }
            """).Save();

        NewContainer().Run().ExitCode.Should().Be(exitCode);

        Directory.Exists(Bundle.Rootfs + "/made").Should().BeFalse();
    }

    [Fact]
    public void Without_a_filter_the_program_makes_its_directory()
    {
        Assemble(X86);
        Assert.SkipUnless(Has32BitCalls(), "the kernel has no 32-bit emulation");
        Bundle.Args("/bin/bypass").Set("/root/readonly", false).Save();

        CommandResult result = NewContainer().Run();

        result.ExitCode.Should().Be(0);
        Directory.Exists(Bundle.Rootfs + "/made").Should().BeTrue();
    }

    /// <summary>On the host, of a directory that exists: EEXIST, where a kernel without the door kills the caller.</summary>
    private bool Has32BitCalls() =>
        Machine.Sh($"mkdir -p '{Bundle.Directory}/probe/made' && cp '{Bundle.Rootfs}/bin/bypass' '{Bundle.Directory}/probe/' && (chroot '{Bundle.Directory}/probe' /bypass; echo $?) 2>/dev/null").Trim() == "17";

    private void Assemble(string code)
    {
        Assert.SkipWhen(Machine.Sh("command -v gcc || true").Trim().Length == 0, "needs gcc, for a program without a C library");
        string source = Bundle.Directory + "/bypass.s";
        File.WriteAllText(source, ".globl _start\n_start:\n" + code + ".section .rodata\npath: .asciz \"/made\"\n.section .note.GNU-stack,\"\",@progbits\n");
        Machine.Sh("gcc -nostdlib -static -no-pie -o '" + Bundle.Rootfs + "/bin/bypass' '" + source + "'");
    }
}
