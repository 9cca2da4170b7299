using System;
using System.Collections.Generic;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Init;

/// <summary>
/// The namespaces of an `init` that waits for start, from itself: nobody but root may look into it, since it is not dumpable (CVE-2016-9962), but to the user
/// who may start it they are open.
/// </summary>
internal static class InitNamespaces
{
    /// <param name="connection">To its listening socket.</param>
    /// <returns>Open files by type; null when it is gone.</returns>
    public static IReadOnlyList<(CloneFlags Type, Fd File)>? Ask(Fd connection)
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
