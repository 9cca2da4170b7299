namespace Lade.Linux;

/// <summary>Which LSMs label processes on this host.</summary>
internal static class SecurityModules
{
    /// <summary>AppArmor is built in and was not disabled at boot.</summary>
    public static bool HasAppArmor() => Files.TryReadText("/sys/module/apparmor/parameters/enabled") is { } enabled && enabled.StartsWith('Y');

    /// <summary>SELinux is active and has a policy: without one every process is labelled "kernel", and no other label is valid.</summary>
    public static bool HasSelinux() => Directories.FileSystemType("/sys/fs/selinux") == Libc.SELINUX_MAGIC
        && Files.TryReadText("/proc/self/attr/current") is { } label && label.TrimEnd('\0') != "kernel";
}
