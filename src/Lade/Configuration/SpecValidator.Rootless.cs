using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lade.Configuration;

/// <content>What only an unprivileged caller's container must hold.</content>
internal static partial class SpecValidator
{
    /// <summary>What also holds for an unprivileged user: they may not choose groups, and ids mean something to their file systems only if they are mapped.</summary>
    public static void ValidateRootless(Spec spec, List<ConfigProblem> problems)
    {
        if (spec.Process is { User.AdditionalGids.Count: > 0 })
            problems.Add(JsonPointer.Of("process", "user", "additionalGids"), "cannot set any additional groups in a rootless container");
        if (spec.Linux is not { } linux || !linux.Makes(NamespaceType.User))
            return;
        if (spec.Process is { } process)
        {
            ValidateMapped(process.User.Uid, linux.UidMappings, JsonPointer.Of("process", "user", "uid"), problems);
            ValidateMapped(process.User.Gid, linux.GidMappings, JsonPointer.Of("process", "user", "gid"), problems);
        }

        for (int i = 0; i < spec.Mounts.Count; i++)
        {
            IReadOnlyList<string> options = spec.Mounts[i].Options;
            for (int j = 0; j < options.Count; j++)
            {
                ValidateOwner(options[j], "uid=", linux.UidMappings, JsonPointer.Of("mounts", i).At("options").At(j), problems);
                ValidateOwner(options[j], "gid=", linux.GidMappings, JsonPointer.Of("mounts", i).At("options").At(j), problems);
            }
        }
    }

    private static void ValidateOwner(string option, string name, IReadOnlyList<IdMapping> mappings, JsonPointer at, List<ConfigProblem> problems)
    {
        if (option.StartsWith(name, StringComparison.Ordinal) && uint.TryParse(option.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
            ValidateMapped(id, mappings, at, problems);
    }
}
