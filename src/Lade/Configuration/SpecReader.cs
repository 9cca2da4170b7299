using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Lade.Configuration;

/// <summary>
/// Turns the bytes of config.json, of <c>exec</c>'s process document and of <c>update</c>'s resources document into records. Reading settles the shape
/// (kinds, ranges, closed sets of names); what properties say about each other is <see cref="SpecValidator"/>'s. Unknown properties and the sections of
/// other platforms are ignored, as the spec demands. Everything wrong is reported in one error.
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
        ProcessSpec? process = Parse(json, problems, ProcessOf);
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
        ResourcesSpec? resources = Parse(json, problems, ResourcesOf);
        if (resources is not null)
        {
            var more = new List<ConfigProblem>();
            SpecValidator.ValidateResources(resources, JsonPointer.None, more);
            problems.AddNewPlaces(more);
        }

        return problems.Count == 0 ? resources! : throw LadeException.InvalidConfig(path, problems);
    }

    /// <summary>Reads what <see cref="ResourcesWriter"/> wrote; not validated, like <see cref="ReadAccepted"/>.</summary>
    /// <inheritdoc cref="Read"/>
    public static ResourcesSpec ReadAcceptedResources(ReadOnlyMemory<byte> json, string path)
    {
        var problems = new List<ConfigProblem>();
        return Parse(json, problems, ResourcesOf) ?? throw LadeException.InvalidConfig(path, problems);
    }

    /// <summary>Reads without validating; null when the text is no JSON object. A record made beside problems has placeholders in it.</summary>
    public static Spec? Parse(ReadOnlyMemory<byte> json, List<ConfigProblem> problems) => Parse(json, problems, SpecOf);

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

    private static Spec SpecOf(JsonObjectReader json) => new()
    {
        OciVersion = json.RequiredString("ociVersion"u8),
        Root = json.Object("root"u8) is { } root ? RootOf(root) : null,
        Mounts = json.Array("mounts"u8, MountOf),
        Process = json.Object("process"u8) is { } process ? ProcessOf(process) : null,
        Hostname = json.String("hostname"u8),
        Domainname = json.String("domainname"u8),
        Hooks = json.Object("hooks"u8) is { } hooks ? HooksOf(hooks) : HooksSpec.None,
        Annotations = json.Map("annotations"u8, text: true),
        Linux = json.Object("linux"u8) is { } linux ? LinuxOf(linux) : null,
    };

    private static RootSpec RootOf(JsonObjectReader json) => new()
    {
        Path = json.RequiredString("path"u8),
        Readonly = json.Bool("readonly"u8),
    };

    private static MountSpec MountOf(JsonObjectReader json) => new()
    {
        Destination = json.RequiredString("destination"u8),
        Source = json.String("source"u8),
        Type = json.String("type"u8),
        Options = json.Strings("options"u8),
        UidMappings = json.Array("uidMappings"u8, IdMappingOf),
        GidMappings = json.Array("gidMappings"u8, IdMappingOf),
    };

    private static IdMapping IdMappingOf(JsonObjectReader json) =>
        new(json.RequiredUInt32("containerID"u8), json.RequiredUInt32("hostID"u8), json.RequiredUInt32("size"u8));

    private static HooksSpec HooksOf(JsonObjectReader json) => new()
    {
        Prestart = json.Array("prestart"u8, HookOf),
        CreateRuntime = json.Array("createRuntime"u8, HookOf),
        CreateContainer = json.Array("createContainer"u8, HookOf),
        StartContainer = json.Array("startContainer"u8, HookOf),
        Poststart = json.Array("poststart"u8, HookOf),
        Poststop = json.Array("poststop"u8, HookOf),
    };

    private static HookSpec HookOf(JsonObjectReader json) => new()
    {
        Path = json.RequiredString("path"u8),
        Args = json.Strings("args"u8),
        Env = json.OptionalStrings("env"u8),
        Timeout = json.Int32("timeout"u8, min: 1),
    };
}
