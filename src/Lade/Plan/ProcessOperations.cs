using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace Lade.Plan;

/// <summary>Signals that are ignored where lade runs get their default action back: an ignored signal stays ignored across execve(2).</summary>
/// <param name="Mask">Bit N-1 is signal N.</param>
[Operation(13)]
internal sealed partial record ResetSignals([Mask] ulong Mask) : Operation
{
    public override string Sentence => "reset ignored signals";
}

/// <summary>A new terminal from the container's own devpts (verified), as stdio; its master goes to the host side in MSG_FD.</summary>
/// <param name="Uid">Owner of the slave.</param>
[Operation(40)]
internal sealed partial record OpenConsole(uint Rows, uint Columns, uint Uid) : Operation
{
    /// <summary>Bound on /dev/console, which needs a mount namespace.</summary>
    public bool BindConsole { get; init; }

    public override string Sentence => "open a terminal";
}

/// <summary>ioctl(2) TIOCSCTTY: what <see cref="OpenConsole"/> opened becomes the terminal of the session that <see cref="NewSession"/> made.</summary>
[Operation(63)]
internal sealed partial record ControllingTerminal : Operation
{
    public override string Sentence => "set the controlling terminal";
}

/// <summary>
/// Of the standard streams the host's /dev/null, zero, full, random and urandom are replaced by the container's, whose attributes the program may change; pipes, sockets and files become
/// the user's, so that /dev/stdout can be opened. Before <see cref="CloseDescriptors"/>.
/// </summary>
[Operation(62)]
internal sealed partial record StandardStreams(uint Uid) : Operation
{
    public override string Sentence => "set up the standard streams";
}

/// <summary>
/// The home directory of the program's user, from the root's /etc/passwd, read with that user's permissions. Nothing changes where there is no such user or file.
/// </summary>
/// <param name="Variable">Index in the environment that <see cref="FindExecutable"/> has.</param>
[Operation(61)]
internal sealed partial record FindHome(uint Uid, uint Gid, int Variable) : Operation
{
    public override string Sentence => "find the home directory of user " + Uid;
}

/// <summary>
/// chdir(2), made if missing (0755); the result must lie inside the root (CVE-2024-21626), else ENOENT with CWD_ESCAPED. The user's permission counts when root's does not
/// suffice.
/// </summary>
[Operation(41)]
internal sealed partial record ChangeDirectory(string Path, uint Uid, uint Gid) : Operation
{
    /// <summary>Not made: in a container that runs its owner decides what there is.</summary>
    public bool MustExist { get; init; }

    public override string Sentence => "chdir to cwd (\"" + Path + "\")";
}

/// <summary>
/// execvp(3)'s search with the permissions of the program's user and the groups that we have, so that a missing program is an error of `create`: after
/// <see cref="SetGroups"/>. What it finds is for <see cref="Execute"/>.
/// </summary>
[Operation(42)]
internal sealed partial record FindExecutable(IReadOnlyList<string> Args, [Unprinted] IReadOnlyList<string> Env, uint Uid, uint Gid) : Operation
{
    [Sent]
    public string File => Args[0];

    /// <summary>Value of PATH; without the variable the directories that execvp(3) searches then.</summary>
    [Sent]
    public string SearchPath
    {
        get
        {
            for (int i = Env.Count - 1; i >= 0; i--)
            {
                if (Env[i].StartsWith("PATH=", StringComparison.Ordinal))
                    return Env[i]["PATH=".Length..];
            }

            return "/usr/local/bin:/bin:/usr/bin";
        }
    }

    public override string Sentence => "exec: \"" + Args[0] + "\"";
}

/// <summary>Waits for `lade start` on the container's listening socket, whose connection becomes the sync socket; without one for the host side of `lade run`.</summary>
[Operation(43)]
internal sealed partial record WaitForStart(Slot? Listener) : Operation
{
    public override string Sentence => "wait for start";
}

/// <summary>The container's state, which later hooks get on stdin: <c>Head</c>, the pid of `init` in its own pid namespace, <c>Tail</c>.</summary>
[Operation(74)]
internal sealed partial record SetHookState([Unsent] string Status, [Unprinted] string Head, [Unprinted] string Tail) : Operation
{
    public override string Sentence => "tell hooks that the container is " + Status;
}

