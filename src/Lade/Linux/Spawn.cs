using System;

namespace Lade.Linux;

/// <summary>Starts `init` through native/spawn: no managed code may run between clone3(2) and execveat(2).</summary>
internal static unsafe class Spawn
{
    /// <summary>The `init` executable, embedded in ours.</summary>
    public static ReadOnlySpan<byte> InitImage
    {
        get
        {
            ulong size;
            void* image = Libc.lade_init_image(&size);
            return new ReadOnlySpan<byte>(image, (int)size);
        }
    }

    /// <summary>Starts `init` in new namespaces.</summary>
    /// <param name="executable">Sealed copy of <see cref="InitImage"/>.</param>
    /// <param name="cgroup">Directory of the v2 cgroup to create it in (CLONE_INTO_CGROUP).</param>
    /// <param name="preserved">The number of descriptors, from 3 on, whose close-on-exec flag is left alone.</param>
    /// <param name="namespaces">CLONE_NEW*.</param>
    /// <param name="keep">Descriptors that stay open, in addition to the plan's.</param>
    /// <returns>The pid; -1 and the errno on failure.</returns>
    public static int Init(Fd executable, Fd plan, Fd? cgroup, int preserved, ulong namespaces, ReadOnlySpan<int> keep, out Errno errno)
    {
        fixed (int* fds = keep)
        {
            Libc.SpawnRequest request = new()
            {
                ExeFd = executable.Number,
                PlanFd = plan.Number,
                CgroupFd = cgroup?.Number ?? -1,
                PreserveFds = (uint)preserved,
                CloneFlags = namespaces,
                KeepFds = fds,
                KeepCount = (uint)keep.Length,
            };
            int result = Libc.lade_spawn(&request);
            errno = result > 0 ? default : new Errno(-result);
            return result > 0 ? result : -1;
        }
    }
}
