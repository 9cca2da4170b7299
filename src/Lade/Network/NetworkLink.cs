using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Lade.Linux;

namespace Lade.Network;

/// <summary>A network interface, as struct ifinfomsg and its attributes tell it.</summary>
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

    /// <summary>A request about the interface of that index, 0 for one that an attribute names.</summary>
    /// <param name="flags">IFF_* to set, and no others to change.</param>
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

/// <summary>An address of an interface that was given by hand and is meant to stay: what a move to another namespace loses and has to give back.</summary>
internal sealed record NetworkAddress
{
    private const int BodySize = 8;

    /// <summary>What somebody asked for; the other flags are the kernel's own account of the address.</summary>
    private const uint Kept = Libc.IFA_F_NODAD | Libc.IFA_F_HOMEADDRESS | Libc.IFA_F_MANAGETEMPADDR | Libc.IFA_F_NOPREFIXROUTE | Libc.IFA_F_MCAUTOJOIN;

    public required byte Family { get; init; }
    public required byte PrefixLength { get; init; }

    /// <summary>IFA_F_*.</summary>
    public required uint Flags { get; init; }

    /// <summary>Attributes that are repeated as they are: type and bytes.</summary>
    public required IReadOnlyList<(ushort Type, byte[] Value)> Attributes { get; init; }

    /// <summary>Name of the IPv4 address, which begins with that of its interface: <c>eth0</c>, <c>eth0:1</c>.</summary>
    public string? Label { get; init; }

    /// <param name="message">The body of an RTM_NEWADDR.</param>
    /// <param name="index">The interface that is asked for; a dump tells those of all.</param>
    /// <returns>null for an address of another interface, a link-local one, or one with an end.</returns>
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
        return new NetworkAddress { Family = message[0], PrefixLength = message[1], Flags = flags & Kept, Attributes = kept, Label = label };
    }

    /// <summary>The request that gives it to an interface.</summary>
    /// <param name="oldName">What the interface was called when the address was read.</param>
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
