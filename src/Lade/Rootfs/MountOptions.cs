using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;

namespace Lade.Rootfs;

/// <summary>
/// <c>mounts[].options</c> by kind: mount attributes, recursive attributes, propagation, options interpreted by lade, and file system options. The last of
/// several contradicting options wins (config.md "Linux mount options").
/// </summary>
internal sealed class MountOptions
{
    public bool IsBind { get; private set; }

    /// <summary>rbind: includes the submounts of the source.</summary>
    public bool IsRecursiveBind { get; private set; }
    public bool IsRemount { get; private set; }
    public bool CopyUp { get; private set; }
    public bool SourceNoFollow { get; private set; }
    public bool TargetNoFollow { get; private set; }

    /// <summary>A source that is a symbolic link is recreated at the destination instead of being mounted.</summary>
    public bool CopySymlink { get; private set; }
    public MountAttributes Set { get; private set; }
    public MountAttributes Clear { get; private set; }

    /// <summary>The r* options, which apply to the mount and its submounts.</summary>
    public MountAttributes RecursiveSet { get; private set; }
    public MountAttributes RecursiveClear { get; private set; }

    /// <summary>In the given order; each requires a call of its own.</summary>
    public IReadOnlyList<MountPropagation> Propagation => _propagation;

    /// <summary>File system options in order: unknown ones, and superblock flags (<c>sync</c>, <c>dirsync</c>, <c>lazytime</c>, <c>mand</c>).</summary>
    public IReadOnlyList<FsOption> FileSystem => _fileSystem;

    /// <summary>Unknown options: data for the file system, which a bind mount does not have.</summary>
    public IReadOnlyList<string> Data => _data;

    /// <summary>Attributes for a new file system. It has no submounts, so the r* options apply to the mount itself, after the others.</summary>
    public MountAttributes NewMountAttributes => (Set & ~RecursiveClear) | RecursiveSet;

    /// <summary>For a new file system.</summary>
    public bool IsReadonly => (NewMountAttributes & MountAttributes.MOUNT_ATTR_RDONLY) != 0;

    /// <summary>Nothing but propagation: changes an existing mount, as with mount(2).</summary>
    public bool IsPropagationOnly => _propagation.Count > 0 && _fileSystem.Count == 0 && (Set | Clear | RecursiveSet | RecursiveClear) == MountAttributes.None;

    /// <summary>Whether the data contains <c>mode=</c>.</summary>
    public bool HasMode { get; private set; }

    private readonly List<MountPropagation> _propagation = [];
    private readonly List<FsOption> _fileSystem = [];
    private readonly List<string> _data = [];

    public static MountOptions Parse(IReadOnlyList<string> options)
    {
        var parsed = new MountOptions();
        foreach (string option in options)
        {
            if (!parsed.TakeAttribute(option) && !parsed.TakeRecursive(option) && !parsed.TakePropagation(option) && !parsed.TakeOther(option))
                parsed.TakeData(option);
        }

        return parsed;
    }

    private bool TakeAttribute(string option)
    {
        (MountAttributes attribute, bool set) = AttributeOf(option);
        if (attribute == MountAttributes.None)
            return false;
        (Set, Clear) = Apply(Set, Clear, attribute, set);
        return true;
    }

    private bool TakeRecursive(string option)
    {
        // rro, rnosuid ...: an attribute with an r prefix. "ro", "rw" and "relatime" have been handled already.
        if (option.Length < 3 || option[0] != 'r')
            return false;
        (MountAttributes attribute, bool set) = AttributeOf(option[1..]);
        if (attribute == MountAttributes.None)
            return false;
        (RecursiveSet, RecursiveClear) = Apply(RecursiveSet, RecursiveClear, attribute, set);
        return true;
    }

    private bool TakePropagation(string option)
    {
        if (SpecNames.ParsePropagation(option) is not { } propagation)
            return false;
        _propagation.Add(FlagsOf(propagation));
        return true;
    }

    private bool TakeOther(string option)
    {
        // With explicit ID ranges it is not in the table; handled by IdMappedMounts.
        if (IdMapOption.IsOne(option))
            return true;
        if (SpecNames.ParseMountOption(option) is not { } known)
            return false;
        Take(known);
        return true;
    }

