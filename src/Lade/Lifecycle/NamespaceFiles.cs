using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Lifecycle;

/// <summary>The files of namespaces to join, opened and checked to be of the type that config.json says.</summary>
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
            int type = Libc.ioctl(fd.Number, Libc.NS_GET_NSTYPE, 0);
            if (type < 0)
                throw new LadeException(origin, ns.Path + " is no namespace");
            if ((CloneFlags)(uint)type != NamespaceTable.FlagOf(ns.Type))
                throw new LadeException(origin, ns.Path + " is no " + NamespaceTable.NameOf(ns.Type) + " namespace but of type " + (CloneFlags)(uint)type);
        }
    }

    /// <summary>After `init` has inherited them.</summary>
    public static void Close(Dictionary<Slot, Fd> slots) => Fd.CloseAll(slots.Values);
}
