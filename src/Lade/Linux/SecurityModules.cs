namespace Lade.Linux;

/// <summary>Which security modules label processes on this machine.</summary>
internal static unsafe class SecurityModules
{
    /// <summary>AppArmor is built in and was not switched off at boot.</summary>
    public static bool HasAppArmor() => Files.TryReadText("/sys/module/apparmor/parameters/enabled") is { } enabled && enabled.StartsWith('Y');

    /// <summary>SELinux is active and has a policy: without one everything is labelled "kernel", and no other label is valid.</summary>
    public static bool HasSelinux()
    {
        const long SELINUX_MAGIC = 0xf97cff8c;
        using Fd? fd = Files.TryOpen("/sys/fs/selinux", Libc.O_PATH | Libc.O_DIRECTORY, out _);
        Libc.StatFs fs;
        return fd is not null && Libc.fstatfs(fd.Number, &fs) == 0 && fs.Type == SELINUX_MAGIC
            && Files.TryReadText("/proc/self/attr/current") is { } label && label.TrimEnd('\0') != "kernel";
    }
}
