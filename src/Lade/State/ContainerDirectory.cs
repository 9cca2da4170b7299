using System;
using System.Buffers;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;

namespace Lade.State;

/// <summary>
/// The directory <c>ROOT/ID</c> that makes a container exist: it is made first, exclusively, and removed last. Everything lade must find again
/// after a crash stands in it. Who changes a container holds the lock; who only looks needs none, because state.json is replaced in one step.
/// This class knows files, not what a container does.
/// </summary>
internal sealed class ContainerDirectory : IDisposable
{
    /// <summary>The state document, mode 0600.</summary>
    public const string StateFile = "state.json";

    /// <summary>The bytes of the bundle's config.json at the time of create: later edits of the bundle have no effect.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>linux.resources as the last update left them; absent before the first.</summary>
    public const string ResourcesFile = "resources.json";

    /// <summary>The socket on which the container waits for <c>start</c>; gone once it was started.</summary>
    public const string StartSocket = "start.sock";

    /// <summary>The directory that a container under a service manager sees as /run/notify.</summary>
    public const string NotifyDirectory = "notify";

    public const string NotifySocketName = "notify.sock";

    /// <summary>The socket in it, from <c>start</c> until the program is ready.</summary>
    public const string NotifySocket = NotifyDirectory + "/" + NotifySocketName;

    /// <summary>A file being replaced has this behind its name. Fixed, because the lock admits one writer, and so a crash leaves one file of each at most.</summary>
    private const string New = ".new";

    /// <summary>Everything lade ever puts here. The state document goes last: until then a second delete finds what the first has to finish.</summary>
    private static readonly string[] KnownFiles = [StartSocket, ConfigFile, ResourcesFile + New, ResourcesFile, StateFile + New, StateFile];

    private readonly string stateRoot;

    private ContainerDirectory(string stateRoot, ContainerId id, Fd fd)
    {
        this.stateRoot = stateRoot;
        Id = id;
        Descriptor = fd;
    }

    public ContainerId Id { get; }

    /// <summary>The open directory, for files next to the state document.</summary>
    public Fd Descriptor { get; }

    public string Path => PathOf(stateRoot, Id);

    /// <summary>Makes the directory of a new container and locks it. Two creates of one id: one wins, the other finds it existing.</summary>
    /// <param name="stateRoot">An existing directory, see <see cref="StateRoot.Prepare"/>.</param>
    /// <exception cref="LadeException"><c>container with given ID already exists</c>.</exception>
    public static ContainerDirectory Create(string stateRoot, ContainerId id)
    {
        string path = PathOf(stateRoot, id);

        // Mode 0711: the container's root user, who may be nobody here, passes through to the sockets inside.
        if (!Files.MakeDirectory(path, 0b111_001_001))
            throw new LadeException("container with given ID already exists");
        ContainerDirectory? directory = TryOpen(stateRoot, id);
        if (directory is not null && directory.Acquire())
            return directory;

        // A forced delete took the directory, still empty, for what a crashed create leaves.
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

        // A file or a symbolic link of that name is not a container of ours.
        return errno == Errno.ENOENT || errno == Errno.ENOTDIR || errno == Errno.ELOOP ? null : throw new LadeException("open " + path, errno);
    }

    /// <summary>The ids below a state root in order; null when the root does not exist.</summary>
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

    /// <summary>Waits until no other lade changes this container. The kernel gives the lock back when the process ends, however it ends.</summary>
    /// <exception cref="LadeException"><c>container does not exist</c>: it was deleted meanwhile.</exception>
    public void Lock()
    {
        if (!Acquire())
            throw Missing();
    }

    /// <summary>As <see cref="Lock"/>; false when the container was deleted meanwhile.</summary>
    public bool LockIfPresent() => Acquire();

    /// <summary>Without waiting: null when another lade holds the lock, false when the container was deleted meanwhile.</summary>
    public bool? TryLockIfPresent()
    {
        if (!Locks.TryExclusive(Descriptor, Path))
            return null;
        return Directories.IsAt(Descriptor, Path);
    }

    /// <summary>As <see cref="Lock"/>; false when another lade holds the lock.</summary>
    /// <inheritdoc cref="Lock"/>
    public bool TryLock()
    {
        if (!Locks.TryExclusive(Descriptor, Path))
            return false;
        return Directories.IsAt(Descriptor, Path) ? true : throw Missing();
    }

    /// <summary>The lade that holds the lock; null when none does.</summary>
    public int? LockHolder => Locks.HolderOf(Descriptor, Path);

    /// <summary>Lets other commands in; this object can lock again.</summary>
    public void Unlock() => Locks.Release(Descriptor, Path);

    /// <exception cref="LadeException"><c>container does not exist</c> when create has not come as far as writing it; or it is damaged.</exception>
    public ContainerState Load() => TryLoad() ?? throw Missing();

