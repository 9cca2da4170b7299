using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lade.Cgroups.DBus;

/// <summary>A place where systemd may be asked (D-Bus specification "Server Addresses"; systemd(1) "Sockets").</summary>
/// <param name="Socket">A path, or <c>@</c> and an abstract name.</param>
/// <param name="IsPrivate">systemd's own socket: systemd is at the other end, and no bus in between.</param>
internal readonly record struct BusAddress(string Socket, bool IsPrivate)
{
    private const string PrivateSocket = "/systemd/private";

    /// <summary>Where the system's manager is: the bus, else (for root, on a machine without a bus) systemd itself.</summary>
    public static string OfSystem(bool isRoot, Func<string, string?> environment)
    {
        if (environment("DBUS_SYSTEM_BUS_ADDRESS") is { Length: > 0 } given)
            return given;
        return "unix:path=/run/dbus/system_bus_socket" + (isRoot ? ";unix:path=/run" + PrivateSocket : "");
    }

    /// <summary>Where the user's own manager is.</summary>
    public static string OfUser(uint uid, Func<string, string?> environment)
    {
        string runtime = environment("XDG_RUNTIME_DIR") is { Length: > 0 } directory ? directory : "/run/user/" + uid.ToString(CultureInfo.InvariantCulture);
        return (environment("DBUS_SESSION_BUS_ADDRESS") is { Length: > 0 } given ? given : "unix:path=" + Escape(runtime + "/bus"))
            + ";unix:path=" + Escape(runtime + PrivateSocket);
    }

    /// <summary>The entries of an address list that lade can connect to, in their order.</summary>
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

    private static string Escape(string path)
    {
        var text = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(path))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'/' or (byte)'-' or (byte)'_' or (byte)'.' or (byte)'\\' or (byte)'*')
                text.Append((char)b);
            else
                text.Append(CultureInfo.InvariantCulture, $"%{b:x2}");
        }

        return text.ToString();
    }

    private static string Unescape(string value)
    {
        if (!value.Contains('%', StringComparison.Ordinal))
            return value;
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
