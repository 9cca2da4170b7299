using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lade.Linux;

namespace Lade.Cgroups;

/// <summary>Carries out the writes of a plan on the container's directories.</summary>
internal static class CgroupWriter
{
    /// <exception cref="LadeException">With the property's pointer, the file, the value and the errno of the first write that failed.</exception>
    public static void Write(ICgroup cgroup, IReadOnlyList<CgroupWrite> writes)
    {
        CheckUsage(cgroup, writes);
        List<CgroupWrite>? putOff = null;
        // Device rules are a dozen lines for one file: it is opened once.
        string openPath = "";
        Fd? open = null;
        try
        {
            foreach (CgroupWrite planned in writes)
            {
                if (cgroup.PathOf(planned.Controller) is not { } directory)
                {
                    // A rootless container whose cgroup could not be made gets no device list; limits that were asked for are another matter.
                    if (planned.Controller == "devices" || planned.Origin.IsNone || planned.IfPresent)
                        continue;
                    throw new LadeException(planned.Origin, "cannot set " + planned.File + ": the container has no cgroup of the controller " + planned.Controller + " (not there, or no permission)");
                }

                CgroupWrite write = planned;
                string path = directory + "/" + write.File;
                if (path != openPath)
                {
                    open?.Dispose();
                    openPath = "";
                    open = OpenFor(cgroup, ref write, ref path, directory);
                    if (open is null)
                        continue;
                    openPath = path;
                }

                Errno errno = Files.TryWrite(open!, Encoding.UTF8.GetBytes(write.Value));
                if (errno == Errno.EINVAL && write.RetryLast)
                    (putOff ??= []).Add(write with { RetryLast = false });
                else if (errno.Value != 0)
                    throw Failed(cgroup, write, directory, errno);
            }
        }
        finally
        {
            open?.Dispose();
        }

        if (putOff is not null)
            Write(cgroup, putOff);
    }

    /// <summary>Opens the write's file, or that of its alternative; null when the file may be absent and is.</summary>
    private static Fd? OpenFor(ICgroup cgroup, ref CgroupWrite write, ref string path, string directory)
    {
        while (true)
        {
            Fd? fd = Files.TryOpen(path, Libc.O_WRONLY, out Errno errno);
            if (fd is not null)
                return fd;
            if (errno == Errno.ENOENT && write.Otherwise is { } other)
            {
                write = other;
                path = directory + "/" + write.File;
                continue;
            }

            return errno == Errno.ENOENT && write.IfPresent ? null : throw Failed(cgroup, write, directory, errno);
        }
    }

    /// <summary>Refuses limits that are below what is used, where that is wanted, before anything is written.</summary>
    public static void CheckUsage(IHasDirectories cgroup, IReadOnlyList<CgroupWrite> writes)
    {
        foreach (CgroupWrite write in writes)
        {
            if (write.RefuseBelowUsage && cgroup.PathOf(write.Controller) is { } directory)
                RefuseBelowUsage(write, directory);
        }
    }

    private static void RefuseBelowUsage(CgroupWrite write, string directory)
    {
        if (write.UsageFile is { } file
            && long.TryParse(write.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long limit)
            && ReadNumber(directory + "/" + file) is { } usage && usage > limit)
            throw new LadeException(write.Origin, "refusing to set " + write.File + " to " + write.Value + ": present usage is " + Text(usage));
    }

    private static LadeException Failed(ICgroup cgroup, CgroupWrite write, string directory, Errno errno)
    {
        string operation = "write '" + write.Value + "' to " + directory + "/" + write.File;
        if (errno == Errno.ENOENT)
            operation += " (" + (cgroup.WhyMissing(write.Controller) ?? "this kernel, or the controller " + write.Controller + " here, has no such file") + ")";
        else if (errno == Errno.EBUSY && write.UsageFile is { } file && ReadNumber(directory + "/" + file) is { } usage)
            operation += " (present usage is " + Text(usage) + ")";
        else if (errno == Errno.EINVAL && write.CeilingFile is { } ceiling && ReadNumber(directory + "/" + ceiling) is { } most)
            operation += " (" + ceiling + ", which must not be less, is " + Text(most) + ")";
        return new LadeException(operation, errno, write.Origin);
    }

    private static long? ReadNumber(string path) =>
        long.TryParse(Files.TryReadText(path), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
