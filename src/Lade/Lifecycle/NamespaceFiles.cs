using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Lifecycle;

/// <summary>Opens the files of namespaces to join, and checks their types.</summary>
internal static class NamespaceFiles
{
    /// <summary>Adds an open descriptor per joined namespace.</summary>
    public static void Open(LinuxSpec? linux, Dictionary<Slot, Fd> slots)
    {
        IReadOnlyList<NamespaceSpec> namespaces = linux?.Namespaces ?? [];
        for (int i = 0; i < namespaces.Count; i++)
        {
            NamespaceSpec ns = namespaces[i];
            if (ns.Path is null)
                continue;
            JsonPointer origin = JsonPointer.Of("linux", "namespaces", i).At("path");
            Fd fd = Files.TryOpen(ns.Path, Libc.O_RDONLY, out Errno errno) ?? throw new LadeException("open " + ns.Path, errno, origin);
            slots.Add(NamespaceTable.SlotOf(ns.Type), fd);
            if (Files.TryGetNamespaceType(fd) is not { } type)
                throw new LadeException(origin, ns.Path + " is not a namespace");
            if ((CloneFlags)type != NamespaceTable.FlagOf(ns.Type))
                throw new LadeException(origin, ns.Path + " is not a " + NamespaceTable.NameOf(ns.Type) + " namespace: its type is " + (CloneFlags)type);
        }
    }

    /// <summary>To be called once `init` has inherited them.</summary>
    public static void Close(Dictionary<Slot, Fd> slots) => Fd.CloseAll(slots.Values);
}
