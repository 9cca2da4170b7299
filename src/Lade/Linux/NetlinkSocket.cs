using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Lade.Linux;

/// <summary>A socket of rtnetlink(7) in some network namespace: one request at a time, each answered to its end.</summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    private const string Name = "the kernel's network interfaces";

    private readonly Fd _fd;
    private readonly byte[] _buffer = new byte[64 * 1024]; // a part of a dump has at most 32 KiB
    private uint _sequence;

    private NetlinkSocket(Fd fd) => _fd = fd;

    /// <summary>In the network namespace of this thread.</summary>
    public static NetlinkSocket Open() => new(Make(out Errno errno) ?? throw new LadeException("make a netlink socket", errno));

    /// <summary>In another network namespace: a socket belongs for ever to the one that it was made in, so this thread goes there and comes back.</summary>
    public static NetlinkSocket OpenIn(Fd networkNamespace, Fd own)
    {
        if (Libc.setns(networkNamespace.Number, Libc.CLONE_NEWNET) < 0)
            throw new LadeException("enter the container's network namespace", Libc.LastError);
        Fd? made = Make(out Errno errno);
        if (Libc.setns(own.Number, Libc.CLONE_NEWNET) < 0)
            throw new LadeException("return to the own network namespace", Libc.LastError);
        return new NetlinkSocket(made ?? throw new LadeException("make a netlink socket", errno));
    }

    /// <summary>Asks for errors in words, and without a copy of the request.</summary>
    private static Fd? Make(out Errno errno)
    {
        int on = 1;
        int fd = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, Libc.NETLINK_ROUTE);
        if (fd >= 0 && Libc.setsockopt(fd, Libc.SOL_NETLINK, Libc.NETLINK_CAP_ACK, &on, sizeof(int)) == 0
            && Libc.setsockopt(fd, Libc.SOL_NETLINK, Libc.NETLINK_EXT_ACK, &on, sizeof(int)) == 0)
        {
            errno = default;
            return new Fd(fd);
        }

        errno = Libc.LastError;
        new Fd(fd).Dispose();
        return null;
    }

    /// <summary>Sends a request and reads its answer to the end.</summary>
    /// <param name="replies">Gets the messages of the answer without their headers.</param>
    /// <param name="said">The kernel's own words about an error; empty without any.</param>
    /// <returns>The error that the answer ends with, or 0.</returns>
    public Errno Call(NetlinkRequest request, List<byte[]> replies, out string said)
    {
        Files.Write(_fd, request.Finish(++_sequence), Name);
        while (true)
        {
            ReadOnlySpan<byte> received = _buffer.AsSpan(0, Files.Read(_fd, _buffer, Name));
            while (received.Length >= NetlinkRequest.HeaderSize)
            {
                int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(received);
                if (length < NetlinkRequest.HeaderSize || length > received.Length)
                    throw new LadeException("read " + Name + ": a message of " + length + " bytes in " + received.Length);
                ReadOnlySpan<byte> message = received[..length];
                received = received[Math.Min((length + 3) & ~3, received.Length)..];
                if (BinaryPrimitives.ReadUInt32LittleEndian(message[8..]) != _sequence)
                    continue;
                ushort type = BinaryPrimitives.ReadUInt16LittleEndian(message[4..]);
                if (type is Libc.NLMSG_ERROR or Libc.NLMSG_DONE)
                    return ErrorOf(message, type, out said);
                replies.Add(message[NetlinkRequest.HeaderSize..].ToArray());
            }
        }
    }

    public void Dispose() => _fd.Dispose();

    /// <summary>struct nlmsgerr: the negative errno and the header of the request, then attributes. A dump ends with the number alone.</summary>
    private static Errno ErrorOf(ReadOnlySpan<byte> message, ushort type, out string said)
    {
        said = "";
        ReadOnlySpan<byte> body = message[NetlinkRequest.HeaderSize..];
        int error = body.Length < 4 ? 0 : -BinaryPrimitives.ReadInt32LittleEndian(body);
        const int ErrorSize = 4 + NetlinkRequest.HeaderSize;
        if (type == Libc.NLMSG_ERROR && (BinaryPrimitives.ReadUInt16LittleEndian(message[6..]) & Libc.NLM_F_ACK_TLVS) != 0 && body.Length > ErrorSize)
        {
            var attributes = new NetlinkAttributes(body[ErrorSize..]);
            while (attributes.Next())
            {
                if (attributes.Type == Libc.NLMSGERR_ATTR_MSG)
                    said = Encoding.UTF8.GetString(attributes.Value).TrimEnd('\0');
            }
        }

        return new Errno(error);
    }
}
