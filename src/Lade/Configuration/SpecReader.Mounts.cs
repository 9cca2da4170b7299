using System;
using System.Collections.Generic;

namespace Lade.Configuration;

internal static partial class SpecReader
{
    /// <summary>
    /// Reads and validates what <c>mounts add</c> gets: an array like the property <c>mounts</c> of a config.json, or an object that has this property.
    /// Problems are named as in a config.json: <c>/mounts/0/source</c>.
    /// </summary>
    /// <param name="linux">Of the container; its mappings count for id-mapped mounts.</param>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyList<MountSpec> ReadMounts(ReadOnlyMemory<byte> json, string path, LinuxSpec linux)
    {
        var problems = new List<ConfigProblem>();
        IReadOnlyList<MountSpec> mounts = ParseMounts(json, problems);
        var more = new List<ConfigProblem>();
        SpecValidator.ValidateMounts(mounts, linux, more);
        problems.AddNewPlaces(more);
        return problems.Count == 0 ? mounts : throw LadeException.InvalidConfig(path, problems);
    }

    /// <summary>The destinations alone: what <c>mounts remove</c> goes by.</summary>
    /// <inheritdoc cref="ReadMounts"/>
    public static IReadOnlyList<string> ReadMountDestinations(ReadOnlyMemory<byte> json, string path)
    {
        var problems = new List<ConfigProblem>();
        IReadOnlyList<MountSpec> mounts = ParseMounts(json, problems);
        return problems.Count == 0 ? [.. Destinations(mounts)] : throw LadeException.InvalidConfig(path, problems);
    }

    private static IEnumerable<string> Destinations(IReadOnlyList<MountSpec> mounts)
    {
        foreach (MountSpec mount in mounts)
            yield return mount.Destination;
    }

    private static IReadOnlyList<MountSpec> ParseMounts(ReadOnlyMemory<byte> json, List<ConfigProblem> problems)
    {
        ReadOnlyMemory<byte> document = json.Span.TrimStart(" \t\r\n"u8) is [(byte)'[', ..] ? (byte[])[.. "{\"mounts\":"u8, .. json.Span, .. "}"u8] : json;
        IReadOnlyList<MountSpec> mounts = Parse(document, problems, reader => reader.Array("mounts"u8, MountSpecFrom)) ?? [];
        if (mounts.Count == 0 && problems.Count == 0)
            problems.Add(JsonPointer.Of("mounts"), "is empty; at least one mount is required");
        return mounts;
    }
}
