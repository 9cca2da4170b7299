using System;
using System.Collections.Generic;

namespace Lade.Plan;

/// <summary>Signals that are ignored where lade runs get their default action back: an ignored signal stays ignored across execve(2).</summary>
/// <param name="Mask">Bit N-1 is signal N.</param>
internal sealed record ResetSignals(ulong Mask) : Operation
{
    public override string Sentence => "reset ignored signals";
}

/// <summary>A new terminal from the container's own devpts, as stdio; its master goes to the host side.</summary>
internal sealed record OpenConsole(uint Rows, uint Columns, uint Uid) : Operation
{
    /// <summary>Bound on /dev/console, which needs a mount namespace.</summary>
    public bool BindConsole { get; init; }

    public override string Sentence => "open a terminal";
}

/// <summary>ioctl(2) TIOCSCTTY: what <see cref="OpenConsole"/> opened becomes the terminal of the session.</summary>
internal sealed record ControllingTerminal : Operation
{
    public override string Sentence => "set the controlling terminal";
}

/// <summary>
/// Of the standard streams the host's /dev/null, zero, full, random and urandom are replaced by the container's, whose attributes the program may change; pipes, sockets and files become
/// the user's, so that /dev/stdout can be opened.
/// </summary>
internal sealed record StandardStreams(uint Uid) : Operation
{
    public override string Sentence => "set up the standard streams";
}

/// <summary>The home directory of the program's user, from the container's /etc/passwd: variable <c>Variable</c> of the environment that <see cref="FindExecutable"/> has.</summary>
internal sealed record FindHome(uint Uid, uint Gid, int Variable) : Operation
{
    public override string Sentence => "find the home directory of user " + Uid;
}

/// <summary>chdir(2), made if missing unless <c>MustExist</c>; the result must lie inside the root (CVE-2024-21626).</summary>
internal sealed record ChangeDirectory(string Path, uint Uid, uint Gid) : Operation
{
    /// <summary>Not made: in a container that runs its owner decides what there is.</summary>
    public bool MustExist { get; init; }

    public override string Sentence => "chdir to cwd (\"" + Path + "\")";
}

/// <summary>execvp(3)'s search with the permissions of the program's user, so that a missing program is an error of `create`.</summary>
internal sealed record FindExecutable(IReadOnlyList<string> Args, IReadOnlyList<string> Env, uint Uid, uint Gid) : Operation
{
    public override string Sentence => "exec: \"" + Args[0] + "\"";
}

/// <summary>Waits for `lade start` on the container's listening socket; without one for the host side of `lade run`.</summary>
internal sealed record WaitForStart(Slot? Listener) : Operation
{
    public override string Sentence => "wait for start";
}

/// <summary>Runs a hook inside the container's namespaces. The state on its stdin is <c>StateHead</c>, our pid, <c>StateTail</c>.</summary>
internal sealed record RunHook(string List, int Index, string Path) : Operation
{
    public IReadOnlyList<string> Args { get; init; } = [];
    /// <summary>null: that of the program.</summary>
    public IReadOnlyList<string>? Env { get; init; } = [];

    /// <summary>What the program is under and `init` is not yet: the hook gets it by itself.</summary>
    public HookConfinement? Confinement { get; init; }

    /// <summary>Seconds; 0 is no limit.</summary>
    public int Timeout { get; init; }
    public required string StateHead { get; init; }
    public required string StateTail { get; init; }

    public override string Sentence => "error running " + List + " hook #" + Index;
}

/// <summary>Rights that a hook of the image gives up between fork and execve(2).</summary>
/// <param name="Filter">null when the program has none, or `init` is under it already.</param>
/// <param name="Capabilities">null when those of `init` are the program's already.</param>
internal sealed record HookConfinement(LoadSeccomp? Filter, SetCapabilities? Capabilities);

/// <summary>What hooks write from here on to descriptor <c>Number</c> goes to a file of the host, opened by the host side.</summary>
internal sealed record SetHookOutput(Slot Descriptor, int Number, string File) : Operation
{
    public override string Sentence => "hooks write " + (Number == 1 ? "stdout" : "stderr") + " to " + File;
}

