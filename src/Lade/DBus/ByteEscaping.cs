using System;
using System.Globalization;
using System.Text;

namespace Lade.DBus;

/// <summary>
/// Escapes bytes of UTF-8 text as a prefix and two hexadecimal digits, as D-Bus addresses (<c>%20</c>), object paths (<c>_2e</c>) and unit names (<c>\x2b</c>)
/// do.
/// </summary>
internal static class ByteEscaping
{
    /// <param name="safe">ASCII characters that are kept in addition to letters and digits.</param>
    public static string Escape(string text, string safe, string prefix)
    {
        var escaped = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || safe.Contains((char)b, StringComparison.Ordinal))
                escaped.Append((char)b);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"{prefix}{b:x2}");
        }

        return escaped.ToString();
    }
}
