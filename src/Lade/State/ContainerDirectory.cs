using System;
using System.Buffers;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.State;

/// <summary>
/// The directory <c>ROOT/ID</c> whose existence is that of the container: it is created first, exclusively, and removed last, and holds everything that lade must find
/// again after a crash. Changing a container takes the lock; reading needs none, because state.json is replaced atomically.
/// </summary>
internal sealed class ContainerDirectory : IDisposable
{
    /// <summary>The state document, mode 0600.</summary>
    public const string StateFile = "state.json";

    /// <summary>The bytes of the bundle's config.json at the time of create: later edits of the bundle have no effect.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>linux.resources after the last update; absent before the first.</summary>
    public const string ResourcesFile = "resources.json";

    /// <summary>The socket on which the container waits for <c>start</c>; removed once it was started.</summary>
    public const string StartSocket = "start.sock";

    /// <summary>The directory that a container under a service manager sees as /run/notify.</summary>
    public const string NotifyDirectory = "notify";

    public const string NotifySocketName = "notify.sock";

    /// <summary>The socket in it, from <c>start</c> until the program is ready.</summary>
    public const string NotifySocket = NotifyDirectory + "/" + NotifySocketName;

    /// <summary>Suffix of the new version of a file. Fixed, because the lock admits one writer; a crash leaves at most one such file.</summary>
    private const string NewSuffix = ".new";

    /// <summary>Everything that lade creates here. The state is removed last, so that another delete can finish what a killed one has begun.</summary>
    private static readonly string[] s_knownFiles = [StartSocket, ConfigFile, ResourcesFile + NewSuffix, ResourcesFile, StateFile + NewSuffix, StateFile];

    private readonly string _stateRoot;

    private ContainerDirectory(string stateRoot, ContainerId id, Fd fd)
    {
        _stateRoot = stateRoot;
        Id = id;
        Descriptor = fd;
    }

    public ContainerId Id { get; }

    /// <summary>The open directory, for files next to the state.</summary>
    public Fd Descriptor { get; }

    public string Path => PathOf(_stateRoot, Id);

    /// <summary>Creates the directory of a new container and locks it. Of two concurrent creates of one id, one fails.</summary>
    /// <param name="stateRoot">An existing directory, see <see cref="StateRoot.Prepare"/>.</param>
    /// <exception cref="LadeException"><c>container with given ID already exists</c>.</exception>
    public static ContainerDirectory Create(string stateRoot, ContainerId id)
    {
        string path = PathOf(stateRoot, id);

        // Mode 0711: the container's root, which may be an unprivileged user here, has to reach the sockets inside.
        if (!Files.MakeDirectory(path, 0b111_001_001))
            throw new LadeException("container with given ID already exists");
        ContainerDirectory? directory = TryOpen(stateRoot, id);
        if (directory is not null && directory.LockIfPresent())
            return directory;

        // A forced delete took the directory, still empty, for the rest of a crashed create.
        directory?.Dispose();
        throw new LadeException("container " + id + " was deleted while it was being created");
    }

    /// <exception cref="LadeException"><c>container does not exist</c>.</exception>
    public static ContainerDirectory Open(string stateRoot, ContainerId id) => TryOpen(stateRoot, id) ?? throw Missing();

    /// <summary>As <see cref="Open"/>; null when there is no such container.</summary>
    public static ContainerDirectory? TryOpen(string stateRoot, ContainerId id)
    {
        string path = PathOf(stateRoot, id);
        Fd? fd = Files.TryOpen(path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW, out Errno errno);
        if (fd is not null)
            return new ContainerDirectory(stateRoot, id, fd);

        // A file or a symbolic link of that name is not a container.
        return errno == Errno.ENOENT || errno == Errno.ENOTDIR || errno == Errno.ELOOP ? null : throw new LadeException("open " + path, errno);
    }

    /// <summary>The sorted ids below a state root; null when the root does not exist.</summary>
    public static List<ContainerId>? List(string stateRoot)
    {
        using Fd? root = Files.TryOpen(stateRoot, Libc.O_RDONLY | Libc.O_DIRECTORY, out Errno errno);
        if (root is null)
            return errno == Errno.ENOENT ? null : throw new LadeException("open " + stateRoot, errno);

        var ids = new List<ContainerId>();
        foreach (string name in Directories.Names(root, stateRoot))
            if (ContainerId.IsValid(name))
                ids.Add(ContainerId.Parse(name));
        return ids;
    }

    /// <summary>Waits for the lock, which the kernel releases when its process ends, however it ends.</summary>
    /// <exception cref="LadeException"><c>container does not exist</c>: it was deleted concurrently.</exception>
    public void Lock()
    {
        if (!LockIfPresent())
            throw Missing();
    }

    /// <summary>As <see cref="Lock"/>; false when the container was deleted concurrently. A lock on a removed directory means nothing, its id may even be in use again.</summary>
    public bool LockIfPresent()
    {
        Locks.Exclusive(Descriptor, Path);
        return Directories.IsAt(Descriptor, Path);
    }

    /// <summary>As <see cref="LockIfPresent"/> without waiting: null when another process holds the lock.</summary>
    public bool? TryLockIfPresent() => Locks.TryExclusive(Descriptor, Path) ? Directories.IsAt(Descriptor, Path) : null;

