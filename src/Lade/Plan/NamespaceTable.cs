using System;
using Lade.Configuration;

namespace Lade.Plan;

/// <summary>
/// What the kernel calls the namespace types, in the order of <see cref="NamespaceType"/>, which has their names in config.json.
/// A new type is a member of that enum, and a file and a flag here.
/// </summary>
internal static class NamespaceTable
{
    /// <summary>The slot of the open file of a joined namespace.</summary>
    public static Slot SlotOf(NamespaceType type) => new("namespaces/" + NameOf(type));

    /// <summary>Files of /proc/PID/ns (namespaces(7)).</summary>
    public const string Files = "pid net mnt ipc uts user cgroup time";

    private static ReadOnlySpan<ulong> Flags =>
    [
        (ulong)CloneFlags.CLONE_NEWPID, (ulong)CloneFlags.CLONE_NEWNET, (ulong)CloneFlags.CLONE_NEWNS, (ulong)CloneFlags.CLONE_NEWIPC,
        (ulong)CloneFlags.CLONE_NEWUTS, (ulong)CloneFlags.CLONE_NEWUSER, (ulong)CloneFlags.CLONE_NEWCGROUP, (ulong)CloneFlags.CLONE_NEWTIME,
    ];

    /// <summary>How many types there are.</summary>
    public static int Count => Flags.Length;

    /// <summary>CLONE_NEW* of a type.</summary>
    public static CloneFlags FlagOf(NamespaceType type) => (CloneFlags)Flags[(int)type];

    /// <summary>The name of a type in config.json.</summary>
    public static string NameOf(NamespaceType type) => SpecNames.NameOf(type);

    /// <summary>The name of a type in /proc/PID/ns.</summary>
    public static string FileOf(NamespaceType type) => WordList.At(Files, (int)type);

    /// <summary>The type of one CLONE_NEW* flag.</summary>
    public static NamespaceType TypeOf(CloneFlags flag) => (NamespaceType)Flags.IndexOf((ulong)flag);
}