/// <summary>Runs a hook inside the container's namespaces, with the state of the last <see cref="SetHookState"/> on stdin. It must exit with 0.</summary>
[Operation(44)]
internal sealed partial record RunHook([Unsent] string List, [Unsent] int Index, string Path) : Operation
{
    [Unsent]
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>Without arguments in config.json the path is the only one.</summary>
    [Sent]
    public IReadOnlyList<string> Arguments => Args.Count > 0 ? Args : [Path];

    /// <summary>None: that of the program, from <see cref="FindExecutable"/>.</summary>
    [Unprinted]
    public IReadOnlyList<string>? Env { get; init; } = [];

    /// <summary>Seconds; 0 is no limit.</summary>
    public int Timeout { get; init; }

    /// <summary>What the program is under and `init` is not yet: the hook gets it by itself.</summary>
    [Unsent]
    [PrintedBy(nameof(Confined))]
    public HookConfinement? Confinement { get; init; }

    public bool Confined => Confinement is not null;

    /// <summary>For each limit its number, the soft and the hard value, 8 bytes each.</summary>
    [Sent]
    public ReadOnlyMemory<byte> Limits
    {
        get
        {
            IReadOnlyList<SetRlimit> limits = Confinement?.Limits ?? [];
            byte[] bytes = new byte[limits.Count * 24];
            for (int i = 0; i < limits.Count; i++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24 * i), limits[i].Resource);
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan((24 * i) + 8), limits[i].Soft);
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan((24 * i) + 16), limits[i].Hard);
            }

            return bytes;
        }
    }

    /// <summary>struct sock_filter[] that is loaded for the hook; empty: none.</summary>
    [Sent]
    public ReadOnlyMemory<byte> Filter => Confinement?.Filter is { } filter ? filter.Program : default;

    /// <summary>SECCOMP_FILTER_FLAG_*.</summary>
    [Sent]
    public uint FilterFlags => Confinement?.Filter is { } filter ? filter.Flags : 0;

    /// <summary>The hook gets the capability sets that follow, after the filter.</summary>
    [Sent]
    public bool LimitsCapabilities => Confinement?.Capabilities is not null;

    [Sent]
    public ulong Effective => Confinement?.Capabilities is { } sets ? sets.Effective : 0;

    [Sent]
    public ulong Permitted => Confinement?.Capabilities is { } sets ? sets.Permitted : 0;

    [Sent]
    public ulong Inheritable => Confinement?.Capabilities is { } sets ? sets.Inheritable : 0;

    [Sent]
    public ulong Ambient => Confinement?.Capabilities is { } sets ? sets.Ambient : 0;

    public override string Sentence => "error running " + List + " hook #" + Index;
}

/// <summary>Rights that a hook of the image gives up between fork and execve(2).</summary>
/// <param name="Limits">The program's resource limits, which `init` sets for itself only when nothing else is left to do.</param>
/// <param name="Filter">null when the program has none, or `init` is under it already.</param>
/// <param name="Capabilities">null when those of `init` are the program's already.</param>
internal sealed record HookConfinement(IReadOnlyList<SetRlimit> Limits, LoadSeccomp? Filter, SetCapabilities? Capabilities);

/// <summary>
/// What hooks write from here on to descriptor <c>Number</c> (1 or 2) goes to a file of the host, opened by the host side, instead of a pipe to us. Closed before the program.
/// </summary>
[Operation(60)]
internal sealed partial record SetHookOutput(Slot Descriptor, int Number, [Unsent] string File) : Operation
{
    public override string Sentence => "hooks write " + (Number == 1 ? "stdout" : "stderr") + " to " + File;
}

/// <summary>setrlimit(2).</summary>
[Operation(45)]
internal sealed partial record SetRlimit([Unsent] string Type, uint Resource, ulong Soft, ulong Hard) : Operation
{
    /// <summary>Raises the hard limit if it is lower, while `init` still may, and leaves the soft one.</summary>
    public bool RaiseOnly { get; init; }

    public override string Sentence => "set " + Type;

    public override string Details => " " + Soft + ":" + Hard;
}

/// <summary>umask(2).</summary>
[Operation(46)]
internal sealed partial record SetUmask(uint Mask) : Operation
{
    public override string Sentence => "set umask 0" + Convert.ToString(Mask, 8);
}

