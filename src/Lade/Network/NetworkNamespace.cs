using System;
using System.Collections.Generic;
using Lade.Linux;

namespace Lade.Network;

/// <summary>A network namespace, and rtnetlink(7) requests about its interfaces.</summary>
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

    /// <summary>The namespace of this thread.</summary>
    public static NetworkNamespace OpenOwn() => new(Files.Open("/proc/thread-self/ns/net", Libc.O_RDONLY), NetlinkSocket.Open());

    /// <summary>The namespace of another process.</summary>
    public static NetworkNamespace Open(int pid, NetworkNamespace own)
    {
        Fd file = Files.Open("/proc/" + pid + "/ns/net", Libc.O_RDONLY);
        return new NetworkNamespace(file, NetlinkSocket.OpenIn(file, own.File));
    }

    /// <summary>The interface with a name or alternative name; null without one.</summary>
    public NetworkLink? Find(string name) => Find(NetworkLink.Request(Libc.RTM_GETLINK, 0).Add(Libc.IFLA_IFNAME, name), name);

    public NetworkLink? Find(int index) => Find(NetworkLink.Request(Libc.RTM_GETLINK, index), "number " + index);

    /// <summary>The first unused interface index, starting at <paramref name="index"/>.</summary>
    public int FreeIndex(int index)
    {
        while (Find(index) is not null)
            index++;
        return index;
    }

    public List<NetworkAddress> AddressesOf(NetworkLink link)
    {
        var replies = new List<byte[]>();
        Errno errno = _socket.Call(new NetlinkRequest(Libc.RTM_GETADDR, Libc.NLM_F_DUMP, new byte[8]), replies, out string explanation);
        Check(errno, "list the addresses of network device " + link.Name, explanation);
        var addresses = new List<NetworkAddress>();
        foreach (byte[] reply in replies)
        {
            if (NetworkAddress.Parse(reply, link.Index) is { } address)
                addresses.Add(address);
        }

        return addresses;
    }

    /// <summary>
    /// Moves an interface to another namespace. The kernel sets it down, removes its addresses, and renames it after the move; %d in the name is the first free number.
    /// </summary>
    /// <param name="index">The new index.</param>
    /// <param name="name">The new name; null keeps the current one.</param>
    public void MoveTo(NetworkLink link, NetworkNamespace target, int index, string? name)
    {
        NetlinkRequest request = NetworkLink.Request(Libc.RTM_NEWLINK, link.Index).Add(Libc.IFLA_NET_NS_FD, (uint)target.File.Number).Add(Libc.IFLA_NEW_IFINDEX, (uint)index);
        if (name is not null)
            request.Add(Libc.IFLA_IFNAME, name);
        Do(request, "move network device " + link.Name + " to another namespace" + (name is null ? "" : " as " + name));
    }

    /// <param name="oldName">The name of the interface when the addresses were read.</param>
    public void AddAddresses(NetworkLink link, IReadOnlyList<NetworkAddress> addresses, string oldName)
    {
        foreach (NetworkAddress address in addresses)
            Do(address.Request(link, oldName), "add an address to network device " + link.Name);
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
        Errno errno = _socket.Call(request, replies, out string explanation);
        if (errno == Errno.ENODEV)
            return null;
        Check(errno, "look for network device " + name, explanation);
        return replies.Count > 0 ? NetworkLink.Parse(replies[0]) : null;
    }

    private void Do(NetlinkRequest request, string action) => Check(_socket.Call(request, [], out string explanation), action, explanation);

    private static void Check(Errno errno, string action, string explanation)
    {
        if (errno.Value != 0)
            throw explanation.Length == 0 ? new LadeException(action, errno) : new LadeException(action + ": " + errno.Describe() + ": " + explanation);
    }
}