    /// <summary>The process that holds the lock; null when none does.</summary>
    public int? LockHolder => Locks.HolderOf(Descriptor, Path);

    /// <summary>Releases the lock, which can be taken again.</summary>
    public void Unlock() => Locks.Release(Descriptor, Path);

    /// <exception cref="LadeException"><c>container does not exist</c> when create has not written it yet; or it is damaged.</exception>
    public ContainerState Load() => TryLoad() ?? throw Missing();

    /// <summary>As <see cref="Load"/>; null for a directory without a state, which only a create leaves that still runs or has crashed.</summary>
    public ContainerState? TryLoad()
    {
        using Fd? file = Files.TryOpen(StateFile, Libc.O_RDONLY | Libc.O_NOFOLLOW, out Errno errno, 0, Descriptor);
        if (file is not null)
            return ContainerStateFile.Read(Files.ReadAll(file, Path + "/" + StateFile), Path + "/" + StateFile);
        return errno == Errno.ENOENT ? null : throw new LadeException("open " + Path + "/" + StateFile, errno);
    }

    /// <summary>Replaces the state. The caller holds the lock.</summary>
    public void Save(ContainerState state)
    {
        var json = new ArrayBufferWriter<byte>(2048);
        ContainerStateFile.Write(json, state);
        Replace(StateFile, json.WrittenSpan);
    }

    /// <summary>The config.json that the container was created from.</summary>
    public Spec LoadConfig() => SpecReader.ReadAccepted(Files.ReadAll(ConfigFile, Descriptor), Path + "/" + ConfigFile);

    /// <summary>Stores the bytes of an accepted config.json, once in a container's life.</summary>
    public void SaveConfig(ReadOnlySpan<byte> json)
    {
        using Fd file = Files.Open(ConfigFile, Libc.O_CREAT | Libc.O_EXCL | Libc.O_WRONLY, 0b110_000_000, Descriptor);
        Files.Write(file, json, Path + "/" + ConfigFile);
    }

    /// <summary>The resources in effect: those of the last update, else of the configuration.</summary>
    public ResourcesSpec LoadResources() =>
        Holds(ResourcesFile)
            ? SpecReader.ReadAcceptedResources(Files.ReadAll(ResourcesFile, Descriptor), Path + "/" + ResourcesFile)
            : LoadConfig().Linux?.Resources ?? new ResourcesSpec();

    /// <summary>The caller holds the lock.</summary>
    public void SaveResources(ResourcesSpec effective) => Replace(ResourcesFile, SpecWriter.Write(effective).Span);

    /// <summary>Replaces a file of the directory, mode 0600. The caller holds the lock.</summary>
    /// <remarks>
    /// Renamed into place, so that a reader sees the old content or the new one. No fsync: the root is a tmpfs by contract, and after a crash of the host neither the
    /// containers nor their directories exist.
    /// </remarks>
    public void Replace(string name, ReadOnlySpan<byte> content)
    {
        using (Fd file = Files.Open(name + NewSuffix, Libc.O_CREAT | Libc.O_WRONLY | Libc.O_TRUNC | Libc.O_NOFOLLOW, 0b110_000_000, Descriptor))
            Files.Write(file, content, Path + "/" + name + NewSuffix);
        Files.Rename(name + NewSuffix, name, Descriptor);
    }

    /// <summary>Creates the directory of <see cref="NotifySocket"/>, which every user of the container can search, whatever our umask is.</summary>
    public void MakeNotifyDirectory()
    {
        Files.MakeDirectory(NotifyDirectory, 0b111_101_101, Descriptor);
        Files.ChangeMode(NotifyDirectory, 0b111_101_101, Descriptor);
    }

    /// <summary>True when <paramref name="name"/> exists in the directory.</summary>
    public bool Holds(string name) => Directories.Holds(Descriptor, name);

    /// <summary>
    /// Removes the files that lade has created, then the directory; the id is free afterwards. The caller holds the lock. Nothing is removed recursively and no link is
    /// followed: a foreign file stays and is an error.
    /// </summary>
    public void Remove()
    {
        List<string> names = Directories.Names(Descriptor, Path);
        if (names.Contains(NotifyDirectory))
        {
            Files.Remove(NotifySocket, Descriptor);
            // Other files in it are foreign files and reported below.
            _ = Directories.TryRemove(Path + "/" + NotifyDirectory);
        }

        foreach (string name in s_knownFiles)
        {
            if (names.Contains(name))
                Files.Remove(name, Descriptor);
        }

        Errno errno = Directories.TryRemove(Path);
        if (errno == default)
            return;

        string operation = "remove directory " + Path;
        if (errno == Errno.ENOTEMPTY)
        {
            // The directory stream of our descriptor is at its end.
            using Fd again = Files.Open(".", Libc.O_RDONLY | Libc.O_DIRECTORY, below: Descriptor);
            operation += " with foreign files (" + string.Join(", ", Directories.Names(again, Path)) + ")";
        }

        throw new LadeException(operation, errno);
    }

    public void Dispose() => Descriptor.Dispose();

    private static string PathOf(string stateRoot, ContainerId id) => stateRoot + "/" + id;

    private static LadeException Missing() => new("container does not exist");
}
