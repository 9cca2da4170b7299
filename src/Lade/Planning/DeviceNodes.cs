using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>
/// Device nodes and symbolic links in /dev: those of <c>linux.devices</c> and the default ones (config-linux.md "Default Devices"). mknod(2) is not permitted
/// in a user namespace, so nodes created beforehand are mounted there; if none can be created, the host's nodes, which the container does not own, are
/// bind-mounted.
/// </summary>
internal sealed class DeviceNodes
{
    private const uint DefaultMode = 0x1b6; // 0666

    private readonly IReadOnlyList<DeviceSpec> _devices;
    private readonly LinuxSpec _linux;
    private readonly bool _canMknod;
    private readonly bool _mount;

    /// <param name="userNamespace">The container has one.</param>
    /// <param name="mountNamespace">The container has one, so that mounts are possible.</param>
    /// <param name="canMknod">We may create nodes outside of it.</param>
    public DeviceNodes(LinuxSpec linux, bool userNamespace, bool mountNamespace, bool canMknod)
    {
        _linux = linux;
        _devices = linux.Devices;
        _canMknod = canMknod;
        _mount = userNamespace || (mountNamespace && !canMknod);
    }

    private bool MountsOwn => _mount && _canMknod;

    private bool MountsHosts => _mount && !_canMknod;

    private static readonly (string Path, uint Major, uint Minor)[] s_defaults =
    [
        ("/dev/null", 1, 3), ("/dev/zero", 1, 5), ("/dev/full", 1, 7), ("/dev/random", 1, 8), ("/dev/urandom", 1, 9), ("/dev/tty", 5, 0),
    ];

    private static readonly (string Path, string Target)[] s_links =
    [
        ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"), ("/dev/stdout", "/proc/self/fd/1"), ("/dev/stderr", "/proc/self/fd/2"),
    ];

    /// <summary>Before entering a user namespace: creates the container's own nodes, or opens the host's while they are accessible.</summary>
    public IEnumerable<Operation> OpenSources()
    {
        if (MountsOwn)
            yield return new MakeNodes();
        for (int i = 0; i < _devices.Count; i++)
        {
            // A FIFO can be created without CAP_MKNOD and has no counterpart on the host.
            if (_devices[i].Type == 'p')
                continue;
            if (MountsOwn)
                yield return NodeOf(i) with { Origin = OriginOf(i) };
            else if (MountsHosts)
                yield return new OpenTree(SlotOf(_devices[i].Path), _devices[i].Path) { Propagation = MountPropagation.MS_PRIVATE, Origin = OriginOf(i) };
            if (MountsHosts)
                yield return ReadOnly(_devices[i].Path) with { Origin = OriginOf(i) };
        }

        foreach ((string path, uint major, uint minor) in s_defaults)
        {
            // Masks need a null device, whatever config.json puts at /dev/null.
            bool isListed = IsListed(path);
            if (MountsOwn && (!isListed || path == "/dev/null"))
                yield return new MakeNode(NameOf(path), FileType.S_IFCHR | DefaultMode, major, minor);
            if (MountsHosts && !isListed)
            {
                yield return new OpenTree(SlotOf(path), path) { Propagation = MountPropagation.MS_PRIVATE };
                yield return ReadOnly(path);
            }
        }
    }

    /// <param name="createNodes">False if the bundle bind-mounts its own /dev.</param>
    public IEnumerable<Operation> Create(bool createNodes)
    {
        // Devices of config.json come first: one for a default path overrides the default.
        for (int i = 0; i < _devices.Count && createNodes; i++)
            yield return Create(i) with { Origin = OriginOf(i) };

        foreach ((string path, uint major, uint minor) in s_defaults)
        {
            if (IsListed(path) || !createNodes)
                continue;
            yield return MountsOwn ? new AttachNode(path, NameOf(path))
                : MountsHosts ? new Attach(SlotOf(path), path, path)
                : new MakeDevice(path, FileType.S_IFCHR | DefaultMode, major, minor);
        }

        if (MountsOwn)
            yield return new DetachNodes();
        if (!createNodes)
            yield break;
        foreach ((string path, string target) in s_links)
            yield return new MakeSymlink(path, target) { OnlyIfExists = "/proc/self/fd" };
        yield return new MakeSymlink("/dev/core", "/proc/kcore") { OnlyIfExists = "/proc/kcore" };
        // Only the container's own devpts instance will do, whatever the image has here (config-linux.md "Default Devices").
        yield return new MakeSymlink("/dev/ptmx", "pts/ptmx") { Replace = true };
    }

    private Operation Create(int i)
    {
        DeviceSpec device = _devices[i];
        if (MountsOwn && device.Type != 'p')
            return new AttachNode(device.Path, NameOf(i));
        if (MountsHosts && device.Type != 'p')
            return new Attach(SlotOf(device.Path), device.Path, device.Path);
        return new MakeDevice(device.Path, ModeOf(device), (uint)(device.Major ?? 0), (uint)(device.Minor ?? 0))
        {
            Uid = device.Uid ?? 0,
            Gid = device.Gid ?? 0,
        };
    }

    /// <summary>
    /// Without a mode in config.json the node gets the host node's mode and owner, which map to nobody in the container, so that its root gains no access.
    /// Owners are IDs of the container; root if the mappings are those of a user namespace to be joined.
    /// </summary>
    private MakeNode NodeOf(int i)
    {
        DeviceSpec device = _devices[i];
        return new MakeNode(NameOf(i), ModeOf(device), (uint)(device.Major ?? 0), (uint)(device.Minor ?? 0))
        {
            Like = device.FileMode is null ? device.Path : null,
            Uid = device.Uid is { } uid ? LinuxSpec.ToHost(_linux.UidMappings, uid) ?? 0 : 0,
            Gid = device.Gid is { } gid ? LinuxSpec.ToHost(_linux.GidMappings, gid) ?? 0 : 0,
        };
    }

    private static uint ModeOf(DeviceSpec device) => device.FileType | (device.FileMode ?? DefaultMode);

    private static SetTreeAttributes ReadOnly(string path) =>
        new(SlotOf(path), path, MountAttributes.MOUNT_ATTR_RDONLY | MountAttributes.MOUNT_ATTR_NOSUID | MountAttributes.MOUNT_ATTR_NOEXEC, MountAttributes.None);

    private static string NameOf(string path) => path["/dev/".Length..];

    private static string NameOf(int i) => i.ToString(System.Globalization.CultureInfo.InvariantCulture);

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