/// <summary>setrlimit(2). <c>RaiseOnly</c> lifts the hard limit while `init` still may, and leaves the soft one.</summary>
internal sealed record SetRlimit(string Type, uint Resource, ulong Soft, ulong Hard) : Operation
{
    public bool RaiseOnly { get; init; }

    public override string Sentence => "set " + Type;
}

/// <summary>umask(2).</summary>
internal sealed record SetUmask(uint Mask) : Operation
{
    public override string Sentence => "set umask 0" + Convert.ToString(Mask, 8);
}

/// <summary>personality(2).</summary>
internal sealed record SetPersonality(string Domain, ulong Persona) : Operation
{
    public override string Sentence => "set personality " + Domain;
}

/// <summary>setgroups(2): exactly these supplementary groups.</summary>
internal sealed record SetGroups(IReadOnlyList<uint> Gids) : Operation
{
    public override string Sentence => "set groups";
}

/// <summary>Drops every capability outside <c>Keep</c> from the bounding set.</summary>
internal sealed record DropBounding(ulong Keep, int Last) : Operation
{
    public override string Sentence => "drop bounding capabilities";
}

/// <summary>setresgid(2), setresuid(2); permitted capabilities survive the change.</summary>
internal sealed record SetUser(uint Uid, uint Gid) : Operation
{
    public override string Sentence => "set user " + Uid + ":" + Gid;
}

/// <summary>capset(2) and the ambient set, as masks of capability numbers.</summary>
internal sealed record SetCapabilities(ulong Effective, ulong Permitted, ulong Inheritable, ulong Ambient) : Operation
{
    public override string Sentence => "set capabilities";
}

/// <summary>prctl(2) PR_SET_NO_NEW_PRIVS.</summary>
internal sealed record NoNewPrivileges : Operation
{
    public override string Sentence => "set no_new_privs";
}

/// <summary>Which kernel module a label belongs to.</summary>
internal enum SecurityModule
{
    AppArmor,
    Selinux,
}

/// <summary>The label that the next execve(2) gives the process, written to our own attributes in the host's procfs.</summary>
internal sealed record SetExecLabel(SecurityModule Module, string Label) : Operation
{
    /// <summary>
    /// Below /proc. Since Linux 5.8 AppArmor has a directory of its own, where no other module answers; SELinux has the files of the first module.
    /// </summary>
    public string File => Module == SecurityModule.AppArmor ? "self/attr/apparmor/exec" : "self/attr/exec";

    public string Value => Module == SecurityModule.AppArmor ? "exec " + Label : Label;

    public override string Sentence => Module == SecurityModule.AppArmor ? "apply apparmor profile '" + Label + "'" : "apply selinux label '" + Label + "'";
}

/// <summary>seccomp(2) SECCOMP_SET_MODE_FILTER.</summary>
internal sealed record LoadSeccomp(ReadOnlyMemory<byte> Program, uint Flags) : Operation
{
    /// <summary>Descriptors are not closed before it, because more is done under the filter, which is known to allow that.</summary>
    public bool IsEarly { get; init; }

    /// <summary>The filter may not let `init` send the listener, so the host side fetches it.</summary>
    public bool ListenerByNumber { get; init; }

    public bool Equals(LoadSeccomp? other) =>
        other is not null && Flags == other.Flags && ListenerByNumber == other.ListenerByNumber && IsEarly == other.IsEarly && Origin == other.Origin && Program.Span.SequenceEqual(other.Program.Span);

    public override int GetHashCode() => HashCode.Combine(Flags, Program.Length);

    public override string Sentence => "load seccomp filter (" + (Program.Length / 8) + " instructions)";
}

/// <summary>execve(2) of what <see cref="FindExecutable"/> found.</summary>
internal sealed record Execute(string File) : Operation
{
    public override string Sentence => "exec: \"" + File + "\"";
}
