using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using FluentAssertions;
using Lade.Linux;
using Tmds.Linux;
using Xunit;

namespace Lade.Tests.Linux;

/// <summary>What lade repeats of Tmds.LibC, since it needs constants, is what the package says of this architecture, and is no more than that.</summary>
public sealed unsafe class LibcPackageTests
{
    /// <summary>Numbers of the package by name. Its own types of numbers, such as mode_t, are left out.</summary>
    private static readonly Dictionary<string, object> s_package =
        typeof(LibC).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(property => property.PropertyType.IsPrimitive)
            .ToDictionary(property => property.Name, property => property.GetValue(null)!);

    [Fact]
    public void Constants_of_our_own()
    {
        FieldInfo[] repeated = Constants(typeof(Libc)).Concat(Constants(typeof(Signals))).Where(field => s_package.ContainsKey(field.Name)).ToArray();

        repeated.Select(field => field.Name).Should().BeEquivalentTo("SIGKILL", "POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "SIGRTMIN", "SIGRTMAX");
        repeated.Should().AllSatisfy(field => Convert.ToInt64(field.GetRawConstantValue()!).Should().Be(Convert.ToInt64(s_package[field.Name]), field.Name));
    }

    /// <summary>Names that share a number have one in the table: EWOULDBLOCK is EAGAIN.</summary>
    [Fact]
    public void Error_numbers()
    {
        ILookup<int, string> names = s_package.Where(number => number.Key[0] == 'E' && number.Value is int and > 0 and < 133)
            .Where(number => !number.Key.StartsWith("EPOLL", StringComparison.Ordinal))
            .ToLookup(number => (int)number.Value, number => number.Key);

        names.Should().HaveCountGreaterThan(120);
        names.Should().AllSatisfy(group => group.Should().Contain(new Errno(group.Key).Name));
    }

    [Fact]
    public void Signals_that_do_not_terminate() =>
        Enumerable.Range(0, 65).Where(signal => !Signals.TerminatesByDefault(signal)).Should()
            .Equal(0, LibC.SIGCHLD, LibC.SIGCONT, LibC.SIGSTOP, LibC.SIGTSTP, LibC.SIGTTIN, LibC.SIGTTOU, LibC.SIGURG, LibC.SIGWINCH);

    [Fact]
    public void Structure_sizes_match_the_package()
    {
        sizeof(Libc.Statx).Should().Be(sizeof(statx));
        sizeof(Libc.Termios).Should().Be(sizeof(termios));
    }

    /// <summary>Lengths on both sides of the room on the stack, and letters of two bytes: all of the path arrives, and nothing more.</summary>
    [Fact]
    public void Paths_of_any_length_are_passed_whole()
    {
        using var directory = new TemporaryDirectory();
        string name = directory.Path + "/\u00e9";
        File.WriteAllText(name, "");

        foreach (int slashes in Enumerable.Range(1, 300).Append(4000 - name.Length))
        {
            string path = new string('/', slashes) + name;
            Libc.faccessat(Libc.AT_FDCWD, path, 0, 0).Should().Be(0, path);
            Libc.faccessat(Libc.AT_FDCWD, path + "\u00e9", 0, 0).Should().Be(-1, path);
            Libc.LastError.Should().Be(Errno.ENOENT);
        }
    }

    private static IEnumerable<FieldInfo> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static).Where(field => field.IsLiteral && field.FieldType != typeof(string));
}