/// <summary>personality(2).</summary>
[Operation(47)]
internal sealed partial record SetPersonality([Unsent] string Domain, ulong Persona) : Operation
{
    public override string Sentence => "set personality " + Domain;
}

/// <summary>setgroups(2): exactly these supplementary groups. EPERM is not an error when there are none: setgroups(2) may be denied in the user namespace.</summary>
[Operation(48)]
internal sealed partial record SetGroups(IReadOnlyList<uint> Gids) : Operation
{
    public override string Sentence => "set groups";

    public override string Details => ": " + string.Join(",", Gids);
}

/// <summary>Drops every capability outside <c>Keep</c> from the bounding set, up to <c>Last</c>.</summary>
[Operation(49)]
internal sealed partial record DropBounding([Mask] ulong Keep, int Last) : Operation
{
    public override string Sentence => "drop bounding capabilities";
}

/// <summary>setresgid(2), setresuid(2); permitted capabilities survive the change.</summary>
[Operation(50)]
internal sealed partial record SetUser(uint Uid, uint Gid) : Operation
{
    public override string Sentence => "set user " + Uid + ":" + Gid;
}

/// <summary>capset(2) and the ambient set, as masks of capability numbers.</summary>
[Operation(51)]
internal sealed partial record SetCapabilities([Mask] ulong Effective, [Mask] ulong Permitted, [Mask] ulong Inheritable, [Mask] ulong Ambient) : Operation
{
    public override string Sentence => "set capabilities";
}

/// <summary>prctl(2) PR_SET_NO_NEW_PRIVS.</summary>
[Operation(52)]
internal sealed partial record NoNewPrivileges : Operation
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
[Operation(73)]
internal sealed partial record SetExecLabel([Unsent] SecurityModule Module, [Unsent] string Label) : Operation
{
    /// <summary>
    /// Below /proc. Since Linux 5.8 AppArmor has a directory of its own, where no other module answers; SELinux has the files of the first module.
    /// </summary>
    [Sent]
    public string File => Module == SecurityModule.AppArmor ? "self/attr/apparmor/exec" : "self/attr/exec";

    [Sent]
    public string Value => Module == SecurityModule.AppArmor ? "exec " + Label : Label;

    public override string Sentence => Module == SecurityModule.AppArmor ? "apply apparmor profile '" + Label + "'" : "apply selinux label '" + Label + "'";
}

/// <summary>
/// seccomp(2) SECCOMP_SET_MODE_FILTER. Descriptors are closed before it as <see cref="Execute"/> does it, because the filter may forbid that. With
/// SECCOMP_FILTER_FLAG_NEW_LISTENER the listener goes to the host side in MSG_FD, whose go is awaited.
/// </summary>
/// <param name="Program">struct sock_filter[].</param>
/// <param name="Flags">SECCOMP_FILTER_FLAG_*.</param>
[Operation(53)]
internal sealed partial record LoadSeccomp([PrintedBy(nameof(LoadSeccomp.Instructions))] ReadOnlyMemory<byte> Program, uint Flags) : Operation
{
    /// <summary>The filter may not let `init` send the listener, so the host side fetches it: no call is made but write(2) and read(2).</summary>
    public bool ListenerByNumber { get; init; }

    /// <summary>Descriptors are not closed before it, because more is done under the filter, which is known to allow that.</summary>
    public bool IsEarly { get; init; }

    public int Instructions => Program.Length / 8;

    public bool Equals(LoadSeccomp? other) =>
        other is not null && Flags == other.Flags && ListenerByNumber == other.ListenerByNumber && IsEarly == other.IsEarly && Origin == other.Origin && Program.Span.SequenceEqual(other.Program.Span);

    public override int GetHashCode() => HashCode.Combine(Flags, Program.Length);

    public override string Sentence => "load seccomp filter (" + Instructions + " instructions)";
}

/// <summary>
/// execve(2) of what <see cref="FindExecutable"/> found. All descriptors are closed before but the standard ones, those of the program and the close-on-exec sync socket.
/// </summary>
[Operation(54)]
internal sealed partial record Execute([Unsent] string File) : Operation
{
    public override string Sentence => "exec: \"" + File + "\"";
}
