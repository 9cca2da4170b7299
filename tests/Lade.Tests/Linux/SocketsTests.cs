using FluentAssertions;
using Lade.Linux;
using Tmds.Linux;
using Xunit;

namespace Lade.Tests.Linux;

public sealed class SocketsTests
{
    /// <summary>A length that is rounded up is a second descriptor to the kernel: 0, whatever that is.</summary>
    [Fact]
    public unsafe void Passes_exactly_one_descriptor()
    {
        (Fd ours, Fd theirs) = Sockets.Pair();
        Sockets.Send(ours, "x"u8, ours).Value.Should().Be(0);

        byte data;
        byte* control = stackalloc byte[64];
        iovec vector = new() { iov_base = &data, iov_len = 1 };
        msghdr header = new() { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = 64 };
        Libc.recvmsg(theirs.Number, &header, Libc.MSG_CMSG_CLOEXEC).Should().Be(1);

        // cmsg_len: the header and one int.
        (*(ulong*)control).Should().Be(20);
        new Fd(*(int*)(control + 16)).Dispose();
        ours.Dispose();
        theirs.Dispose();
    }
}
