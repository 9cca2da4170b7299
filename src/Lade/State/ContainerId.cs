using System;

namespace Lade.State;

/// <summary>
/// The name of a container: letters, digits, <c>_ + - .</c>, but not <c>.</c> or <c>..</c>. It is a file name below the state root,
/// so nothing but <see cref="Parse"/> may make one from foreign text.
/// </summary>
internal readonly record struct ContainerId
{
    private readonly string? text;

    private ContainerId(string text) => this.text = text;

    /// <exception cref="LadeException"><c>container id cannot be empty</c>, <c>invalid container ID format</c>: the words that engines know.</exception>
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

    public override string ToString() => text ?? throw new InvalidOperationException("a container id that nobody parsed");
}
