using System;
using System.Collections.Generic;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>
/// An owned file descriptor. Everything lade opens is close-on-exec; what `init` inherits is listed in the spawn request.
/// </summary>
internal sealed class Fd : SafeHandleMinusOneIsInvalid
{
    public Fd(int number)
        : base(ownsHandle: true) => SetHandle(number);

    /// <summary>For a system call made while this object is alive.</summary>
    public int Number => (int)handle;

    /// <summary>Closes many at once, with one close_range(2) per run of consecutive numbers.</summary>
    /// <param name="descriptors">Not used again.</param>
    public static void CloseAll(IReadOnlyCollection<Fd> descriptors)
    {
        Span<int> numbers = descriptors.Count <= 64 ? stackalloc int[descriptors.Count] : new int[descriptors.Count];
        int count = 0;
        foreach (Fd fd in descriptors)
        {
            if (fd.IsClosed || fd.IsInvalid)
                continue;
            numbers[count++] = fd.Number;
            fd.SetHandleAsInvalid();
        }

        numbers[..count].Sort();
        for (int first = 0, next; first < count; first = next)
        {
            next = first + 1;
            while (next < count && numbers[next] == numbers[next - 1] + 1)
                next++;
            _ = Libc.close_range((uint)numbers[first], (uint)numbers[next - 1], 0);
        }
    }

    public override string ToString() => "fd " + Number;

    protected override bool ReleaseHandle() => LibC.close((int)handle) == 0;

    /// <summary>
    /// Whether a descriptor of this process is open and will survive exec. One that the caller claims to pass may in fact be a file that lade opened, but those are
    /// close-on-exec.
    /// </summary>
    public static bool IsInherited(int number) => Libc.fcntl(number, LibC.F_GETFD, 0) is >= 0 and var flags && (flags & LibC.FD_CLOEXEC) == 0;

    /// <summary>Wraps the result of a system call that returns a descriptor.</summary>
    /// <exception cref="LadeException">The call returned -1; <paramref name="operation"/> says what was tried.</exception>
    public static Fd FromResult(int result, string operation) =>
        result < 0 ? throw new LadeException(operation, Libc.LastError) : new Fd(result);
}
