using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using static Lade.Cgroups.Controllers.ResourceNumbers;

namespace Lade.Cgroups.Controllers;

/// <summary>The controller hugetlb: bytes of huge pages, by page size. systemd has no properties for it.</summary>
internal sealed class HugetlbSettings(IReadOnlyList<HugepageLimit> limits, JsonPointer at) : ISetting
{
    private const string Prefix = "hugetlb.";

    public void Write(V1Files files) => WriteFiles(files, "limit_in_bytes");

    public void Write(V2Files files) => WriteFiles(files, "max");

    /// <summary>A page size as in the file names: a number without leading zero, then KB, MB or GB.</summary>
    public static bool IsPageSize(string text)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        return digits > 0 && text[0] != '0' && text.Length == digits + 2 && (text[digits] is 'K' or 'M' or 'G') && text[digits + 1] == 'B';
    }

    /// <summary>The page sizes for which a cgroup has a file <c>hugetlb.SIZE</c> + <paramref name="suffix"/>.</summary>
    public static List<string> PageSizes(string path, string suffix)
    {
        var sizes = new List<string>();
        using Fd? directory = Files.TryOpen(path, Libc.O_RDONLY | Libc.O_DIRECTORY, out _);
        if (directory is null)
            return sizes;
        foreach (string name in Directories.Names(directory, path))
        {
            // A sub-cgroup of the container can have the name of a file that this kernel lacks.
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(suffix, StringComparison.Ordinal) && Directories.IsFile(directory, name))
            {
                string size = name[Prefix.Length..^suffix.Length];
                if (IsPageSize(size))
                    sizes.Add(size);
            }
        }

        return sizes;
    }

    private void WriteFiles(SettingFiles files, string file)
    {
        for (int i = 0; i < limits.Count; i++)
        {
            HugepageLimit limit = limits[i];
            if (!IsPageSize(limit.PageSize))
            {
                files.Problem(at.At(i).At("pageSize"), "'" + limit.PageSize + "' is not a page size such as 2MB");
                continue;
            }

            JsonPointer origin = at.At(i).At("limit");
            files.Limit(Prefix + limit.PageSize + "." + file, Text(limit.Limit), origin);
            // Charged at reservation, so that mmap fails instead of SIGBUS killing the program at first use.
            files.Limit(Prefix + limit.PageSize + ".rsvd." + file, Text(limit.Limit), origin, ifPresent: true);
        }
    }
}
