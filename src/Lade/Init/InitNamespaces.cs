using System;
using System.Collections.Generic;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Init;

/// <summary>
/// Gets the namespaces of an `init` that waits for `start` from `init` itself: it is not dumpable (CVE-2016-9962), so an unprivileged user has no access to its
/// /proc entry, but may still join the namespaces.
/// </summary>
internal static class InitNamespaces
{
    /// <param name="connection">Connection to its listening socket.</param>
    /// <returns>Open files by type; null if it has exited.</returns>
    public static IReadOnlyList<(CloneFlags Type, Fd File)>? Request(Fd connection)
    {
        if (Sockets.Send(connection, [PlanFormat.CommandNamespaces]).Value != 0)
            return null;
        var files = new List<(CloneFlags Type, Fd File)>();
        byte[] packet = new byte[PlanFormat.MessageSize];
        while (Sockets.Receive(connection, packet, out Fd? passed) is > 0 and var length)
        {
            InitMessage message = InitMessage.Parse(packet.AsSpan(0, length), passed);
            if (message is not { Kind: MessageKind.Fd, Passed: not null })
                throw new LadeException("init sent an unexpected message");
            files.Add(((CloneFlags)message.Value, message.Passed));
        }

        return files.Count > 0 ? files : null;
    }
}
