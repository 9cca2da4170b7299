using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Devices;

/// <summary>
/// The device nodes and links of /dev: those of <c>linux.devices</c> and the ones every container has (config-linux.md "Default Devices").
/// In a user namespace mknod(2) is not permitted, so the host's nodes are bind-mounted there.
/// </summary>
internal sealed class DeviceNodes
{
    private const uint DefaultMode = 0x1b6; // 0666

    private readonly IReadOnlyList<DeviceSpec> _devices;
    private readonly bool _bind;

    /// <param name="bind">True in a user namespace, the container's or the one that lade itself is in.</param>
    public DeviceNodes(IReadOnlyList<DeviceSpec> devices, bool bind)
    {
        _devices = devices;
        _bind = bind;
    }

    private static readonly (string Path, uint Major, uint Minor)[] s_defaults =
    [
        ("/dev/null", 1, 3), ("/dev/zero", 1, 5), ("/dev/full", 1, 7), ("/dev/random", 1, 8), ("/dev/urandom", 1, 9), ("/dev/tty", 5, 0),
    ];

    private static readonly (string Path, string Target)[] s_links =
    [
        ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"), ("/dev/stdout", "/proc/self/fd/1"), ("/dev/stderr", "/proc/self/fd/2"),
    ];

    /// <summary>Copies of the host's nodes, opened while the host's /dev can be reached.</summary>
    public IEnumerable<Operation> OpenSources()
    {
        if (!_bind)
            yield break;
        foreach ((string path, _, _) in s_defaults)
        {
            if (!IsListed(path))
                yield return new OpenTree(SlotOf(path), path) { Propagation = MountPropagation.MS_PRIVATE };
        }

        for (int i = 0; i < _devices.Count; i++)
        {
            // A FIFO is made even without CAP_MKNOD, and has no counterpart on the host.
            if (_devices[i].Type != 'p')
                yield return new OpenTree(SlotOf(_devices[i].Path), _devices[i].Path) { Propagation = MountPropagation.MS_PRIVATE, Origin = OriginOf(i) };
        }
    }

    public IEnumerable<Operation> Make()
    {
        // The config's own come first: one that names a default path with other properties wins.
        for (int i = 0; i < _devices.Count; i++)
            yield return Make(_devices[i]) with { Origin = OriginOf(i) };

        foreach ((string path, uint major, uint minor) in s_defaults)
        {
            if (IsListed(path))
                continue;
            yield return _bind ? new Attach(SlotOf(path), path, path) : new MakeDevice(path, FileType.S_IFCHR | DefaultMode, major, minor);
        }

        foreach ((string path, string target) in s_links)
            yield return new MakeSymlink(path, target) { OnlyIfExists = "/proc/self/fd" };
        yield return new MakeSymlink("/dev/core", "/proc/kcore") { OnlyIfExists = "/proc/kcore" };
        // Whatever the image has there is the host's or nobody's; only the container's own devpts instance serves (config-linux.md "Default Devices").
        yield return new MakeSymlink("/dev/ptmx", "pts/ptmx") { Replace = true };
    }

    private Operation Make(DeviceSpec device)
    {
        if (_bind && device.Type != 'p')
            return new Attach(SlotOf(device.Path), device.Path, device.Path);
        uint type = device.Type switch
        {
            'b' => FileType.S_IFBLK,
            'p' => FileType.S_IFIFO,
            _ => FileType.S_IFCHR,
        };
        return new MakeDevice(device.Path, type | (device.FileMode ?? DefaultMode), (uint)(device.Major ?? 0), (uint)(device.Minor ?? 0))
        {
            Uid = device.Uid ?? 0,
            Gid = device.Gid ?? 0,
        };
    }

    private bool IsListed(string path)
    {
        foreach (DeviceSpec device in _devices)
        {
            if (device.Path == path)
                return true;
        }

        return false;
    }

    private static Slot SlotOf(string path) => new("devices" + path);

    private static JsonPointer OriginOf(int i) => JsonPointer.Of("linux", "devices", i);
}
