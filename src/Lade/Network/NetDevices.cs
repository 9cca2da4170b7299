using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Network;

/// <summary>
/// Hands interfaces of the host to a container (<c>linux.netDevices</c>): moved into its network namespace, renamed, with their permanent global addresses, up.
/// From then on they are the container's: they are not looked at again, and when the namespace ends the kernel gives physical ones back and removes others.
/// </summary>
internal sealed class NetDevices : IDisposable
{
    private readonly NetworkNamespace _host;
    private readonly NetworkNamespace _container;
    private readonly List<MovedDevice> _moved = [];

    private NetDevices(NetworkNamespace host, NetworkNamespace container)
    {
        _host = host;
        _container = container;
    }

    private static JsonPointer Origin => JsonPointer.Of("linux", "netDevices");

    /// <param name="pid">A process in the container's network namespace.</param>
    /// <exception cref="LadeException">That is our own: the devices would be renamed where they are.</exception>
    public static NetDevices Open(int pid)
    {
        if (Files.TryReadLink("/proc/" + pid + "/ns/net") == Files.TryReadLink("/proc/thread-self/ns/net"))
            throw new LadeException(Origin, "the container joins the network namespace that the devices are in");
        NetworkNamespace host = NetworkNamespace.Own();
        try
        {
            return new NetDevices(host, NetworkNamespace.Of(pid, host));
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>All or none: what can be known beforehand is checked for each device before the first is moved, and <see cref="MoveBack"/> undoes the rest.</summary>
    public void Move(IReadOnlyDictionary<string, NetDeviceSpec> devices)
    {
        foreach ((string name, NetDeviceSpec device) in devices)
        {
            JsonPointer at = Origin.At(name);
            if (_host.Find(name) is null)
                throw new LadeException(at, "no such network device: " + name);
            string newName = device.Name ?? name;
            if (!newName.Contains('%') && _container.Find(newName) is not null)
                throw new LadeException(device.Name is null ? at : at.At("name"), "the container has a network device " + newName + " already");
        }

        foreach ((string name, NetDeviceSpec device) in devices)
        {
            try
            {
                Move(name, device.Name);
            }
            catch (LadeException e)
            {
                throw new LadeException(Origin.At(name), e.Message);
            }
        }
    }

    /// <summary>Undoes the moves, as long as there is a process in the container's namespace: with it virtual devices would go.</summary>
    public void MoveBack()
    {
        for (int i = _moved.Count - 1; i >= 0; i--)
        {
            MovedDevice device = _moved[i];
            // It did not come that far.
            if (_container.Find(device.Index) is not { } link)
                continue;
            int index = _host.FreeIndex(device.Was.Index);
            _container.Send(link, _host, index, device.Was.Name);
            NetworkLink back = _host.Find(index) ?? device.Was;
            _host.Give(back, device.Addresses, device.Was.Name);
            if (device.Was.IsUp)
                _host.SetUp(back);
        }

        _moved.Clear();
    }

    public void Dispose()
    {
        _container.Dispose();
        _host.Dispose();
    }

    private void Move(string name, string? newName)
    {
        NetworkLink link = _host.Find(name) ?? throw new LadeException("no such network device");
        var device = new MovedDevice(link, _container.FreeIndex(link.Index), _host.AddressesOf(link));
        _moved.Add(device);
        _host.Send(link, _container, device.Index, newName);
        NetworkLink moved = _container.Find(device.Index) ?? throw new LadeException("network device " + name + " did not arrive in the container");
        _container.Give(moved, device.Addresses, link.Name);
        _container.SetUp(moved);
    }

    /// <param name="Was">The interface before the move.</param>
    /// <param name="Index">Its index in the container.</param>
    private sealed record MovedDevice(NetworkLink Was, int Index, IReadOnlyList<NetworkAddress> Addresses);
}
