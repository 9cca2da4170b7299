using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>
/// A bundle with a root file system of busybox, in a directory of its own together with lade's state. The config starts as what `lade spec` writes, without a
/// terminal and with a hostname and cgroup of its own. Making one skips the test where there is no root.
/// </summary>
public sealed class Bundle : IDisposable
{
    private static readonly Lazy<string> s_defaultConfig = new(MakeDefaultConfig);
    private static readonly Lazy<Template> s_template = new(() => new Template());

    private static int s_number;

    public Bundle()
    {
        Machine.NeedsRoot();
        Name = "lade-test-" + Environment.ProcessId + "-" + Interlocked.Increment(ref s_number);
        // Not by CreateTempSubdirectory: its mode 0700 would keep the root of a user namespace out.
        Directory = System.IO.Path.GetTempPath() + Name;
        System.IO.Directory.CreateDirectory(Path);
        s_template.Value.MakeRootfs(Rootfs);
        Lade = new LadeProgram(Directory);
        Config = JsonNode.Parse(s_defaultConfig.Value)!;
        Set("/process/terminal", false);
        Set("/root/readonly", false);
        Set("/hostname", Name);
        Set("/linux/cgroupsPath", CgroupsPath);
    }

    /// <summary>Unlike that of any other bundle of any test run at the same time.</summary>
    public string Name { get; }

    /// <summary>All of the test's: the bundle, lade's state, output, what the test itself puts there.</summary>
    public string Directory { get; }

    public string Path => Directory + "/bundle";

    public string Rootfs => Path + "/rootfs";

    /// <summary>Two levels, so that both have to be made and removed.</summary>
    public string CgroupsPath => "/" + Name + "/container";

    public LadeProgram Lade { get; }

    public JsonNode Config { get; private set; }

    public Bundle Args(params string[] args) => Set("/process/args", Array(args));

    /// <summary>The container's program: a shell with this script.</summary>
    public Bundle Script(string script) => Args("sh", "-c", script);

    /// <summary>A program that does nothing and stays.</summary>
    public Bundle Sleeps() => Args("sleep", "1000");

    public Bundle Env(params string[] env) => Set("/process/env", Array(env));

    public Bundle User(uint uid, uint gid, params uint[] additionalGids) =>
        Set("/process/user", new JsonObject { ["uid"] = uid, ["gid"] = gid, ["additionalGids"] = new JsonArray([.. additionalGids.Select(g => (JsonNode)g)]) });

    /// <summary>The five sets, all alike but for inheritable and ambient, which stay empty unless given.</summary>
    public Bundle Capabilities(string[] held, string[]? ambient = null) => Set("/process/capabilities", new JsonObject
    {
        ["bounding"] = Array(held),
        ["effective"] = Array(held),
        ["permitted"] = Array(held),
        ["inheritable"] = Array(ambient ?? []),
        ["ambient"] = Array(ambient ?? []),
    });

    /// <summary>Appends to mounts[].</summary>
    public Bundle Mount(string destination, string? type, string? source, params string[] options)
    {
        Config["mounts"]!.AsArray().Add(new JsonObject { ["destination"] = destination, ["type"] = type, ["source"] = source, ["options"] = Array(options) });
        return this;
    }

    public Bundle Tmpfs(string destination, params string[] options) => Mount(destination, "tmpfs", "tmpfs", options);

    public Bundle WithoutMount(string destination)
    {
        JsonArray mounts = Config["mounts"]!.AsArray();
        mounts.Remove(mounts.First(m => (string)m!["destination"]! == destination));
        return this;
    }

    /// <summary>A new namespace, or the one to join; replaces what the config has of that type.</summary>
    public Bundle Namespace(string type, string? path = null)
    {
        WithoutNamespace(type);
        var entry = new JsonObject { ["type"] = type };
        if (path is not null)
            entry["path"] = path;
        Config["linux"]!["namespaces"]!.AsArray().Add(entry);
        return this;
    }

    public Bundle WithoutNamespace(string type)
    {
        JsonArray namespaces = Config["linux"]!["namespaces"]!.AsArray();
        if (namespaces.FirstOrDefault(n => (string)n!["type"]! == type) is { } entry)
            namespaces.Remove(entry);
        return this;
    }

