using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lade.DBus;

/// <summary>Where a bus listens (D-Bus specification "Server Addresses").</summary>
/// <param name="Socket">A path, or <c>@</c> and an abstract name.</param>
/// <param name="IsPrivate">systemd's own socket: the service itself is at the other end, without a bus in between.</param>
internal readonly record struct BusAddress(string Socket, bool IsPrivate)
{
    private const string PrivateSocket = "/systemd/private";

    /// <summary>The system bus, with systemd's own socket as a fallback for root on a host without a bus.</summary>
    public static string ForSystem(bool isRoot, Func<string, string?> environment)
    {
        if (environment("DBUS_SYSTEM_BUS_ADDRESS") is { Length: > 0 } given)
            return given;
        return "unix:path=/run/dbus/system_bus_socket" + (isRoot ? ";unix:path=/run" + PrivateSocket : "");
    }

    /// <summary>The user's bus, with the socket of the user's systemd as a fallback.</summary>
    public static string ForUser(uint uid, Func<string, string?> environment)
    {
        string runtime = environment("XDG_RUNTIME_DIR") is { Length: > 0 } directory ? directory : "/run/user/" + uid.ToString(CultureInfo.InvariantCulture);
        return (environment("DBUS_SESSION_BUS_ADDRESS") is { Length: > 0 } given ? given : "unix:path=" + Escape(runtime + "/bus"))
            + ";unix:path=" + Escape(runtime + PrivateSocket);
    }

    /// <summary>The usable entries of an address list, in order.</summary>
    public static List<BusAddress> Parse(string addresses)
    {
        var found = new List<BusAddress>();
        foreach (string address in addresses.Split(';'))
        {
            if (!address.StartsWith("unix:", StringComparison.Ordinal))
                continue;
            foreach (string pair in address["unix:".Length..].Split(','))
            {
                if (pair.StartsWith("path=", StringComparison.Ordinal))
                    found.Add(new BusAddress(Unescape(pair["path=".Length..]), pair.EndsWith(PrivateSocket, StringComparison.Ordinal)));
                else if (pair.StartsWith("abstract=", StringComparison.Ordinal))
                    found.Add(new BusAddress("@" + Unescape(pair["abstract=".Length..]), false));
            }
        }

        return found;
    }

    public override string ToString() => Socket;

    private static string Escape(string path) => ByteEscaping.Escape(path, "/-_.\\*", "%");

    private static string Unescape(string value)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '%' && i + 2 < value.Length && byte.TryParse(value.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte escaped))
            {
                bytes.Add(escaped);
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(value[i].ToString()));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
