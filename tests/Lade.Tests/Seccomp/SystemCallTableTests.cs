using FluentAssertions;
using Lade.Configuration;
using Lade.Seccomp;
using Xunit;

namespace Lade.Tests.Seccomp;

public sealed class SystemCallTableTests
{
    [Fact]
    public void EveryNameIsFoundAndNoOther()
    {
        for (int index = 0; index < SystemCallTable.Count; index++)
        {
            string name = SystemCallTable.NameAt(index);
            SystemCallTable.IndexOf(name).Should().Be(index, name);
            SystemCallTable.IndexOf(name + "x").Should().NotBe(index, name);
            SystemCallTable.IndexOf(name.ToUpperInvariant()).Should().Be(-1, name);
        }

        SystemCallTable.IndexOf("").Should().Be(-1);
        SystemCallTable.IndexOf("nosuchcall").Should().Be(-1);
        SystemCallTable.IndexOf("réad").Should().Be(-1);
    }

    [Theory]
    [InlineData("SCMP_ARCH_X86_64", "read", 0u)]
    [InlineData("SCMP_ARCH_X86_64", "uretprobe", 335u)]
    [InlineData("SCMP_ARCH_X86", "read", 3u)]
    [InlineData("SCMP_ARCH_X86", "socket", 359u)]
    [InlineData("SCMP_ARCH_X86", "clock_gettime64", 403u)]
    [InlineData("SCMP_ARCH_X32", "read", 0x40000000u)]
    [InlineData("SCMP_ARCH_X32", "execve", 0x40000208u)]
    [InlineData("SCMP_ARCH_ARM", "cacheflush", 0x0f0002u)]
    [InlineData("SCMP_ARCH_AARCH64", "openat", 56u)]
    [InlineData("SCMP_ARCH_MIPS", "read", 4003u)]
    [InlineData("SCMP_ARCH_MIPSEL64", "read", 5000u)]
    [InlineData("SCMP_ARCH_MIPS64N32", "read", 6000u)]
    [InlineData("SCMP_ARCH_PPC64LE", "read", 3u)]
    [InlineData("SCMP_ARCH_S390X", "s390_pci_mmio_read", 353u)]
    [InlineData("SCMP_ARCH_RISCV64", "riscv_flush_icache", 259u)]
    [InlineData("SCMP_ARCH_LOONGARCH64", "openat", 56u)]
    [InlineData("SCMP_ARCH_M68K", "getpagesize", 166u)]
    [InlineData("SCMP_ARCH_SH", "cacheflush", 123u)]
    public void NumbersAreTheKernels(string arch, string name, uint number)
    {
        SeccompArch parsed = ParsedName.Arch(arch);
        SystemCallTable.Number(parsed, SystemCallTable.Numbers(parsed)[SystemCallTable.IndexOf(name)]).Should().Be(number);
    }

    /// <summary>From 424 on system call numbers are the same everywhere.</summary>
    [Theory]
    [InlineData("pidfd_send_signal", 424)]
    [InlineData("mseal", 462)]
    [InlineData("open_tree_attr", 467)]
    [InlineData("listns", 470)]
    public void NewCallsHaveOneNumber(string name, short number)
    {
        for (int arch = 0; arch < SeccompSpec.MostArchitectures; arch++)
            SystemCallTable.Numbers((SeccompArch)arch)[SystemCallTable.IndexOf(name)].Should().Be(number, WordList.At(SpecNames.SeccompArchs, arch));
    }

    [Theory]
    [InlineData("SCMP_ARCH_AARCH64", "open")]
    [InlineData("SCMP_ARCH_LOONGARCH64", "renameat")]
    [InlineData("SCMP_ARCH_X86_64", "socketcall")]
    public void MissingCallHasNoNumber(string arch, string name)
    {
        SeccompArch parsed = ParsedName.Arch(arch);
        SystemCallTable.Numbers(parsed)[SystemCallTable.IndexOf(name)].Should().Be(-1);
    }

    [Fact]
    public void NamesMatchTheEnumerations()
    {
        WordList.At(SpecNames.SeccompArchs, SeccompSpec.MostArchitectures - 1).Should().Be("SCMP_ARCH_SHEB");
        Count(SpecNames.SeccompArchs).Should().Be(System.Enum.GetValues<SeccompArch>().Length);
        Count(SpecNames.SeccompActions).Should().Be(System.Enum.GetValues<SeccompAction>().Length);
        Count(SpecNames.SeccompOperators).Should().Be(System.Enum.GetValues<SeccompOperator>().Length);
        Count(SpecNames.SeccompFlags).Should().Be(System.Enum.GetValues<SeccompFlag>().Length);
        ParsedName.Arch("SCMP_ARCH_PPC64LE").Should().Be(SeccompArch.Ppc64Le);
        ParsedName.Operator("SCMP_CMP_MASKED_EQ").Should().Be(SeccompOperator.MaskedEqual);
        ParsedName.Action("SCMP_ACT_NOTIFY").Should().Be(SeccompAction.Notify);
    }

    private static int Count(string words) => words.Split(' ').Length;
}
