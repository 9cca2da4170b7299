using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Plan;

/// <summary>Restores the default action of signals that lade ignores: an ignored signal stays ignored across execve(2).</summary>
/// <param name="Mask">Bit N-1 is signal N.</param>
[Operation(13)]
internal sealed partial record ResetSignals([Mask] ulong Mask) : Operation
{
    public override string Description => "reset ignored signals";
}

/// <summary>Opens a terminal from the container's own devpts (verified) as standard streams and sends its master to the host side (MSG_FD).</summary>
/// <param name="Uid">Owner of the terminal device.</param>
[Operation(40)]
internal sealed partial record OpenConsole(uint Rows, uint Columns, uint Uid) : Operation
{
    /// <summary>Also bind-mounts it on /dev/console, which requires a mount namespace.</summary>
    public bool BindConsole { get; init; }

    public override string Description => "open a terminal";
}

/// <summary>
/// ioctl(2) TIOCSCTTY: makes the terminal from <see cref="OpenConsole"/> the controlling terminal of the session from <see cref="NewSession"/>.
/// </summary>
[Operation(63)]
internal sealed partial record ControllingTerminal : Operation
{
    public override string Description => "set the controlling terminal";
}

/// <summary>
/// Prepares the standard streams: replaces the host's /dev/null, zero, full, random and urandom, whose attributes the program could change, with the
/// container's, and makes the user the owner of pipes, so that /dev/stdout can be opened. Before <see cref="CloseDescriptors"/>.
/// </summary>
[Operation(62)]
internal sealed partial record StandardStreams(uint Uid) : Operation
{
    public override string Description => "set up the standard streams";
}

/// <summary>
/// Looks up the home directory of the program's user in the container's /etc/passwd, read with that user's permissions. Does nothing if there is no such user
/// or file.
/// </summary>
/// <param name="Variable">Index of HOME in the environment of <see cref="FindExecutable"/>.</param>
[Operation(61)]
internal sealed partial record FindHome(uint Uid, uint Gid, int Variable) : Operation
{
    public override string Description => "find the home directory of user " + Uid;
}

/// <summary>
/// chdir(2), creating the directory (0755) if missing; retried with the user's permissions if root's do not suffice. The result must be inside the root
/// (CVE-2024-21626), otherwise ENOENT with stage CWD_ESCAPED.
/// </summary>
[Operation(41)]
internal sealed partial record ChangeDirectory(string Path, uint Uid, uint Gid) : Operation
{
    /// <summary>Does not create it: in a running container that is up to its owner.</summary>
    public bool MustExist { get; init; }

    public override string Description => "chdir to cwd (\"" + Path + "\")";
}

/// <summary>
/// Searches PATH as execvp(3) does, with the permissions of the program's user and our groups, so that a missing program fails `create`. After <see
/// cref="SetGroups"/>; the result is used by <see cref="Execute"/>.
/// </summary>
[Operation(42)]
internal sealed partial record FindExecutable(IReadOnlyList<string> Args, [Unprinted] IReadOnlyList<string> Env, uint Uid, uint Gid) : Operation
{
    [Sent]
    public string File => Args[0];

    /// <summary>Value of PATH, or the default search path of execvp(3) if it is unset.</summary>
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

    public override string Description => "exec: \"" + Args[0] + "\"";
}

/// <summary>
/// Waits for `lade start` to connect to the container's listening socket; the connection becomes the sync socket. Without a listener, waits for the host side
/// of `lade run`.
/// </summary>
[Operation(43)]
internal sealed partial record WaitForStart(Slot? Listener) : Operation
{
    public override string Description => "wait for start";
}

/// <summary>State passed to later hooks on stdin: <c>Head</c>, the pid of `init` in its pid namespace, <c>Tail</c>.</summary>
[Operation(74)]
internal sealed partial record SetHookState([Unsent] string Status, [Unprinted] string Head, [Unprinted] string Tail) : Operation
{
    public override string Description => "set the hook state to " + Status;
}

/// <summary>Runs a hook in the container's namespaces, with the state from the last <see cref="SetHookState"/> on stdin. It must exit with status 0.</summary>
[Operation(44)]
internal sealed partial record RunHook([Unsent] string List, [Unsent] int Index, string Path) : Operation
{
    [Unsent]
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>argv; just the path if config.json has none.</summary>
    [Sent]
    public IReadOnlyList<string> Arguments => Args.Count > 0 ? Args : [Path];

    /// <summary>null: the environment of the program, from <see cref="FindExecutable"/>.</summary>
    [Unprinted]
    public IReadOnlyList<string>? Env { get; init; } = [];

    /// <summary>In seconds; 0 means no limit.</summary>
    public int Timeout { get; init; }

