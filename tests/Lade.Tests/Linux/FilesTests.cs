using System;
using System.IO;
using System.Linq;
using FluentAssertions;
using Lade.Linux;
using Xunit;

namespace Lade.Tests.Linux;

/// <summary>Reading files whose size nobody knows.</summary>
public sealed class FilesTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(100_000)]
    public void Reads_every_byte(int length)
    {
        byte[] content = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        File.WriteAllBytes(_path, content);

        Files.ReadAll(_path).Should().Equal(content);
        Files.ReadSmall(_path).Should().Equal(content);
    }

    [Theory]
    [InlineData("/proc/self/status")]
    [InlineData("/proc/self/cgroup")]
    [InlineData("/proc/sys/kernel/cap_last_cap")]
    public void Small_kernel_files_are_read_whole(string path) => Lines(Files.ReadSmall(path)).Should().Be(Lines(Files.ReadAll(path)));

    private static int Lines(byte[] text) => text.Count(b => b == (byte)'\n');
}