    /// <summary>As <see cref="Load"/>; null for a directory without a state document, which only a create that runs or crashed leaves.</summary>
    public ContainerState? TryLoad()
    {
        using Fd? file = Files.TryOpen(StateFile, Libc.O_RDONLY | Libc.O_NOFOLLOW, out Errno errno, 0, Descriptor);
        if (file is not null)
            return ContainerStateFile.Read(Files.ReadAll(file, Path + "/" + StateFile), Path + "/" + StateFile);
        return errno == Errno.ENOENT ? null : throw new LadeException("open " + Path + "/" + StateFile, errno);
    }

    /// <summary>Replaces the state document. The caller holds the lock.</summary>
    public void Save(ContainerState state)
    {
        var json = new ArrayBufferWriter<byte>(2048);
        ContainerStateFile.Write(json, state);
        Replace(StateFile, json.WrittenSpan);
    }

    /// <summary>The config.json that the container was created from.</summary>
    public Spec LoadConfig() => SpecReader.ReadAccepted(Files.ReadAll(ConfigFile, Descriptor), Path + "/" + ConfigFile);

    /// <summary>Keeps the bytes of an accepted config.json; once in a container's life.</summary>
    public void SaveConfig(ReadOnlySpan<byte> json)
    {
        using Fd file = Files.Open(ConfigFile, Libc.O_CREAT | Libc.O_EXCL | Libc.O_WRONLY, 0b110_000_000, Descriptor);
        Files.Write(file, json, Path + "/" + ConfigFile);
    }

    /// <summary>The resources that hold now: of the last update, else of the config at create.</summary>
    public ResourcesSpec LoadResources() =>
        Holds(ResourcesFile)
            ? SpecReader.ReadAcceptedResources(Files.ReadAll(ResourcesFile, Descriptor), Path + "/" + ResourcesFile)
            : LoadConfig().Linux?.Resources ?? new ResourcesSpec();

    /// <summary>The caller holds the lock.</summary>
    public void SaveResources(ResourcesSpec effective) => Replace(ResourcesFile, SpecWriter.Write(effective).Span);

    /// <summary>Replaces a file of the directory, mode 0600. The caller holds the lock.</summary>
    /// <remarks>
    /// Renamed into place, so that a reader sees the old document or the new one. There is no fsync: the root is a tmpfs by contract, and
    /// after a crash of the machine neither the containers nor their directories are there.
    /// </remarks>
    public void Replace(string name, ReadOnlySpan<byte> content)
    {
        using (Fd file = Files.Open(name + New, Libc.O_CREAT | Libc.O_WRONLY | Libc.O_TRUNC | Libc.O_NOFOLLOW, 0b110_000_000, Descriptor))
            Files.Write(file, content, Path + "/" + name + New);
        Files.Rename(name + New, name, Descriptor);
    }

    /// <summary>Makes the place for the container's <see cref="NotifySocket"/>; every user of the container may pass through, whatever our mask is.</summary>
    public void MakeNotifyDirectory()
    {
        Files.MakeDirectory(NotifyDirectory, 0b111_101_101, Descriptor);
        Files.ChangeMode(NotifyDirectory, 0b111_101_101, Descriptor);
    }

    /// <summary>True when <paramref name="name"/> exists in the directory.</summary>
    public bool Holds(string name) => Directories.Holds(Descriptor, name);

    /// <summary>
    /// Removes what lade knows to have put here, then the directory; the id is free afterwards. The caller holds the lock.
    /// Nothing is removed recursively and no link is followed: what somebody else put here stays and is an error.
    /// </summary>
    public void Remove()
    {
        List<string> names = Directories.Names(Descriptor, Path);
        if (names.Contains(NotifyDirectory))
        {
            Files.Remove(NotifySocket, Descriptor);
            // What else stands in it is a foreign file like any other, and is complained of below.
            _ = Directories.TryRemove(Path + "/" + NotifyDirectory);
        }

        foreach (string name in KnownFiles)
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
            // The descriptor has been read to its end.
            using Fd again = Files.Open(".", Libc.O_RDONLY | Libc.O_DIRECTORY, below: Descriptor);
            operation += " with foreign files (" + string.Join(", ", Directories.Names(again, Path)) + ")";
        }

        throw new LadeException(operation, errno);
    }

    public void Dispose() => Descriptor.Dispose();

    private static string PathOf(string stateRoot, ContainerId id) => stateRoot + "/" + id;

    private static LadeException Missing() => new("container does not exist");

    /// <summary>Waits for the lock; false when the directory was removed meanwhile: a lock on that is worth nothing, the id may even be in use again.</summary>
    private bool Acquire()
    {
        Locks.Exclusive(Descriptor, Path);
        return Directories.IsAt(Descriptor, Path);
    }
}
