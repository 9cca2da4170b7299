using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Tmds.Linux;

namespace Lade.Linux;

/// <summary>An rtnetlink(7) socket in some network namespace; one request at a time.</summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    private const string Name = "the kernel's network interfaces";

    private readonly Fd _fd;
    private readonly byte[] _buffer = new byte[64 * 1024]; // a message of a dump has at most 32 KiB
    private uint _sequence;

    private NetlinkSocket(Fd fd) => _fd = fd;

    /// <summary>In the network namespace of this thread.</summary>
    public static NetlinkSocket Open() => new(Make(out Errno errno) ?? throw new LadeException("make a netlink socket", errno));

    /// <summary>In another network namespace: a socket stays in the one it was created in, so this thread enters it and returns.</summary>
    public static NetlinkSocket OpenIn(Fd networkNamespace, Fd own)
    {
        if (LibC.setns(networkNamespace.Number, LibC.CLONE_NEWNET) < 0)
            throw new LadeException("enter the container's network namespace", Libc.LastError);
        Fd? made = Make(out Errno errno);
        if (LibC.setns(own.Number, LibC.CLONE_NEWNET) < 0)
            throw new LadeException("return to the host's network namespace", Libc.LastError);
        return new NetlinkSocket(made ?? throw new LadeException("make a netlink socket", errno));
    }

    /// <summary>With NETLINK_EXT_ACK for error messages, and NETLINK_CAP_ACK to have the request left out of them.</summary>
    private static Fd? Make(out Errno errno)
    {
        int on = 1;
        int fd = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, Libc.NETLINK_ROUTE);
        if (fd >= 0 && Libc.setsockopt(fd, LibC.SOL_NETLINK, Libc.NETLINK_CAP_ACK, &on, sizeof(int)) == 0
            && Libc.setsockopt(fd, LibC.SOL_NETLINK, Libc.NETLINK_EXT_ACK, &on, sizeof(int)) == 0)
        {
            errno = default;
            return new Fd(fd);
        }

        errno = Libc.LastError;
        new Fd(fd).Dispose();
        return null;
    }

    /// <summary>Sends a request and reads the whole reply.</summary>
    /// <param name="replies">Receives the messages of the reply, without headers.</param>
    /// <param name="detail">The kernel's error message (NLMSGERR_ATTR_MSG); empty when there is none.</param>
    /// <returns>The errno, or 0.</returns>
    public Errno Call(NetlinkRequest request, List<byte[]> replies, out string detail)
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
                    return ParseError(message, type, out detail);
                replies.Add(message[NetlinkRequest.HeaderSize..].ToArray());
            }
        }
    }

    public void Dispose() => _fd.Dispose();

    /// <summary>struct nlmsgerr: the negative errno and the request's header, then attributes. NLMSG_DONE has the number only.</summary>
    private static Errno ParseError(ReadOnlySpan<byte> message, ushort type, out string detail)
    {
        detail = "";
        ReadOnlySpan<byte> body = message[NetlinkRequest.HeaderSize..];
        int error = body.Length < 4 ? 0 : -BinaryPrimitives.ReadInt32LittleEndian(body);
        const int ErrorSize = 4 + NetlinkRequest.HeaderSize;
        if (type == Libc.NLMSG_ERROR && (BinaryPrimitives.ReadUInt16LittleEndian(message[6..]) & Libc.NLM_F_ACK_TLVS) != 0 && body.Length > ErrorSize)
        {
            var attributes = new NetlinkAttributes(body[ErrorSize..]);
            while (attributes.Next())
            {
                if (attributes.Type == Libc.NLMSGERR_ATTR_MSG)
                    detail = Encoding.UTF8.GetString(attributes.Value).TrimEnd('\0');
            }
        }

        return new Errno(error);
    }
}
