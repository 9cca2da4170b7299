using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Lade.Configuration;

/// <summary>
/// Turns the bytes of config.json, of <c>exec</c>'s process document and of <c>update</c>'s resources document into records. Reading settles the shape
/// (kinds, ranges, closed sets of names); what properties say about each other is <see cref="SpecValidator"/>'s. Unknown properties and the sections of
/// other platforms are ignored, as the spec demands. Everything wrong is reported in one error. The generated half has a method for each object, made from its record.
/// </summary>
internal static partial class SpecReader
{
    /// <summary>Reads and validates a whole config.json.</summary>
    /// <param name="path">The file's name for the message.</param>
    /// <exception cref="LadeException">All problems of the document.</exception>
    public static Spec Read(ReadOnlyMemory<byte> json, string path)
    {
        var problems = new List<ConfigProblem>();
        Spec? spec = Parse(json, problems);
        if (spec is not null)
        {
            var more = new List<ConfigProblem>();
            SpecValidator.Validate(spec, more);
            problems.AddNewPlaces(more);
        }

        return problems.Count == 0 ? spec! : throw LadeException.InvalidConfig(path, problems);
    }

    /// <summary>
    /// Reads the copy of a document that was accepted when its container was created. It is not validated again: a stricter later version of lade
    /// must still be able to start and delete that container.
    /// </summary>
    /// <inheritdoc cref="Read"/>
    public static Spec ReadAccepted(ReadOnlyMemory<byte> json, string path)
    {
        var problems = new List<ConfigProblem>();
        return Parse(json, problems) ?? throw LadeException.InvalidConfig(path, problems);
    }

    /// <summary>Reads and validates the process document of <c>exec --process</c>: the object <c>process</c> of a config.json, alone.</summary>
    /// <inheritdoc cref="Read"/>
    public static ProcessSpec ReadProcess(ReadOnlyMemory<byte> json, string path)
    {
        var problems = new List<ConfigProblem>();
        ProcessSpec? process = Parse(json, problems, ProcessSpecFrom);
        if (process is not null)
        {
            var more = new List<ConfigProblem>();
            SpecValidator.ValidateProcess(process, JsonPointer.None, more);
            problems.AddNewPlaces(more);
        }

        return problems.Count == 0 ? process! : throw LadeException.InvalidConfig(path, problems);
    }

    /// <summary>Reads and validates the document of <c>update --resources</c>: the object <c>linux.resources</c> of a config.json, alone.</summary>
    /// <inheritdoc cref="Read"/>
    public static ResourcesSpec ReadResources(ReadOnlyMemory<byte> json, string path)
    {
        var problems = new List<ConfigProblem>();
        ResourcesSpec? resources = Parse(json, problems, ResourcesSpecFrom);
        if (resources is not null)
        {
            var more = new List<ConfigProblem>();
            SpecValidator.ValidateResources(resources, JsonPointer.None, more);
            problems.AddNewPlaces(more);
        }

        return problems.Count == 0 ? resources! : throw LadeException.InvalidConfig(path, problems);
    }

    /// <summary>Reads what <see cref="SpecWriter"/> wrote; not validated, like <see cref="ReadAccepted"/>.</summary>
    /// <inheritdoc cref="Read"/>
    public static ResourcesSpec ReadAcceptedResources(ReadOnlyMemory<byte> json, string path)
    {
        var problems = new List<ConfigProblem>();
        return Parse(json, problems, ResourcesSpecFrom) ?? throw LadeException.InvalidConfig(path, problems);
    }

    /// <summary>Reads without validating; null when the text is no JSON object. A record made beside problems has placeholders in it.</summary>
    public static Spec? Parse(ReadOnlyMemory<byte> json, List<ConfigProblem> problems) => Parse(json, problems, SpecFrom);

    private static T? Parse<T>(ReadOnlyMemory<byte> json, List<ConfigProblem> problems, Func<JsonObjectReader, T> read)
        where T : class
    {
        if (!JsonText.IsReadable(json.Span, problems))
            return null;
        using JsonDocument document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return read(new JsonObjectReader(document.RootElement, problems));
        problems.Add(JsonPointer.None, "is " + JsonObjectReader.Describe(document.RootElement.ValueKind) + "; an object is required");
        return null;
    }
}
