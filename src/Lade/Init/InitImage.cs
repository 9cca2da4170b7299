using Lade.Linux;

namespace Lade.Init;

/// <summary>The program that executes plans, as it is linked into lade.</summary>
internal static class InitImage
{
    /// <summary>
    /// The program in a file of its own, ready for execveat(2): what a container's process reaches through /proc/PID/exe is not the host's own executable
    /// (CVE-2019-5736). Its name is what /proc/PID/exe shows while a container waits for `start`.
    /// </summary>
    public static Fd Open() => Memfd.Sealed("lade-init", Spawn.InitImage, executable: true);
}
