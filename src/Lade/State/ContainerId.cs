using System;

namespace Lade.State;

/// <summary>
/// The id of a container: letters, digits, <c>_ + - .</c>, but not <c>.</c> or <c>..</c>. It is used as a file name, so only <see cref="Parse"/> creates one from text.
/// </summary>
internal readonly record struct ContainerId
{
    private readonly string? _text;

    private ContainerId(string text) => _text = text;

    /// <exception cref="LadeException"><c>container id cannot be empty</c>, <c>invalid container ID format</c>, which engines match.</exception>
    public static ContainerId Parse(string text)
    {
        if (text.Length == 0)
            throw new LadeException("container id cannot be empty");
        return IsValid(text) ? new ContainerId(text) : throw new LadeException("invalid container ID format");
    }

    public static bool IsValid(string text)
    {
        if (text is "" or "." or "..")
            return false;
        foreach (char c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '+' or '-' or '.'))
                return false;
        return true;
    }

    public override string ToString() => _text ?? throw new InvalidOperationException("a container id that was not parsed");
}
