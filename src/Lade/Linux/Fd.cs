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

    public override string ToString() => "fd " + Number;

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;

    /// <summary>Wraps the result of a call that returns a descriptor.</summary>
    /// <exception cref="LadeException">The call returned -1; <paramref name="operation"/> says what was tried.</exception>
    public static Fd Of(int result, string operation) =>
        result < 0 ? throw new LadeException(operation, Libc.LastError) : new Fd(result);
}
