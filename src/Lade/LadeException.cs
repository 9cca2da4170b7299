using System;
using System.Collections.Generic;
using System.Text;
using Lade.Configuration;
using Lade.Linux;

namespace Lade;

/// <summary>
/// The one error of lade: what was tried, on what, the errno, and the property of config.json that asked for it.
/// Messages are lower case, no full stop, outermost first: <c>/mounts/3: mount tmpfs on /dev/shm: EINVAL: Bad value for 'size'</c>.
/// Made where the knowledge is, caught at the top or to undo.
/// </summary>
internal sealed class LadeException : Exception
{
    public LadeException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    public LadeException(JsonPointer pointer, string message)
        : base(message) => Pointer = pointer;

    /// <param name="operation">What was tried, with its operand: <c>open /run/lade</c>.</param>
    /// <param name="errno">What the kernel answered.</param>
    public LadeException(string operation, Errno errno, JsonPointer pointer = default)
        : base(operation + ": " + errno.Describe())
    {
        Errno = errno;
        Pointer = pointer;
    }

    /// <summary>0 when no system call failed.</summary>
    public Errno Errno { get; }

    public JsonPointer Pointer { get; }

    /// <summary>Everything that is wrong with a configuration; one problem in other errors.</summary>
    public IReadOnlyList<ConfigProblem> Problems { get; init; } = [];

    /// <summary>Exit code of the command, 1 unless a contract says otherwise.</summary>
    public int ExitCode { get; init; } = 1;

    /// <summary>The message shown to the user, prefixed with the pointer.</summary>
    public string Description => Pointer.IsNone ? Message : Pointer + ": " + Message;

    /// <summary>This error behind an outer context: <c>context: message</c>; errno, pointer and exit code stay.</summary>
    public LadeException Within(string context) =>
        new(context + ": " + Description, Errno, Problems, ExitCode);

    private LadeException(string message, Errno errno, IReadOnlyList<ConfigProblem> problems, int exitCode)
        : base(message)
    {
        Errno = errno;
        Problems = problems;
        ExitCode = exitCode;
    }

    /// <summary>All problems of one document in one error, one per line after the first words.</summary>
    public static LadeException InvalidConfig(string path, IReadOnlyList<ConfigProblem> problems)
    {
        var text = new StringBuilder(path).Append(problems.Count == 1 ? ": " : ": " + problems.Count + " problems: ");
        for (int i = 0; i < problems.Count; i++)
            text.Append(i == 0 ? "" : "; ").Append(problems[i]);
        return new LadeException(text.ToString(), default, problems, 1);
    }
}
