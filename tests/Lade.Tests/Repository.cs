using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Lade.Tests;

/// <summary>The sources that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The directory of Runtime.sln, found from where the tests run.</summary>
    public static string Root { get; } = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <summary>The C# files below a directory, as paths relative to it; nothing that a build made.</summary>
    public static IReadOnlyList<string> Sources(string directory) =>
        Directory.GetFiles(PathOf(directory), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(PathOf(directory), path))
            .Where(path => !path.StartsWith("obj/", StringComparison.Ordinal) && !path.StartsWith("bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();

    private static string FindRoot()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Runtime.sln")))
                return directory;
        }

        throw new DirectoryNotFoundException("no Runtime.sln above " + AppContext.BaseDirectory);
    }
}
