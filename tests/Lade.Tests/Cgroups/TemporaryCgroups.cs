using System;
using System.IO;
using Lade.Cgroups;

namespace Lade.Tests.Cgroups;

/// <summary>A directory tree instead of mounted hierarchies, with plain files for those of the kernel.</summary>
internal sealed class TemporaryCgroups : IDisposable
{
    public TemporaryCgroups() => Root = Directory.CreateTempSubdirectory("lade-cgroups-").FullName;

    public string Root { get; }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public string Path(string relative) => System.IO.Path.Combine(Root, relative);

    public string Read(string relative) => File.ReadAllText(Path(relative));

    /// <summary>Writes a file, making its directory.</summary>
    public void Put(string relative, string content = "")
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(relative))!);
        File.WriteAllText(Path(relative), content);
    }

    public CgroupHost Host(CgroupMode mode, params string[] hierarchies)
    {
        var list = new CgroupHierarchy[hierarchies.Length];
        for (int i = 0; i < hierarchies.Length; i++)
        {
            string mount = hierarchies[i].Length == 0 ? mode == CgroupMode.V2 ? "v2" : "unified" : hierarchies[i].Replace("name=", "", StringComparison.Ordinal);
            Directory.CreateDirectory(Path(mount));
            list[i] = new CgroupHierarchy(hierarchies[i], Path(mount), "/", "/");
        }

        return new CgroupHost(mode, list);
    }
}
