using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Lade.Linux;

namespace Lade.Network;

/// <summary>A network interface: struct ifinfomsg and its attributes (rtnetlink(7)).</summary>
internal sealed record NetworkLink(int Index, string Name, bool IsUp)
{
    private const int BodySize = 16;

    /// <param name="message">The body of an RTM_NEWLINK.</param>
    public static NetworkLink Parse(ReadOnlySpan<byte> message)
    {
        string name = "";
        var attributes = new NetlinkAttributes(message[BodySize..]);
        while (attributes.Next())
        {
            if (attributes.Type == Libc.IFLA_IFNAME)
                name = Encoding.UTF8.GetString(attributes.Value).TrimEnd('\0');
        }

        return new NetworkLink(BinaryPrimitives.ReadInt32LittleEndian(message[4..]), name, (BinaryPrimitives.ReadUInt32LittleEndian(message[8..]) & Libc.IFF_UP) != 0);
    }

    /// <param name="index">Of the interface; 0 for one that an attribute names.</param>
    /// <param name="flags">IFF_* to set; the others stay unchanged.</param>
    public static NetlinkRequest Request(ushort type, int index, uint flags = 0)
    {
        Span<byte> body = stackalloc byte[BodySize];
        body.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(body[4..], index);
        BinaryPrimitives.WriteUInt32LittleEndian(body[8..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(body[12..], flags);
        return new NetlinkRequest(type, Libc.NLM_F_ACK, body);
    }
}

/// <summary>A permanent global address of an interface: struct ifaddrmsg and its attributes. A move to another namespace loses it.</summary>
internal sealed record NetworkAddress
{
    private const int BodySize = 8;

    /// <summary>Flags that the owner chose; the kernel maintains the others.</summary>
    private const uint OwnerFlags = Libc.IFA_F_NODAD | Libc.IFA_F_HOMEADDRESS | Libc.IFA_F_MANAGETEMPADDR | Libc.IFA_F_NOPREFIXROUTE | Libc.IFA_F_MCAUTOJOIN;

    public required byte Family { get; init; }
    public required byte PrefixLength { get; init; }

    /// <summary>IFA_F_*.</summary>
    public required uint Flags { get; init; }

    /// <summary>Attributes to repeat unchanged: type and bytes.</summary>
    public required IReadOnlyList<(ushort Type, byte[] Value)> Attributes { get; init; }

    /// <summary>Label of an IPv4 address, which begins with the name of the interface: <c>eth0</c>, <c>eth0:1</c>.</summary>
    public string? Label { get; init; }

    /// <param name="message">The body of an RTM_NEWADDR.</param>
    /// <param name="index">The wanted interface; a dump has the addresses of all.</param>
    /// <returns>null for an address of another interface, a link-local one, or one with a limited lifetime.</returns>
    public static NetworkAddress? Parse(ReadOnlySpan<byte> message, int index)
    {
        const byte Universe = 0; // RT_SCOPE_UNIVERSE
        if (BinaryPrimitives.ReadInt32LittleEndian(message[4..]) != index || message[3] != Universe)
            return null;
        uint flags = message[2];
        string? label = null;
        var kept = new List<(ushort, byte[])>();
        var attributes = new NetlinkAttributes(message[BodySize..]);
        while (attributes.Next())
        {
            if (attributes.Type == Libc.IFA_FLAGS)
                flags = BinaryPrimitives.ReadUInt32LittleEndian(attributes.Value);
            else if (attributes.Type == Libc.IFA_LABEL)
                label = Encoding.UTF8.GetString(attributes.Value).TrimEnd('\0');
            else if (attributes.Type is Libc.IFA_ADDRESS or Libc.IFA_LOCAL or Libc.IFA_BROADCAST or Libc.IFA_RT_PRIORITY)
                kept.Add((attributes.Type, attributes.Value.ToArray()));
        }

        if ((flags & Libc.IFA_F_PERMANENT) == 0)
            return null;
        return new NetworkAddress { Family = message[0], PrefixLength = message[1], Flags = flags & OwnerFlags, Attributes = kept, Label = label };
    }

    /// <summary>The request that adds it to an interface.</summary>
    /// <param name="oldName">The name of the interface when the address was read.</param>
    public NetlinkRequest Request(NetworkLink link, string oldName)
    {
        Span<byte> body = stackalloc byte[BodySize];
        body.Clear();
        body[0] = Family;
        body[1] = PrefixLength;
        BinaryPrimitives.WriteInt32LittleEndian(body[4..], link.Index);
        NetlinkRequest request = new NetlinkRequest(Libc.RTM_NEWADDR, Libc.NLM_F_ACK | Libc.NLM_F_CREATE | Libc.NLM_F_EXCL, body).Add(Libc.IFA_FLAGS, Flags);
        foreach ((ushort type, byte[] value) in Attributes)
            request.Add(type, value);
        if (Label is not null)
            request.Add(Libc.IFA_LABEL, Label.StartsWith(oldName, StringComparison.Ordinal) ? link.Name + Label[oldName.Length..] : Label);
        return request;
    }
}
