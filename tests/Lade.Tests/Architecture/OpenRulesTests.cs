using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Lade.Tests.Architecture;

/// <summary>Opening a device, a fifo or a file of procfs has effects, and what is in a container is the container's to choose.</summary>
public sealed class OpenRulesTests
{
    /// <summary>
    /// What `init` opens in a container or an image is a name, a directory, or new; for its content a file is opened by the descriptor that was looked at
    /// before, by way of procfs, and never becomes a terminal.
    /// </summary>
    [Fact]
    public void InitOpensNothingThatItHasNotLookedAt()
    {
        var open = new Regex(@"(?<!\w)(?:open|openat)\(([^;]*)");
        string[] calls =
        [
            .. Directory.GetFiles(Repository.PathOf("native/init"), "*.c").SelectMany(path => open.Matches(File.ReadAllText(path)).Select(match => Path.GetFileName(path) + ": " + match.Groups[1].Value)),
        ];

        calls.Length.Should().BeGreaterThan(15);
        calls.Where(call => !Regex.IsMatch(call, @"O_PATH|O_DIRECTORY|O_CREAT \| O_EXCL|MAKE_FILE"))
            .Where(call => !call.Contains("O_NOCTTY") || !(call.Contains("init.proc_fd") || call.StartsWith("console.c: directory, \"ptmx\"", StringComparison.Ordinal)))
            .Should().BeEmpty();
    }

    /// <summary>
    /// Functions that resolve a container path pass their flags on to openat2(2), which hides them from the rule above: their callers, and initializers of a
    /// struct open_how, must use O_PATH. Only labels and kernel parameters are opened for writing, below the host's procfs.
    /// </summary>
    [Fact]
    public void PathsOfTheContainerAreResolvedToNames()
    {
        var resolve = new Regex(@"(?<!int )\b(?:open_below|open_from)\(([^;]*)|struct open_how how = \{([^;]*)");
        string[] calls =
        [
            .. Directory.GetFiles(Repository.PathOf("native/init"), "*.c").SelectMany(path => resolve.Matches(File.ReadAllText(path)).Select(match => Path.GetFileName(path) + ": " + match.Value)),
        ];
        string[] allowed =
        [
            // These pass on the flags of their callers, which are all checked here; held.c tries two kinds of O_PATH.
            @"^paths\.c: .*\bflags\b", @"^held\.c: open_below\(path, flags\[i\], 0\)", @"^namespaces\.c: struct open_how how = \{ \.flags = O_WRONLY \| O_CLOEXEC, \.resolve = RESOLVE_BENEATH",
        ];

        calls.Length.Should().BeGreaterThan(15);
        calls.Where(call => !call.Contains("O_PATH") && !allowed.Any(pattern => Regex.IsMatch(call, pattern))).Should().BeEmpty();
        File.ReadAllText(Repository.PathOf("native/init/held.c")).Should().Contain("flags[] = { O_PATH, O_PATH | O_NOFOLLOW }");
    }

    /// <summary>lade itself has all rights of the host: it opens no file of a container, and of its root not more than the name.</summary>
    [Theory]
    [InlineData("SYS_openat2", "Linux/Files.cs")]
    [InlineData("\"/root\"", "Lifecycle/MountCheck.cs")]
    [InlineData("\"/cwd\"", "")]
    [InlineData(@"Rootfs\s*\+", "")]
    [InlineData("etc/passwd", "Linux/UserNames.cs")]
    public void LadeOpensNoFileOfAContainer(string pattern, string allowed)
    {
        IEnumerable<string> found = Repository.Sources("src/Lade").Where(path => Repository.Read("src/Lade/" + path).Split('\n')
            .Any(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && Regex.IsMatch(Regex.Replace(line, " // .*", ""), pattern)));

        found.Where(path => !path.StartsWith("Linux/Libc", StringComparison.Ordinal) && (allowed.Length == 0 || path != allowed)).Should().BeEmpty();
    }
}