    private void Take(MountOption option)
    {
        switch (option)
        {
            case MountOption.Bind:
                IsBind = true;
                break;
            case MountOption.Rbind:
                IsBind = IsRecursiveBind = true;
                break;
            case MountOption.Remount:
                IsRemount = true;
                break;
            case MountOption.Tmpcopyup:
                CopyUp = true;
                break;
            case MountOption.SrcNofollow:
                SourceNoFollow = true;
                break;
            case MountOption.DestNofollow:
                TargetNoFollow = true;
                break;
            case MountOption.CopySymlink:
                CopySymlink = true;
                break;
            // Superblock flags, shared by all mounts of the file system: the r makes no difference.
            case MountOption.Sync or MountOption.Rsync:
                AddFlag("sync");
                break;
            case MountOption.Dirsync or MountOption.Rdirsync:
                AddFlag("dirsync");
                break;
            case MountOption.Lazytime:
                AddFlag("lazytime");
                break;
            case MountOption.Mand or MountOption.Rmand:
                AddFlag("mand");
                break;
            case MountOption.Iversion:
                AddFlag("iversion");
                break;
            case MountOption.Async or MountOption.Rasync:
                RemoveFlag("sync");
                break;
            case MountOption.Nolazytime:
                RemoveFlag("lazytime");
                break;
            case MountOption.Nomand or MountOption.Rnomand:
                RemoveFlag("mand");
                break;
            case MountOption.Noiversion:
                RemoveFlag("iversion");
                break;
            // defaults has no effect; silent and loud only control what mount(2) logs.
            case MountOption.Defaults or MountOption.Silent or MountOption.Loud:
            // Handled by IdMappedMounts.
            case MountOption.Idmap or MountOption.Ridmap:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(option));
        }
    }

    private void TakeData(string option)
    {
        _data.Add(option);
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0)
            _fileSystem.Add(new FsOption(option[..equals], option[(equals + 1)..]));
        else
            _fileSystem.Add(new FsOption(option, null));
        HasMode |= option.StartsWith("mode=", StringComparison.Ordinal);
    }

    private void AddFlag(string key)
    {
        RemoveFlag(key);
        _fileSystem.Add(new FsOption(key, null));
    }

    private void RemoveFlag(string key)
    {
        for (int i = _fileSystem.Count - 1; i >= 0; i--)
        {
            if (_fileSystem[i].Value is null && _fileSystem[i].Key == key)
                _fileSystem.RemoveAt(i);
        }
    }

    private static (MountAttributes Set, MountAttributes Clear) Apply(MountAttributes set, MountAttributes clear, MountAttributes attribute, bool on)
    {
        if ((attribute & MountAttributes.MOUNT_ATTR__ATIME) == 0)
            return on ? (set | attribute, clear & ~attribute) : (set & ~attribute, clear | attribute);

        // Access time is a single field with relatime as 0: a new value replaces the previous one, and clearing a value (atime, nostrictatime) has no effect if
        // the field holds another.
        MountAttributes current = set & MountAttributes.MOUNT_ATTR__ATIME;
        MountAttributes value = attribute == MountAttributes.MOUNT_ATTR__ATIME ? MountAttributes.None : attribute;
        if (!on && ((current != MountAttributes.None && current != value) || attribute == MountAttributes.MOUNT_ATTR__ATIME))
            return (set, clear);
        set &= ~MountAttributes.MOUNT_ATTR__ATIME;
        return (on ? set | value : set, clear | MountAttributes.MOUNT_ATTR__ATIME);
    }

    /// <summary>Options that set an attribute, and in the same order those that clear it. Each has a recursive form with an r prefix.</summary>
    private const string Setting = "ro nosuid nodev noexec nosymfollow nodiratime noatime strictatime relatime";
    private const string Clearing = "rw suid dev exec symfollow diratime atime nostrictatime norelatime";

    /// <summary>In the order of <see cref="Setting"/>. relatime, whose value is 0, is represented by the mask of its field.</summary>
    private static ReadOnlySpan<ulong> Attributes =>
    [
        (ulong)MountAttributes.MOUNT_ATTR_RDONLY, (ulong)MountAttributes.MOUNT_ATTR_NOSUID, (ulong)MountAttributes.MOUNT_ATTR_NODEV,
        (ulong)MountAttributes.MOUNT_ATTR_NOEXEC, (ulong)MountAttributes.MOUNT_ATTR_NOSYMFOLLOW, (ulong)MountAttributes.MOUNT_ATTR_NODIRATIME,
        (ulong)MountAttributes.MOUNT_ATTR_NOATIME, (ulong)MountAttributes.MOUNT_ATTR_STRICTATIME, (ulong)MountAttributes.MOUNT_ATTR__ATIME,
    ];

    /// <summary>Names of all options known to lade, sorted; any other option is passed to the file system.</summary>
    public static string[] Known()
    {
        var known = new List<string>();
        foreach (string words in (string[])[Setting, Clearing, SpecNames.Propagations, SpecNames.MountOptions])
            known.AddRange(words.Split(' '));
        foreach (string words in (string[])[Setting, Clearing])
        {
            foreach (string word in words.Split(' '))
                known.Add("r" + word);
        }

        string[] sorted = [.. known];
        Array.Sort(sorted, string.CompareOrdinal);
        return sorted;
    }

    private static (MountAttributes Attribute, bool Set) AttributeOf(string option) =>
        WordList.IndexOf(Setting, option) is >= 0 and int set ? ((MountAttributes)Attributes[set], true)
        : WordList.IndexOf(Clearing, option) is >= 0 and int clear ? ((MountAttributes)Attributes[clear], false)
        : (MountAttributes.None, false);

    /// <summary>Flags of mount(2).</summary>
    public static MountPropagation FlagsOf(Propagation propagation) => propagation switch
    {
        Configuration.Propagation.Shared => MountPropagation.MS_SHARED,
        Configuration.Propagation.RecursiveShared => MountPropagation.MS_SHARED | MountPropagation.MS_REC,
        Configuration.Propagation.Slave => MountPropagation.MS_SLAVE,
        Configuration.Propagation.RecursiveSlave => MountPropagation.MS_SLAVE | MountPropagation.MS_REC,
        Configuration.Propagation.Private => MountPropagation.MS_PRIVATE,
        Configuration.Propagation.RecursivePrivate => MountPropagation.MS_PRIVATE | MountPropagation.MS_REC,
        Configuration.Propagation.Unbindable => MountPropagation.MS_UNBINDABLE,
        Configuration.Propagation.RecursiveUnbindable => MountPropagation.MS_UNBINDABLE | MountPropagation.MS_REC,
        _ => throw new ArgumentOutOfRangeException(nameof(propagation)),
    };
}