    /// <summary>A new user namespace whose ids 0 .. size-1 are the host's from <paramref name="hostId"/> on; the root file system is made theirs.</summary>
    public Bundle UserNamespace(uint hostId = 100000, uint size = 65536)
    {
        Namespace("user");
        Set("/linux/uidMappings", new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = hostId, ["size"] = size }));
        Set("/linux/gidMappings", new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = hostId, ["size"] = size }));
        Machine.Sh($"find '{Rootfs}' -type d -exec chown {hostId}:{hostId} {{}} +");
        return this;
    }

    /// <param name="kind">prestart, createRuntime, createContainer, startContainer, poststart or poststop.</param>
    public Bundle Hook(string kind, string path, params string[] args)
    {
        JsonObject hooks = (Config["hooks"] ??= new JsonObject()).AsObject();
        (hooks[kind] ??= new JsonArray()).AsArray().Add(new JsonObject { ["path"] = path, ["args"] = Array([path, .. args]) });
        return this;
    }

    /// <summary>A hook that is a shell with this script; files of the host's /bin or the container's, as its kind demands.</summary>
    public Bundle HookScript(string kind, string script) => Hook(kind, "/bin/sh", "-c", script);

    /// <summary>Sets the value at a JSON pointer; missing objects on the way are made, "-" appends to an array.</summary>
    public Bundle Set(string pointer, JsonNode? value)
    {
        string[] keys = pointer[1..].Split('/');
        JsonNode at = Config;
        foreach (string key in keys[..^1])
            at = at is JsonArray array ? array[int.Parse(key)]! : at[Unescape(key)] ??= new JsonObject();
        if (at is JsonArray last && keys[^1] == "-")
            last.Add(value);
        else if (at is JsonArray list)
            list[int.Parse(keys[^1])] = value;
        else
            at[Unescape(keys[^1])] = value;
        return this;
    }

    /// <summary>As <see cref="Set"/>, with JSON text.</summary>
    public Bundle SetJson(string pointer, string json) => Set(pointer, JsonNode.Parse(json));

    public Bundle Remove(string pointer)
    {
        string[] keys = pointer[1..].Split('/');
        JsonNode? at = Config;
        foreach (string key in keys[..^1])
            at = at is JsonArray array ? array[int.Parse(key)] : at?[Unescape(key)];
        at?.AsObject().Remove(Unescape(keys[^1]));
        return this;
    }

    /// <summary>Another config altogether; hostname, cgroup and root become the bundle's.</summary>
    public Bundle Replace(string json)
    {
        Config = JsonNode.Parse(json)!;
        Set("/process/terminal", false);
        Set("/root/path", "rootfs");
        Set("/linux/cgroupsPath", CgroupsPath);
        return this;
    }

    /// <summary>Writes a file, with the directories above it, in the root file system.</summary>
    public Bundle File(string path, string content)
    {
        string file = Rootfs + path;
        System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        System.IO.File.WriteAllText(file, content);
        return this;
    }

    public Bundle Save()
    {
        System.IO.File.WriteAllText(Path + "/config.json", Config.ToJsonString());
        return this;
    }

    /// <summary>Makes a directory of the test's own outside the bundle, and gives its path.</summary>
    public string MakeDirectory(string name)
    {
        string path = Directory + "/" + name;
        System.IO.Directory.CreateDirectory(path);
        return path;
    }

    public static JsonArray Array(params string[] items) => new([.. items.Select(i => (JsonNode)i)]);

    public void Dispose()
    {
        // A mount that is left below would be emptied with the directory.
        IReadOnlyList<MountInfo> left = [.. MountInfo.Read("self").Where(m => m.Target.StartsWith(Directory + "/", StringComparison.Ordinal))];
        if (left.Count > 0)
            throw new InvalidOperationException("mounts are left: " + string.Join(", ", left.Select(m => m.Target)));
        Machine.RemoveTree(Directory);
    }

    private static string Unescape(string key) => key.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    private static string MakeDefaultConfig()
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("lade-test-spec-").FullName;
        try
        {
            var lade = new LadeProgram(directory);
            CommandResult result = lade.Run("spec", "--bundle", directory);
            return result.ExitCode == 0 ? System.IO.File.ReadAllText(directory + "/config.json") : throw new InvalidOperationException("lade spec: " + result.Stderr);
        }
        finally
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>
    /// One copy of busybox that all bundles link to. Copying it for each would be slower, and while one thread writes an executable another's child
    /// may hold it open for writing, and executing it fails (ETXTBSY).
    /// </summary>
    private sealed class Template
    {
        private const string Busybox = "/bin/busybox";

        private readonly string _copy = System.IO.Path.GetTempPath() + "lade-test-" + Environment.ProcessId + "-busybox";
        private readonly string[] _applets;

        public Template()
        {
            Machine.NeedsFile(Busybox);
            System.IO.File.Copy(Busybox, _copy, overwrite: true);
            _applets = Machine.Sh(Busybox + " --list").Split('\n');
            AppDomain.CurrentDomain.ProcessExit += (_, _) => System.IO.File.Delete(_copy);
        }

        public void MakeRootfs(string rootfs)
        {
            foreach (string directory in (string[])["bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "usr", "var"])
                System.IO.Directory.CreateDirectory(rootfs + "/" + directory);
            System.IO.File.SetUnixFileMode(rootfs + "/tmp", (UnixFileMode)0x3ff);
            Machine.HardLink(_copy, rootfs + "/bin/busybox");
            foreach (string applet in _applets)
            {
                if (applet != "busybox")
                    System.IO.File.CreateSymbolicLink(rootfs + "/bin/" + applet, "busybox");
            }

            System.IO.File.WriteAllText(rootfs + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nsailor:x:1000:1000::/home/sailor:/bin/sh\n");
            System.IO.File.WriteAllText(rootfs + "/etc/group", "root:x:0:\nsailor:x:1000:\n");
        }
    }
}
