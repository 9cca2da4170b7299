using System;
using System.Collections.Generic;
using Microsoft.Win32.SafeHandles;

namespace Lade.Linux;

/// <summary>
/// An owned file descriptor. Everything lade opens is close-on-exec; what `init` is to inherit is named in the spawn request.
/// </summary>
internal sealed class Fd : SafeHandleMinusOneIsInvalid
{
    public Fd(int number)
        : base(ownsHandle: true) => SetHandle(number);

    /// <summary>The number, for a system call made while this object is alive.</summary>
    public int Number => (int)handle;

    /// <summary>Closes many at once: one close_range(2) for each run of numbers that follow each other.</summary>
    /// <param name="descriptors">None of which is used again.</param>
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

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;

    /// <summary>Wraps the result of a call that returns a descriptor.</summary>
    /// <exception cref="LadeException">The call returned -1; <paramref name="operation"/> says what was tried.</exception>
    public static Fd Of(int result, string operation) =>
        result < 0 ? throw new LadeException(operation, Libc.LastError) : new Fd(result);
}
