using System;
using System.Collections.Generic;
using System.Text;
using Lade.Configuration;
using Lade.Linux;

namespace Lade;

/// <summary>
/// The one exception of lade: what was tried, on what, the errno, and the property of config.json that asked for it. Messages are lower case, without a full stop,
/// outermost context first: <c>/mounts/3: mount tmpfs on /dev/shm: EINVAL: Bad value for 'size'</c>. Thrown where the details are known, caught at the top or to roll back.
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
    /// <param name="errno">What the kernel returned.</param>
    public LadeException(string operation, Errno errno, JsonPointer pointer = default)
        : base(operation + ": " + errno.Describe())
    {
        Errno = errno;
        Pointer = pointer;
    }

    /// <summary>0 when no system call failed.</summary>
    public Errno Errno { get; }

    public JsonPointer Pointer { get; }

    /// <summary>The problems of an invalid configuration; empty for other errors.</summary>
    public IReadOnlyList<ConfigProblem> Problems { get; init; } = [];

    /// <summary>Exit code of the command; engines expect 1 in most cases.</summary>
    public int ExitCode { get; init; } = 1;

    /// <summary>What the user sees: the message, with the pointer in front.</summary>
    public string FullMessage => Pointer.IsNone ? Message : Pointer + ": " + Message;

    /// <summary>This error with an outer context, <c>context: message</c>, and the same errno, problems and exit code.</summary>
    public LadeException Within(string context) => new(context + ": " + FullMessage, Errno, Problems, ExitCode);

    private LadeException(string message, Errno errno, IReadOnlyList<ConfigProblem> problems, int exitCode)
        : base(message)
    {
        Errno = errno;
        Problems = problems;
        ExitCode = exitCode;
    }

    /// <summary>All problems of one document in one error.</summary>
    public static LadeException InvalidConfig(string path, IReadOnlyList<ConfigProblem> problems)
    {
        var text = new StringBuilder(path).Append(problems.Count == 1 ? ": " : ": " + problems.Count + " problems: ");
        for (int i = 0; i < problems.Count; i++)
            text.Append(i == 0 ? "" : "; ").Append(problems[i]);
        return new LadeException(text.ToString(), default, problems, 1);
    }
}
