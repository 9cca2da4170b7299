using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Planning;

/// <summary>
/// The device nodes and links of /dev: those of <c>linux.devices</c> and the ones every container has (config-linux.md "Default Devices").
/// In a user namespace mknod(2) is not permitted, so nodes made before are mounted there; who may not make any mounts the host's, which it does not own.
/// </summary>
internal sealed class DeviceNodes
{
    private const uint DefaultMode = 0x1b6; // 0666

    private readonly IReadOnlyList<DeviceSpec> _devices;
    private readonly LinuxSpec _linux;
    private readonly bool _mayMakeNodes;
    private readonly bool _mount;

    /// <param name="userNamespace">The container has one.</param>
    /// <param name="mountNamespace">Mounts can be made.</param>
    /// <param name="mayMakeNodes">We may make nodes outside of it.</param>
    public DeviceNodes(LinuxSpec linux, bool userNamespace, bool mountNamespace, bool mayMakeNodes)
    {
        _linux = linux;
        _devices = linux.Devices;
        _mayMakeNodes = mayMakeNodes;
        _mount = userNamespace || (mountNamespace && !mayMakeNodes);
    }

    private bool MountsOwn => _mount && _mayMakeNodes;

    private bool MountsHosts => _mount && !_mayMakeNodes;

    private static readonly (string Path, uint Major, uint Minor)[] s_defaults =
    [
        ("/dev/null", 1, 3), ("/dev/zero", 1, 5), ("/dev/full", 1, 7), ("/dev/random", 1, 8), ("/dev/urandom", 1, 9), ("/dev/tty", 5, 0),
    ];

    private static readonly (string Path, string Target)[] s_links =
    [
        ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"), ("/dev/stdout", "/proc/self/fd/1"), ("/dev/stderr", "/proc/self/fd/2"),
    ];

    /// <summary>Before a user namespace is entered: nodes of the container's own, or copies of the host's, which must be in reach.</summary>
    public IEnumerable<Operation> OpenSources()
    {
        if (MountsOwn)
            yield return new MakeNodes();
        for (int i = 0; i < _devices.Count; i++)
        {
            // A FIFO is made even without CAP_MKNOD, and has no counterpart on the host.
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
            // Masks want a null device whatever stands at /dev/null.
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

    /// <param name="isMade">False where the bundle brings its own /dev.</param>
    public IEnumerable<Operation> Make(bool isMade)
    {
        // The config's own come first: one that names a default path with other properties wins.
        for (int i = 0; i < _devices.Count && isMade; i++)
            yield return Make(i) with { Origin = OriginOf(i) };

        foreach ((string path, uint major, uint minor) in s_defaults)
        {
            if (IsListed(path) || !isMade)
                continue;
            yield return MountsOwn ? new AttachNode(path, NameOf(path))
                : MountsHosts ? new Attach(SlotOf(path), path, path)
                : new MakeDevice(path, FileType.S_IFCHR | DefaultMode, major, minor);
        }

        if (MountsOwn)
            yield return new DetachNodes();
        if (!isMade)
            yield break;
        foreach ((string path, string target) in s_links)
            yield return new MakeSymlink(path, target) { OnlyIfExists = "/proc/self/fd" };
        yield return new MakeSymlink("/dev/core", "/proc/kcore") { OnlyIfExists = "/proc/kcore" };
        // Whatever the image has there is the host's or nobody's; only the container's own devpts instance serves (config-linux.md "Default Devices").
        yield return new MakeSymlink("/dev/ptmx", "pts/ptmx") { Replace = true };
    }

    private Operation Make(int i)
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
    /// Without a mode in config.json it is as open as the host's own and no more: there the container's root is nobody. Owners are ids of the container; root where its maps are those of a namespace that it joins.
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