    /// <summary>Restrictions of the program that `init` itself is not under yet, applied to the hook only.</summary>
    [Unsent]
    [PrintedBy(nameof(Confined))]
    public HookConfinement? Confinement { get; init; }

    public bool Confined => Confinement is not null;

    /// <summary>Number, soft value and hard value of each limit, 8 bytes each.</summary>
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

    /// <summary>struct sock_filter[] to load for the hook; empty for none.</summary>
    [Sent]
    public ReadOnlyMemory<byte> Filter => Confinement?.Filter is { } filter ? filter.Program : default;

    /// <summary>SECCOMP_FILTER_FLAG_*.</summary>
    [Sent]
    public uint FilterFlags => Confinement?.Filter is { } filter ? filter.Flags : 0;

    /// <summary>Applies the capability sets below to the hook, after the filter.</summary>
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

    public override string Description => "error running " + List + " hook #" + Index;
}

/// <summary>Restrictions that an image hook applies to itself between fork and execve(2).</summary>
/// <param name="Limits">The program's resource limits, which `init` applies to itself only as its last steps.</param>
/// <param name="Filter">null if the program has none, or if `init` is already under it.</param>
/// <param name="Capabilities">null if `init` already has exactly those of the program.</param>
internal sealed record HookConfinement(IReadOnlyList<SetRlimit> Limits, LoadSeccomp? Filter, SetCapabilities? Capabilities);

/// <summary>
/// Redirects descriptor <c>Number</c> (1 or 2) of later hooks to a file on the host, opened by the host side, instead of a pipe to us. Closed before the
/// program starts.
/// </summary>
[Operation(60)]
internal sealed partial record SetHookOutput(Slot Descriptor, int Number, [Unsent] string File) : Operation
{
    public override string Description => "redirect hook " + (Number == 1 ? "stdout" : "stderr") + " to " + File;
}

/// <summary>setrlimit(2).</summary>
[Operation(45)]
internal sealed partial record SetRlimit([Unsent] string Type, uint Resource, ulong Soft, ulong Hard) : Operation
{
    /// <summary>Only raises a hard limit that is too low, while `init` still may, and leaves the soft limit alone.</summary>
    public bool RaiseOnly { get; init; }

    public override string Description => "set " + Type;

    public override string Details => " " + Soft + ":" + Hard;
}

/// <summary>umask(2).</summary>
[Operation(46)]
internal sealed partial record SetUmask(uint Mask) : Operation
{
    public override string Description => "set umask 0" + Convert.ToString(Mask, 8);
}

/// <summary>personality(2).</summary>
[Operation(47)]
internal sealed partial record SetPersonality([Unsent] string Domain, ulong Persona) : Operation
{
    public override string Description => "set personality " + Domain;
}

/// <summary>setgroups(2) to exactly these supplementary groups. Ignores EPERM for an empty list: setgroups(2) may be denied in the user namespace.</summary>
[Operation(48)]
internal sealed partial record SetGroups(IReadOnlyList<uint> Gids) : Operation
{
    public override string Description => "set groups";

    public override string Details => ": " + string.Join(",", Gids);
}

/// <summary>Drops every capability up to <c>Last</c> that is not in <c>Keep</c> from the bounding set.</summary>
[Operation(49)]
internal sealed partial record DropBounding([Mask] ulong Keep, int Last) : Operation
{
    public override string Description => "drop bounding capabilities";
}

/// <summary>setresgid(2) and setresuid(2), keeping the permitted capabilities.</summary>
[Operation(50)]
internal sealed partial record SetUser(uint Uid, uint Gid) : Operation
{
    public override string Description => "set user " + Uid + ":" + Gid;
}

/// <summary>capset(2) and the ambient set, as masks by capability number.</summary>
[Operation(51)]
internal sealed partial record SetCapabilities([Mask] ulong Effective, [Mask] ulong Permitted, [Mask] ulong Inheritable, [Mask] ulong Ambient) : Operation
{
    public override string Description => "set capabilities";
}

/// <summary>prctl(2) PR_SET_NO_NEW_PRIVS.</summary>
[Operation(52)]
internal sealed partial record NoNewPrivileges : Operation
{
    public override string Description => "set no_new_privs";
}

/// <summary>The LSM a label belongs to.</summary>
internal enum SecurityModule
{
    AppArmor,
    Selinux,
}

/// <summary>Sets the LSM label for the next execve(2), through our own attributes in the host's procfs.</summary>
[Operation(73)]
internal sealed partial record SetExecLabel([Unsent] SecurityModule Module, [Unsent] string Label) : Operation
{
    /// <summary>Relative to /proc. AppArmor has its own directory since Linux 5.8; SELinux uses the files of the major LSM.</summary>
    [Sent]
    public string File => Module == SecurityModule.AppArmor ? "self/attr/apparmor/exec" : "self/attr/exec";

