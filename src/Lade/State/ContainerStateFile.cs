using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;
using Lade.Cgroups.Systemd;
using Lade.Configuration;
using Lade.Resctrl;
using Lade.Plan;

namespace Lade.State;

/// <summary>Reads and writes state.json. Unknown properties are ignored, so that the state of a newer version can be read.</summary>
internal static class ContainerStateFile
{
    public static void Write(IBufferWriter<byte> output, ContainerState state)
    {
        using var json = new Utf8JsonWriter(output, JsonEscaping.Compact);
        json.WriteStartObject();
        json.WriteString("id", state.Id.ToString());
        json.WriteString("phase", NameOf(state.Phase));
        WriteProcess(json, "creator", state.Creator);
        if (state.Init is { } init)
            WriteProcess(json, "init", init);
        json.WriteBoolean("ownPidNamespace", state.OwnPidNamespace);
        if (state.NoNewKeyring)
            json.WriteBoolean("noNewKeyring", true);
        if (state.Keyring is not null)
            json.WriteString("keyring", state.Keyring);
        if (state.UserNamespace is not null)
            json.WriteString("userNamespace", state.UserNamespace);
        json.WriteString("ociVersion", state.OciVersion);
        json.WriteString("bundle", state.Bundle);
        json.WriteString("rootfs", state.Rootfs);
        json.WriteString("created", state.Created);
        json.WriteNumber("ownerUid", state.OwnerUid);
        if (state.Cgroup is not null)
            WriteCgroup(json, state.Cgroup);
        if (state.IntelRdt is not null)
            WriteIntelRdt(json, state.IntelRdt);
        if (state.AddedMounts.Count > 0)
            WriteMounts(json, state.AddedMounts);
        WriteNotes(json, state.StartNotes);
        json.WriteStartArray("hooks");
        int bit = 0;
        foreach (Range name in SpecNames.Hooks.AsSpan().Split(' '))
        {
            if (((int)state.Hooks >> bit++ & 1) != 0)
                json.WriteStringValue(SpecNames.Hooks.AsSpan(name));
        }

        json.WriteEndArray();
        json.WriteStartObject("annotations");
        foreach (KeyValuePair<string, string> annotation in state.Annotations)
            json.WriteString(annotation.Key, annotation.Value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <param name="path">Named in errors.</param>
    /// <exception cref="LadeException">Not the JSON of <see cref="Write"/>.</exception>
    public static ContainerState Read(ReadOnlyMemory<byte> bytes, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or LadeException)
        {
            // The messages of the library's own exceptions are not in the published executable.
            string what = e switch
            {
                JsonException json => "not JSON at line " + ((json.LineNumber ?? 0) + 1) + ", byte " + ((json.BytePositionInLine ?? 0) + 1),
                LadeException => e.Message,
                _ => "a value has the wrong type",
            };
            throw new LadeException(path + " is damaged: " + what, e);
        }
    }

    private static ContainerState Read(JsonElement root)
    {
        var annotations = new Dictionary<string, string>();
        foreach (JsonProperty annotation in Required(root, "annotations").EnumerateObject())
            annotations[annotation.Name] = annotation.Value.GetString() ?? "";

        var hooks = HookKinds.None;
        foreach (JsonElement hook in Required(root, "hooks").EnumerateArray())
            hooks |= WordList.IndexOf(SpecNames.Hooks, hook.GetString() ?? "") is >= 0 and int kind ? (HookKinds)(1 << kind) : HookKinds.None;

        return new ContainerState
        {
            Id = ContainerId.Parse(Text(root, "id")),
            Phase = PhaseOf(Text(root, "phase")),
            Creator = Process(Required(root, "creator")),
            Init = root.TryGetProperty("init", out JsonElement init) ? Process(init) : null,
            OwnPidNamespace = Required(root, "ownPidNamespace").GetBoolean(),
            NoNewKeyring = root.TryGetProperty("noNewKeyring", out JsonElement keyring) && keyring.GetBoolean(),
            Keyring = root.TryGetProperty("keyring", out JsonElement session) ? session.GetString() : null,
            UserNamespace = root.TryGetProperty("userNamespace", out JsonElement user) ? user.GetString() : null,
            OciVersion = Text(root, "ociVersion"),
            Bundle = Text(root, "bundle"),
            Rootfs = Text(root, "rootfs"),
            Created = Required(root, "created").GetDateTime(),
            OwnerUid = Required(root, "ownerUid").GetUInt32(),
            Cgroup = root.TryGetProperty("cgroup", out JsonElement cgroup) ? Cgroup(cgroup) : null,
            IntelRdt = root.TryGetProperty("intelRdt", out JsonElement rdt) ? IntelRdt(rdt) : null,
            AddedMounts = root.TryGetProperty("addedMounts", out JsonElement mounts) ? Mounts(mounts) : [],
            StartNotes = root.TryGetProperty("start", out JsonElement notes) ? Notes(notes) : StartNotes.None,
            Hooks = hooks,
            Annotations = annotations,
        };
    }

    private static void WriteProcess(Utf8JsonWriter json, string name, ProcessIdentity process)
    {
        json.WriteStartObject(name);
        json.WriteNumber("pid", process.Pid);
        json.WriteNumber("startTime", process.StartTime);
        json.WriteEndObject();
    }

    private static ProcessIdentity Process(JsonElement process) =>
        new(Required(process, "pid").GetInt32(), Required(process, "startTime").GetUInt64());

    private static void WriteCgroup(Utf8JsonWriter json, CgroupState cgroup)
    {
        json.WriteStartObject("cgroup");
        if (cgroup.Unit is { } unit)
        {
            json.WriteStartObject("unit");
            json.WriteString("name", unit.Name);
            json.WriteString("bus", unit.Bus);
            json.WriteNumber("inode", unit.Inode);
            json.WriteEndObject();
        }

        json.WriteStartArray("directories");
        foreach (string directory in cgroup.Directories)
            json.WriteStringValue(directory);

        json.WriteEndArray();
        if (cgroup.DelegatedPath.Length > 0)
            json.WriteString("part", cgroup.DelegatedPath);
        json.WriteEndObject();
    }

    private static CgroupState Cgroup(JsonElement cgroup)
    {
        var directories = new List<string>();
        foreach (JsonElement directory in Required(cgroup, "directories").EnumerateArray())
            directories.Add(directory.GetString() ?? throw new LadeException("a cgroup directory is null"));
        return new CgroupState
        {
            Unit = cgroup.TryGetProperty("unit", out JsonElement unit) ? new UnitRecord(Text(unit, "name"), Text(unit, "bus"), Required(unit, "inode").GetUInt64()) : null,
            Directories = directories,
            DelegatedPath = cgroup.TryGetProperty("part", out JsonElement part) ? part.GetString() ?? "" : "",
        };
    }

    private static void WriteMounts(Utf8JsonWriter json, IReadOnlyList<AddedMount> mounts)
    {
        json.WriteStartArray("addedMounts");
        foreach (AddedMount mount in mounts)
        {
            json.WriteStartObject();
            json.WriteString("destination", mount.Destination);
            json.WriteNumber("id", mount.Id);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static List<AddedMount> Mounts(JsonElement mounts)
    {
        var added = new List<AddedMount>();
        foreach (JsonElement mount in mounts.EnumerateArray())
            added.Add(new AddedMount(Text(mount, "destination"), Required(mount, "id").GetUInt64()));
        return added;
    }

    private static void WriteNotes(Utf8JsonWriter json, StartNotes notes)
    {
        if (notes.Operations.Count == 0)
            return;
        json.WriteStartObject("start");
        json.WriteNumber("first", notes.First);
        json.WriteStartArray("operations");
        foreach (OperationNote note in notes.Operations)
        {
            json.WriteStartObject();
            json.WriteString("description", note.Description);
            if (!note.Origin.IsNone)
                json.WriteString("origin", note.Origin.ToString());
            if (note.File is not null)
                json.WriteString("file", note.File);
            if (note.HookTimeout is { } timeout)
                json.WriteNumber("hookTimeout", timeout);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static StartNotes Notes(JsonElement start)
    {
        var notes = new List<OperationNote>();
        foreach (JsonElement note in Required(start, "operations").EnumerateArray())
        {
            notes.Add(new OperationNote(
                Text(note, "description"),
                note.TryGetProperty("origin", out JsonElement origin) ? new JsonPointer(origin.GetString()) : JsonPointer.None,
                note.TryGetProperty("file", out JsonElement file) ? file.GetString() : null,
                note.TryGetProperty("hookTimeout", out JsonElement timeout) ? timeout.GetInt32() : null));
        }

        return new StartNotes(Required(start, "first").GetInt32(), notes);
    }

    private static void WriteIntelRdt(Utf8JsonWriter json, ResctrlGroup group)
    {
        json.WriteStartObject("intelRdt");
        json.WriteString("root", group.Root);
        json.WriteString("directory", group.Directory);
        json.WriteBoolean("isOurs", group.IsOurs);
        if (group.MonitoringDirectory is not null)
            json.WriteString("monitoringDirectory", group.MonitoringDirectory);
        json.WriteEndObject();
    }

    private static ResctrlGroup IntelRdt(JsonElement group) => new()
    {
        Root = Text(group, "root"),
        Directory = Text(group, "directory"),
        IsOurs = Required(group, "isOurs").GetBoolean(),
        MonitoringDirectory = group.TryGetProperty("monitoringDirectory", out JsonElement monitoring) ? monitoring.GetString() : null,
    };

    private static JsonElement Required(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) ? value : throw new LadeException("property \"" + name + "\" is missing");

    private static string Text(JsonElement parent, string name) =>
        Required(parent, name).GetString() ?? throw new LadeException("property \"" + name + "\" is null");

    private static string NameOf(ContainerPhase phase) => phase switch
    {
        ContainerPhase.Creating => "creating",
        ContainerPhase.Created => "created",
        ContainerPhase.Started => "started",
        _ => throw new ArgumentOutOfRangeException(nameof(phase)),
    };

    private static ContainerPhase PhaseOf(string name) => name switch
    {
        "creating" => ContainerPhase.Creating,
        "created" => ContainerPhase.Created,
        "started" => ContainerPhase.Started,
        _ => throw new LadeException("unknown phase \"" + name + "\""),
    };
}
