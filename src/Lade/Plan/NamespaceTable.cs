using System;
using Lade.Configuration;

namespace Lade.Plan;

/// <summary>
/// Kernel names of the namespace types, in the order of <see cref="NamespaceType"/>, which has their config.json names. A new type needs a member of that enum, and
/// a file and a flag here.
/// </summary>
internal static class NamespaceTable
{
    /// <summary>Slot for the open file of a namespace to join.</summary>
    public static Slot SlotOf(NamespaceType type) => new("namespaces/" + NameOf(type));

    /// <summary>File names in /proc/PID/ns (namespaces(7)).</summary>
    public const string Files = "pid net mnt ipc uts user cgroup time";

    private static ReadOnlySpan<ulong> Flags =>
    [
        (ulong)CloneFlags.CLONE_NEWPID, (ulong)CloneFlags.CLONE_NEWNET, (ulong)CloneFlags.CLONE_NEWNS, (ulong)CloneFlags.CLONE_NEWIPC,
        (ulong)CloneFlags.CLONE_NEWUTS, (ulong)CloneFlags.CLONE_NEWUSER, (ulong)CloneFlags.CLONE_NEWCGROUP, (ulong)CloneFlags.CLONE_NEWTIME,
    ];

    public static int Count => Flags.Length;

    /// <summary>CLONE_NEW* of a type.</summary>
    public static CloneFlags FlagOf(NamespaceType type) => (CloneFlags)Flags[(int)type];

    /// <summary>config.json name of a type.</summary>
    public static string NameOf(NamespaceType type) => SpecNames.NameOf(type);

    /// <summary>/proc/PID/ns name of a type.</summary>
    public static string FileOf(NamespaceType type) => WordList.At(Files, (int)type);

    /// <summary>The type for a single CLONE_NEW* flag.</summary>
    public static NamespaceType TypeOf(CloneFlags flag) => (NamespaceType)Flags.IndexOf((ulong)flag);
}
