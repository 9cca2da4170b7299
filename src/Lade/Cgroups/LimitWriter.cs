using System.Collections.Generic;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>Carries out the writes of a plan.</summary>
internal static class LimitWriter
{
    /// <exception cref="LadeException">With the property's pointer, the file, the value and the errno of the first write that failed.</exception>
    public static void Write(ICgroup cgroup, IReadOnlyList<CgroupWrite> writes)
    {
        CheckUsage(cgroup, writes);
        List<CgroupWrite>? retries = null;
        // Device rules are a dozen lines for one file, which is opened once.
        string openPath = "";
        Fd? open = null;
        try
        {
            foreach (CgroupWrite planned in writes)
            {
                if (cgroup.PathOf(planned.Controller) is not { } directory)
                {
                    // A rootless container without a cgroup gets no device rules. A limit that the configuration asks for is an error.
                    if (planned.Controller == "devices" || planned.Origin.IsNone || planned.IfPresent)
                        continue;
                    throw new LadeException(planned.Origin, "cannot set " + planned.File + ": the container has no cgroup of the controller " + planned.Controller
                        + " (not available, or no permission)");
                }

                CgroupWrite write = planned;
                if (directory + "/" + write.File != openPath)
                {
                    open?.Dispose();
                    open = Open(cgroup, ref write, directory);
                    openPath = open is null ? "" : directory + "/" + write.File;
                }

                if (open is null)
                    continue;
                Errno errno = Files.TryWrite(open, Encoding.UTF8.GetBytes(write.Value));
                if (errno == Errno.EINVAL && write.RetryLast)
                    (retries ??= []).Add(write with { RetryLast = false });
                else if (errno.Value != 0)
                    throw Failed(cgroup, write, directory, errno);
            }
        }
        finally
        {
            open?.Dispose();
        }

        if (retries is not null)
            Write(cgroup, retries);
    }

    /// <summary>Refuses limits below the current usage, where that is asked for, before anything is written.</summary>
    public static void CheckUsage(IHasDirectories cgroup, IReadOnlyList<CgroupWrite> writes)
    {
        foreach (CgroupWrite write in writes)
        {
            if (write is { RefuseBelowUsage: true, UsageFile: { } file } && cgroup.PathOf(write.Controller) is { } directory
                && CgroupFile.TryNumber(directory + "/" + file) is { } usage && usage > CgroupFile.ParseNumber(write.Value))
                throw new LadeException(write.Origin, "refusing to set " + write.File + " to " + write.Value + ": current usage is " + usage);
        }
    }

    /// <summary>Opens the write's file, or that of its fallback; null when the file may be absent and is.</summary>
    private static Fd? Open(ICgroup cgroup, ref CgroupWrite write, string directory)
    {
        while (true)
        {
            Fd? fd = Files.TryOpen(directory + "/" + write.File, Libc.O_WRONLY, out Errno errno);
            if (fd is not null || (errno == Errno.ENOENT && write.IfPresent && write.Fallback is null))
                return fd;
            write = errno == Errno.ENOENT && write.Fallback is { } fallback ? fallback : throw Failed(cgroup, write, directory, errno);
        }
    }

    private static LadeException Failed(ICgroup cgroup, CgroupWrite write, string directory, Errno errno)
    {
        string operation = "write '" + write.Value + "' to " + directory + "/" + write.File;
        if (errno == Errno.ENOENT)
            operation += " (" + (cgroup.WhyMissing(write.Controller) ?? "this kernel, or the controller " + write.Controller + " here, has no such file") + ")";
        else if (errno == Errno.EBUSY && write.UsageFile is { } file && CgroupFile.TryNumber(directory + "/" + file) is { } usage)
            operation += " (current usage is " + usage + ")";
        else if (errno == Errno.EINVAL && write.CeilingFile is { } ceiling && CgroupFile.TryNumber(directory + "/" + ceiling) is { } most)
            operation += " (" + ceiling + ", which it must not exceed, is " + most + ")";
        return new LadeException(operation, errno, write.Origin);
    }
}
