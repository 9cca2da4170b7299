using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.Network;

/// <summary>
/// Moves interfaces of the host into the container's network namespace (<c>linux.netDevices</c>), renames them, restores their permanent global addresses and sets them
/// up. From then on they belong to the container: when the namespace ends, the kernel returns physical ones to the host and removes others.
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
    /// <exception cref="LadeException">It is our own namespace, in which the devices would only be renamed.</exception>
    public static NetDevices Open(int pid)
    {
        if (Files.TryReadLink("/proc/" + pid + "/ns/net") == Files.TryReadLink("/proc/thread-self/ns/net"))
            throw new LadeException(Origin, "the container joins the network namespace of the devices");
        NetworkNamespace host = NetworkNamespace.OpenOwn();
        try
        {
            return new NetDevices(host, NetworkNamespace.Open(pid, host));
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>All or none: every device is checked before the first one is moved, and after an error <see cref="MoveBack"/> undoes the moves.</summary>
    public void Move(IReadOnlyDictionary<string, NetDeviceSpec> devices)
    {
        foreach ((string name, NetDeviceSpec device) in devices)
        {
            JsonPointer at = Origin.At(name);
            if (_host.Find(name) is null)
                throw new LadeException(at, "no such network device: " + name);
            string newName = device.Name ?? name;
            if (!newName.Contains('%') && _container.Find(newName) is not null)
                throw new LadeException(device.Name is null ? at : at.At("name"), "the container already has a network device " + newName);
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

    /// <summary>Undoes the moves. A process must still keep the container's namespace alive, or virtual devices would be removed with it.</summary>
    public void MoveBack()
    {
        for (int i = _moved.Count - 1; i >= 0; i--)
        {
            MovedDevice device = _moved[i];
            // The move itself failed.
            if (_container.Find(device.Index) is not { } link)
                continue;
            int index = _host.FreeIndex(device.Before.Index);
            _container.MoveTo(link, _host, index, device.Before.Name);
            NetworkLink back = _host.Find(index) ?? device.Before;
            _host.AddAddresses(back, device.Addresses, device.Before.Name);
            if (device.Before.IsUp)
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
        _host.MoveTo(link, _container, device.Index, newName);
        NetworkLink moved = _container.Find(device.Index) ?? throw new LadeException("network device " + name + " did not arrive in the container");
        _container.AddAddresses(moved, device.Addresses, link.Name);
        _container.SetUp(moved);
    }

    /// <param name="Before">The interface before the move.</param>
    /// <param name="Index">Its index in the container.</param>
    private sealed record MovedDevice(NetworkLink Before, int Index, IReadOnlyList<NetworkAddress> Addresses);
}