    [Sent]
    public string Value => Module == SecurityModule.AppArmor ? "exec " + Label : Label;

    public override string Description => Module == SecurityModule.AppArmor ? "apply apparmor profile '" + Label + "'" : "apply selinux label '" + Label + "'";
}

/// <summary>
/// seccomp(2) SECCOMP_SET_MODE_FILTER. Descriptors are closed first, as in <see cref="Execute"/>, because the filter may forbid it. With
/// SECCOMP_FILTER_FLAG_NEW_LISTENER the listener is sent to the host side (MSG_FD), which must confirm it.
/// </summary>
/// <param name="Program">struct sock_filter[].</param>
/// <param name="Flags">SECCOMP_FILTER_FLAG_*.</param>
[Operation(53)]
internal sealed partial record LoadSeccomp([PrintedBy(nameof(LoadSeccomp.Instructions))] ReadOnlyMemory<byte> Program, uint Flags) : Operation
{
    /// <summary>The host side fetches the listener, because the filter may not let `init` send it: `init` calls nothing but write(2) and read(2).</summary>
    public bool ListenerByNumber { get; init; }

    /// <summary>Loaded before other operations, which the filter is known to allow: does not close descriptors first.</summary>
    public bool IsEarly { get; init; }

    public int Instructions => Program.Length / 8;

    public bool Equals(LoadSeccomp? other) =>
        other is not null && Flags == other.Flags && ListenerByNumber == other.ListenerByNumber && IsEarly == other.IsEarly && Origin == other.Origin
            && Program.Span.SequenceEqual(other.Program.Span);

    public override int GetHashCode() => HashCode.Combine(Flags, Program.Length);

    public override string Description => "load seccomp filter (" + Instructions + " instructions)";
}

/// <summary>
/// execve(2) of the program found by <see cref="FindExecutable"/>. Closes all descriptors first except the standard streams, those preserved for the program
/// and the close-on-exec sync socket.
/// </summary>
[Operation(54)]
internal sealed partial record Execute([Unsent] string File) : Operation
{
    public override string Description => "exec: \"" + File + "\"";
}

/// <summary>sched_setaffinity(2) to a CPU list (<c>0-3,7</c>); null means all CPUs, which the kernel limits to those of the cpuset.</summary>
[Operation(58)]
internal sealed partial record SetAffinity([Unsent] string? Cpus) : Operation
{
    /// <summary>The kernel truncates a longer mask than its own; no kernel supports more than 8192 CPUs (CONFIG_NR_CPUS).</summary>
    private const int MostCpus = 8192;

    /// <summary>One bit per CPU.</summary>
    [Sent]
    public ReadOnlyMemory<byte> CpuMask => Cpus is null ? EveryCpu() : NumberList.ToMask(Cpus);

    public override string Description => Cpus is null ? "allow all CPUs" : "set cpu affinity " + Cpus;

    private static byte[] EveryCpu()
    {
        byte[] mask = new byte[MostCpus / 8];
        Array.Fill(mask, byte.MaxValue);
        return mask;
    }
}

/// <summary>sched_setattr(2). Times are in nanoseconds.</summary>
[Operation(55)]
internal sealed partial record SetScheduler([Unsent] string Policy, uint Number) : Operation
{
    /// <summary>SCHED_FLAG_*.</summary>
    public ulong Flags { get; init; }
    public int Nice { get; init; }
    public uint Priority { get; init; }
    public ulong Runtime { get; init; }
    public ulong Deadline { get; init; }
    public ulong Period { get; init; }

    public override string Description => "set scheduler " + Policy;
}

/// <summary>ioprio_set(2) for our process: class number and priority within the class, 0 being the highest.</summary>
[Operation(56)]
internal sealed partial record SetIoPriority([Unsent] string Class, [Unsent] uint Number, [Unsent] uint Priority) : Operation
{
    /// <summary>IOPRIO_PRIO_VALUE of linux/ioprio.h.</summary>
    [Sent]
    public uint Value => (Number << 13) | Priority;

    public override string Description => "set io priority " + Class + ":" + Priority;
}

/// <summary>set_mempolicy(2): mode number with MPOL_F_* flags, and the node list, null for none.</summary>
[Operation(57)]
internal sealed partial record SetMemoryPolicy([Unsent] string Mode, uint Number, [Unsent] string? Nodes) : Operation
{
    /// <summary>One bit per node, in whole words; empty without a list.</summary>
    [Sent]
    public ReadOnlyMemory<byte> NodeMask => NumberList.ToMask(Nodes);

    public override string Description => "set memory policy " + Mode + (Nodes is null ? "" : " on nodes " + Nodes);
}
