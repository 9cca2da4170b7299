using System;
using System.Buffers.Text;
using System.Text;

namespace Lade.Linux;

/// <summary>User names of the host. Only passwd(5) is read: a static executable cannot load NSS modules.</summary>
internal static class UserNames
{
    /// <summary>The name of <paramref name="uid"/>, or <c>#1000</c> when /etc/passwd does not have it.</summary>
    public static string Lookup(uint uid)
    {
        using Fd? file = Files.TryOpen("/etc/passwd", Libc.O_RDONLY, out _);
        return (file is null ? null : Find(Files.ReadAll(file, "/etc/passwd"), uid)) ?? "#" + uid;
    }

    /// <summary>The name in the first line with this uid; null when there is none.</summary>
    public static string? Find(ReadOnlySpan<byte> passwd, uint uid)
    {
        while (!passwd.IsEmpty)
        {
            int end = passwd.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? passwd : passwd[..end];
            passwd = end < 0 ? default : passwd[(end + 1)..];

            int name = line.IndexOf((byte)':');
            int password = name < 0 ? -1 : line[(name + 1)..].IndexOf((byte)':');
            if (password < 0)
                continue;
            ReadOnlySpan<byte> id = line[(name + password + 2)..];
            if (Utf8Parser.TryParse(id, out uint found, out int length) && found == uid && length < id.Length && id[length] == ':')
                return Encoding.UTF8.GetString(line[..name]);
        }

        return null;
    }
}
