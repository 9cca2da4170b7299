namespace Lade.Configuration;

/// <summary>
/// Mount options that lade knows besides attributes and propagation (config.md "Linux mount options"). What each does is in the switch of Rootfs/MountOptions.cs; all
/// other words are data for the filesystem.
/// </summary>
[Vocabulary("MountOptions")]
internal enum MountOption
{
    [SpecName("async")] Async,
    [SpecName("bind")] Bind,
    [SpecName("copy-symlink")] CopySymlink,
    [SpecName("defaults")] Defaults,
    [SpecName("dest-nofollow")] DestNofollow,
    [SpecName("dirsync")] Dirsync,
    [SpecName("idmap")] Idmap,
    [SpecName("iversion")] Iversion,
    [SpecName("lazytime")] Lazytime,
    [SpecName("loud")] Loud,
    [SpecName("mand")] Mand,
    [SpecName("noiversion")] Noiversion,
    [SpecName("nolazytime")] Nolazytime,
    [SpecName("nomand")] Nomand,
    [SpecName("rasync")] Rasync,
    [SpecName("rbind")] Rbind,
    [SpecName("rdirsync")] Rdirsync,
    [SpecName("remount")] Remount,
    [SpecName("ridmap")] Ridmap,
    [SpecName("rmand")] Rmand,
    [SpecName("rnomand")] Rnomand,
    [SpecName("rsync")] Rsync,
    [SpecName("silent")] Silent,
    [SpecName("src-nofollow")] SrcNofollow,
    [SpecName("sync")] Sync,
    [SpecName("tmpcopyup")] Tmpcopyup,
}
