using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Lade.Cli;
using Lade.Configuration;
using Lade.Rootfs;
using Xunit;

namespace Lade.Tests.Cli;

/// <summary>The documents that <c>features</c> and <c>spec</c> write.</summary>
public sealed class DocumentTests
{
    [Fact]
    public void FeaturesHasTheShapeOfTheSpec()
    {
        string text = Encoding.UTF8.GetString(FeaturesDocument.ToJson());
        text.Should().StartWith("{\n    \"ociVersionMin\": \"1.0.0\",\n    \"ociVersionMax\": \"1.3.0\",\n    \"hooks\": [\n        \"prestart\",").And.EndWith("\n}\n");

        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        Names(root).Should().Equal("ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations", "potentiallyUnsafeConfigAnnotations");
        Strings(root, "mountOptions").Should().HaveCount(70).And.BeInAscendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems()
            .And.Contain(["bind", "ro", "rro", "tmpcopyup", "rnodev", "idmap", "copy-symlink"]);

        JsonElement linux = root.GetProperty("linux");
        Names(linux).Should().Equal("namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt", "memoryPolicy", "mountExtensions", "netDevices");
        Strings(linux, "namespaces").Should().HaveCount(8).And.BeInAscendingOrder(StringComparer.Ordinal);
        Strings(linux, "capabilities").Should().HaveCount(41).And.OnlyHaveUniqueItems();
        Names(linux.GetProperty("cgroup")).Should().Equal("v1", "v2", "systemd", "systemdUser", "rdma");
        JsonElement seccomp = linux.GetProperty("seccomp");
        Strings(seccomp, "actions").Should().HaveCount(9);
        Strings(seccomp, "operators").Should().HaveCount(7);
        Strings(seccomp, "archs").Should().HaveCount(23).And.BeInAscendingOrder(StringComparer.Ordinal);
        Strings(seccomp, "supportedFlags").Should().BeSubsetOf(Strings(seccomp, "knownFlags"));
    }

    /// <summary>Options of mount(8), of config.md and of crun, with all their forms; what no table knows goes to the file system.</summary>
    [Fact]
    public void MountOptionsOfFeaturesAreThoseThatAreUnderstood()
    {
        using JsonDocument document = JsonDocument.Parse(FeaturesDocument.ToJson().ToArray());
        string[] words =
        [
            "ro", "rw", "suid", "dev", "exec", "sync", "async", "dirsync", "mand", "atime", "diratime", "relatime", "strictatime", "symfollow", "lazytime", "iversion",
            "silent", "loud", "defaults", "bind", "remount", "shared", "slave", "private", "unbindable", "idmap", "tmpcopyup", "copy-symlink", "src-nofollow", "dest-nofollow",
            "move", "acl", "user", "users", "owner", "group", "auto", "nofail", "_netdev", "posixacl", "size=1k", "mode", "context", "xattr", "discard", "barrier",
        ];
        IEnumerable<string> forms = words.SelectMany(word => new[] { word, "no" + word, "r" + word, "rno" + word });

        Strings(document.RootElement, "mountOptions").Should().BeEquivalentTo(forms.Where(word => MountOptions.Parse([word]).Data.Count == 0));
    }

    [Fact]
    public void DefaultSpecIsWrittenWithTabs()
    {
        string text = Encoding.UTF8.GetString(DefaultSpec.Write(cgroupNamespace: false));
        text.Should().StartWith("{\n\t\"ociVersion\": \"1.3.0\",\n\t\"process\": {\n\t\t\"terminal\": true,").And.EndWith("\n}");

        using JsonDocument document = JsonDocument.Parse(text);
        Names(document.RootElement).Should().Equal("ociVersion", "process", "root", "hostname", "mounts", "linux");
        NamespacesOf(document).Should().Equal("pid", "network", "ipc", "uts", "mount");
        document.RootElement.GetProperty("linux").TryGetProperty("uidMappings", out _).Should().BeFalse();
    }

    [Fact]
    public void RootlessDefaultSpecMapsTheCaller()
    {
        using JsonDocument document = JsonDocument.Parse(DefaultSpec.WriteRootless(1000, 1001, cgroupNamespace: false));
        NamespacesOf(document).Should().BeEquivalentTo("pid", "ipc", "uts", "mount", "user");
        JsonElement linux = document.RootElement.GetProperty("linux");
        linux.GetProperty("uidMappings")[0].GetRawText().Should().Contain("\"hostID\": 1000");
        linux.GetProperty("gidMappings")[0].GetRawText().Should().Contain("\"hostID\": 1001");
        linux.TryGetProperty("resources", out _).Should().BeFalse();
        document.RootElement.GetProperty("mounts").EnumerateArray().Select(mount => mount.GetRawText()).Should().NotContain(mount => mount.Contains("gid="));
    }

    [Fact]
    public void LadeAcceptsItsOwnDefaultSpecs()
    {
        SpecReader.Read(DefaultSpec.Write(cgroupNamespace: false), "config.json").Process!.Args.Should().Equal("sh");
        SpecReader.Read(DefaultSpec.WriteRootless(1000, 1000, cgroupNamespace: false), "config.json").Linux!.UidMappings.Should().Equal(new IdMapping(0, 1000, 1));
    }

    private static string[] NamespacesOf(JsonDocument document) =>
        document.RootElement.GetProperty("linux").GetProperty("namespaces").EnumerateArray().Select(ns => ns.GetProperty("type").GetString()!).ToArray();

    private static string[] Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name).ToArray();

    private static string[] Strings(JsonElement element, string name) => element.GetProperty(name).EnumerateArray().Select(value => value.GetString()!).ToArray();
}
