using System;
using System.Collections.Generic;
using Lade.Linux;

namespace Lade.Network;

/// <summary>A network namespace and what it says of its interfaces.</summary>
internal sealed class NetworkNamespace : IDisposable
{
    private readonly NetlinkSocket _socket;

    private NetworkNamespace(Fd file, NetlinkSocket socket)
    {
        File = file;
        _socket = socket;
    }

    /// <summary>The open namespace file.</summary>
    public Fd File { get; }

    /// <summary>That of this thread.</summary>
    public static NetworkNamespace Own() => new(Files.Open("/proc/thread-self/ns/net", Libc.O_RDONLY), NetlinkSocket.Open());

    /// <summary>That of another process.</summary>
    public static NetworkNamespace Of(int pid, NetworkNamespace own)
    {
        Fd file = Files.Open("/proc/" + pid + "/ns/net", Libc.O_RDONLY);
        return new NetworkNamespace(file, NetlinkSocket.OpenIn(file, own.File));
    }

    /// <summary>The interface of that name, which may be an alternative one; null without one.</summary>
    public NetworkLink? Find(string name) => Find(NetworkLink.Request(Libc.RTM_GETLINK, 0).Add(Libc.IFLA_IFNAME, name), name);

    public NetworkLink? Find(int index) => Find(NetworkLink.Request(Libc.RTM_GETLINK, index), "number " + index);

    /// <summary>The first index from that one on that no interface has.</summary>
    public int FreeIndex(int index)
    {
        while (Find(index) is not null)
            index++;
        return index;
    }

    public List<NetworkAddress> AddressesOf(NetworkLink link)
    {
        var replies = new List<byte[]>();
        Errno errno = _socket.Call(new NetlinkRequest(Libc.RTM_GETADDR, Libc.NLM_F_DUMP, new byte[8]), replies, out string said);
        Check(errno, "list the addresses of network device " + link.Name, said);
        var addresses = new List<NetworkAddress>();
        foreach (byte[] reply in replies)
        {
            if (NetworkAddress.Parse(reply, link.Index) is { } address)
                addresses.Add(address);
        }

        return addresses;
    }

    /// <summary>
    /// Sends an interface away to another namespace. The kernel takes it down and takes its addresses; a name it changes after the move, with %d to the first
    /// free number.
    /// </summary>
    /// <param name="index">Its index there.</param>
    /// <param name="name">Its name there, null for the one it has.</param>
    public void Send(NetworkLink link, NetworkNamespace to, int index, string? name)
    {
        NetlinkRequest request = NetworkLink.Request(Libc.RTM_NEWLINK, link.Index).Add(Libc.IFLA_NET_NS_FD, (uint)to.File.Number).Add(Libc.IFLA_NEW_IFINDEX, (uint)index);
        if (name is not null)
            request.Add(Libc.IFLA_IFNAME, name);
        Do(request, "move network device " + link.Name + " to another namespace" + (name is null ? "" : " as " + name));
    }

    /// <param name="oldName">What the interface was called when the addresses were read.</param>
    public void Give(NetworkLink link, IReadOnlyList<NetworkAddress> addresses, string oldName)
    {
        foreach (NetworkAddress address in addresses)
            Do(address.Request(link, oldName), "give network device " + link.Name + " its address");
    }

    public void SetUp(NetworkLink link) => Do(NetworkLink.Request(Libc.RTM_NEWLINK, link.Index, Libc.IFF_UP), "set network device " + link.Name + " up");

    public void Dispose()
    {
        _socket.Dispose();
        File.Dispose();
    }

    private NetworkLink? Find(NetlinkRequest request, string name)
    {
        var replies = new List<byte[]>();
        Errno errno = _socket.Call(request, replies, out string said);
        if (errno == Errno.ENODEV)
            return null;
        Check(errno, "look for network device " + name, said);
        return replies.Count > 0 ? NetworkLink.Parse(replies[0]) : null;
    }

    private void Do(NetlinkRequest request, string what) => Check(_socket.Call(request, [], out string said), what, said);

    private static void Check(Errno errno, string what, string said)
    {
        if (errno.Value != 0)
            throw said.Length == 0 ? new LadeException(what, errno) : new LadeException(what + ": " + errno.Describe() + ": " + said);
    }
}
