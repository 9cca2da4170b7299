using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using Lade.Configuration;

namespace Lade.Tests.Configuration;

/// <summary>Documents for tests: a small valid config.json, edits of it, and what lade says about them.</summary>
internal static class ConfigDocument
{
    public const string Minimal =
        """
        {
          "ociVersion": "1.3.0",
          "root": { "path": "rootfs" },
          "process": { "cwd": "/", "args": ["sh"], "user": { "uid": 0, "gid": 0 } },
          "mounts": [ { "destination": "/proc", "type": "proc", "source": "proc" } ],
          "linux": { "namespaces": [ { "type": "pid" }, { "type": "mount" }, { "type": "uts" }, { "type": "ipc" }, { "type": "network" } ] }
        }
        """;

    /// <summary>The minimal document with one value set at a pointer (parents are made); null text removes.</summary>
    public static string With(string pointer, string? json) => Edit(Minimal, pointer, json);

    public static string Edit(string document, string pointer, string? json)
    {
        JsonNode root = JsonNode.Parse(document)!;
        string[] steps = pointer[1..].Split('/');
        JsonNode node = root;
        for (int i = 0; i < steps.Length - 1; i++)
        {
            JsonNode? next = node is JsonArray array ? array[int.Parse(steps[i])] : node[steps[i]];
            if (next is null)
                node[steps[i]] = next = new JsonObject();
            node = next;
        }

        if (json is null)
            node.AsObject().Remove(steps[^1]);
        else if (node is JsonArray list)
            list[int.Parse(steps[^1])] = JsonNode.Parse(json);
        else
            node[steps[^1]] = JsonNode.Parse(json);
        return root.ToJsonString();
    }

    public static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);

    public static Spec Read(string json) => SpecReader.Read(Bytes(json), "config.json");

    /// <summary>All problems of a document, in the order of the message.</summary>
    public static IReadOnlyList<ConfigProblem> ProblemsOf(string json) => ProblemsOf(Bytes(json));

    public static IReadOnlyList<ConfigProblem> ProblemsOf(byte[] json)
    {
        try
        {
            SpecReader.Read(json, "config.json");
            return [];
        }
        catch (LadeException e)
        {
            return e.Problems;
        }
    }

    public static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", name));

    /// <summary>The samples that are a whole config.json.</summary>
    public static IReadOnlyList<string> SampleNames =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Samples"), "*.json").Select(path => Path.GetFileName(path))
            .Where(name => !name.StartsWith("seccomp-", StringComparison.Ordinal) && name != "docker-exec-process.json").Order(StringComparer.Ordinal)];
}
