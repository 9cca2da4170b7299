using System;
using System.IO;

namespace Lade.Tests;

/// <summary>A directory of its own for one test, gone afterwards.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("lade-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
