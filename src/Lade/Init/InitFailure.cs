using System;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;

namespace Lade.Init;

/// <summary>Turns an error message of `init` into an exception: the operation's description, the kernel's error, and the property that requested it.</summary>
internal static class InitFailure
{
    /// <param name="pid">Pid of the failed process on the host.</param>
    public static LadeException Describe(InitMessage message, IReadOnlyList<Operation> operations, int pid)
    {
        int index = message.Operation;
        if (index < 0 || index >= operations.Count)
            return Unknown(message);
        Operation operation = operations[index];
        if (operation is JoinCgroup)
            return new LadeException("error adding pid " + pid + " to cgroups: " + operation.Description, new Errno(message.Error));
        return AttachOf(operation, operations, index) is { } attach ? SourceFailure(message, operation, attach) : Describe(message, operation);
    }

    /// <summary>For an operation after the wait for `start`.</summary>
    public static LadeException Describe(InitMessage message, StartNotes notes) => notes.At(message.Operation) is { } note ? Describe(message, note) : Unknown(message);

    private static LadeException Describe(InitMessage message, OperationNote note) => note switch
    {
        { HookTimeout: not null } => new LadeException(note.Origin, HookMessage(message, note)),
        { File: { } file } => ExecFailure(message, file, note.Origin),
        _ => new LadeException(note.Description + Detail(message), new Errno(message.Error), note.Origin),
    };

    /// <summary>The error for a known operation, prefixed with the context that engines match.</summary>
    public static LadeException Describe(InitMessage message, Operation operation)
    {
        var errno = new Errno(message.Error);
        return operation switch
        {
            FindExecutable find when message.Stage == Stage.User => UnmappedUser(operation, find.Uid, find.Gid),
            ChangeDirectory cwd when message.Stage == Stage.User => UnmappedUser(operation, cwd.Uid, cwd.Gid),
            FindExecutable find => ExecFailure(message, find.Args[0], operation.Origin),
            Execute or RunHook => Describe(message, OperationNote.From(operation)),
            ChangeDirectory when message.Stage == Stage.CwdEscaped => new LadeException(
                operation.Origin, "current working directory is outside of container mount namespace root -- possible container breakout detected"),
            ChangeDirectory => new LadeException(operation.Description + " set in config.json failed", errno, operation.Origin),
            SetExecLabel { Module: SecurityModule.AppArmor } when errno == Errno.ENOENT => new LadeException(
                operation.Origin, operation.Description + ": the kernel has no such profile; load it first (apparmor_parser)"),
            SetExecLabel { Module: SecurityModule.Selinux } when errno == Errno.EINVAL => new LadeException(
                operation.Origin, operation.Description + ": the policy has no such label"),
            // The container stopped while we were joining it.
            JoinNamespace { Origin.IsNone: true } when errno == Errno.ESRCH => new LadeException("cannot exec in a stopped container"),
            // A pid namespace whose init process has exited accepts no new processes.
            Clone { Origin.IsNone: true } when errno == Errno.ENOMEM => new LadeException("cannot exec in a stopped container"),
            JoinSessionKeyring when errno == Errno.EDQUOT => new LadeException(
                operation.Description + ": the key quota of the user is used up, by this or another container (/proc/key-users); raise kernel.keys.root_maxkeys and root_maxbytes, "
                + "or use --no-new-keyring", errno, operation.Origin),
            Mount mount => MountFailure(message, errno, operation, mount.Source ?? mount.Type, mount.Target),
            Attach attach => MountFailure(message, errno, operation, attach.Source, attach.Target),
            Unmount or HoldMount when errno == Errno.ESTALE => new LadeException(
                operation.Origin, operation.Description + ": the path no longer leads to the mount that \"mounts add\" made there: "
                + "it was unmounted, covered by another mount, or moved"),
            Unshare unshare when errno == Errno.EPERM && (unshare.Flags & CloneFlags.CLONE_NEWUSER) != 0 => new LadeException(
                operation.Description + " (not permitted in a chroot, or where user namespaces are disabled for unprivileged users)", errno, operation.Origin),
            PivotRoot { NoPivot: false } when errno == Errno.EINVAL => new LadeException(
                operation.Description + " (if \"/\" is the initramfs, use --no-pivot, which does not work with a user namespace)", errno, operation.Origin),
            PivotRoot when errno == Errno.EBUSY => new LadeException(operation.Origin, "--no-pivot: the host's mount on " + message.Text
                + " cannot be detached; it would remain in the container's mount namespace"),
            OpenNull when message.Stage == Stage.DeviceNull => new LadeException(operation.Origin, "/dev/null is invalid: not the null device 1:3"),
            StandardStreams when message.Stage == Stage.DeviceNull => new LadeException(
                operation.Description + ": the container has no device of its own in /dev (null, zero, full, random, urandom) to replace the caller's; "
                + "mount one there, or use other standard streams", errno, operation.Origin),
            MakeDevice device when errno == Errno.EEXIST => new LadeException(
                operation.Origin, operation.Description + ": something else exists at " + device.Path
                    + " in the root file system; remove it or leave the device out of linux.devices"),
            OpenConsole when message.Stage == Stage.Pty => new LadeException(
                operation.Description + " (a devpts mount at /dev/pts is needed)" + Detail(message), errno, operation.Origin),
            _ => new LadeException(operation.Description + Detail(message), errno, operation.Origin),
        };
    }

    /// <summary>Only in a user namespace that config.json does not describe: one that lade is in, or a joined one.</summary>
    private static LadeException UnmappedUser(Operation operation, uint uid, uint gid)
    {
        bool isConfig = operation.Origin.ToString().StartsWith("/process/", StringComparison.Ordinal);
        return new LadeException(
            isConfig ? JsonPointer.Of("process", "user") : JsonPointer.Of("user"),
            "unable to start container process: unable to setup user: " + uid + ":" + gid + " has no mapping in the user namespace; see /proc/self/uid_map and gid_map");
    }

    /// <summary>Engines match these texts: exit code 127 for a missing program, 126 for one that cannot be executed.</summary>
    private static LadeException ExecFailure(InitMessage message, string file, JsonPointer origin)
    {
        var errno = new Errno(message.Error);
        const string Context = "unable to start container process: ";
        const string InInit = Context + "error during container init: ";
        string quoted = "exec: \"" + file + "\": ";
        string text = message.Stage switch
        {
            Stage.Lookup when errno == Errno.ENOENT => Context + quoted + "executable file not found in $PATH",
            Stage.Stat when errno == Errno.ENOENT || errno == Errno.ENOTDIR => InInit + quoted + "stat " + file + ": " + errno.Message,
            _ => InInit + quoted + errno.Message,
        };
        return new LadeException(origin, text);
    }

    private static LadeException Unknown(InitMessage message) =>
        new("init: operation " + message.Operation + ": " + new Errno(message.Error).Describe() + Detail(message));

    private static LadeException MountFailure(InitMessage message, Errno errno, Operation operation, string source, string target)
    {
        string context = ContextOf(source, target);
        return message.Stage switch
        {
            Stage.InsideProc => new LadeException(operation.Origin, context + "\"" + target + "\" cannot be mounted because it is inside /proc"),
            Stage.NotDirectory => new LadeException(
                operation.Origin, context + "filesystem \"" + (operation is Mount mount ? mount.Type : source) + "\" must be mounted on ordinary directory"),
            Stage.Target when errno == Errno.ELOOP && operation is Attach { RealPath: true } or Mount { RealPath: true } => new LadeException(
                operation.Origin, context + "a symbolic link is on the path to \"" + target + "\"; in a running container only a path without symbolic links is accepted"),
            // The kernel's own message, if any, says more than the errno.
            Stage.Fsconfig when message.Text.Length > 0 => new LadeException(operation.Origin, context + operation.Description + ": " + errno.Name + ": " + message.Text),
            Stage.Fsopen when errno == Errno.ENODEV => new LadeException(
                operation.Origin, context + operation.Description + ": " + errno.Name + ": the kernel does not support this file system type" + Hint(operation)),
            _ => new LadeException(context + operation.Description + StageText(message.Stage) + PermissionHint(operation, errno) + Detail(message), errno, operation.Origin),
        };
    }

    /// <summary>The operation that attaches the tree of this one: engines identify a mount by source and target.</summary>
    private static Attach? AttachOf(Operation operation, IReadOnlyList<Operation> operations, int index)
    {
        if (operation is not (OpenTree or SetTreeAttributes or MapTreeIds))
            return null;
        for (int i = index + 1; i < operations.Count; i++)
        {
            if (operations[i] is Attach attach && attach.Tree == TreeOf(operation))
                return attach;
        }

        return null;
    }

    private static Slot TreeOf(Operation operation) => operation switch
    {
        OpenTree o => o.Tree,
        SetTreeAttributes o => o.Tree,
        _ => ((MapTreeIds)operation).Tree,
    };

    private static LadeException SourceFailure(InitMessage message, Operation operation, Attach attach)
    {
        var errno = new Errno(message.Error);
        string hint = operation is MapTreeIds && errno == Errno.EINVAL ? " (its file system does not support ID-mapped mounts)"
            : operation is MapTreeIds && errno == Errno.EPERM ? " (it may be ID-mapped already)"
            : "";
        return new LadeException(ContextOf(attach.Source, attach.Target) + operation.Description + hint + Detail(message), errno, operation.Origin);
    }

    private static string ContextOf(string source, string target) => "error mounting \"" + source + "\" to rootfs at \"" + target + "\": ";

    /// <summary>A user namespace may mount these file systems under conditions that EPERM does not explain.</summary>
    private static string PermissionHint(Operation operation, Errno errno) => operation switch
    {
        Mount { Type: "sysfs" } mount when errno == Errno.EPERM =>
            " (a user namespace needs its own network namespace for it, and nothing mounted over parts of the host's sysfs; "
            + ((mount.Attributes & MountAttributes.MOUNT_ATTR_RDONLY) == MountAttributes.None ? "with the option ro the host's is bind-mounted instead)"
            : "the host's is not bind-mounted instead if host root is mapped)"),
        Mount { Type: "proc" } when errno == Errno.EPERM => " (a user namespace needs its own pid namespace for it, and nothing mounted over parts of the host's /proc)",
        Mount { Type: "mqueue" } when errno == Errno.EPERM => " (a user namespace needs its own ipc namespace for it)",
        _ => "",
    };

    private static string Hint(Operation operation) =>
        operation is Mount { Type: "bind" } ? "; use the option bind or rbind for a bind mount" : "";

    private static string HookMessage(InitMessage message, OperationNote hook) => hook.Description + ": " + message.Stage switch
    {
        Stage.HookTimeout => "hook ran past specified timeout of " + hook.HookTimeout + ".0s",
        Stage.HookStatus => new ExitStatus(message.Error) + (message.Text.Length > 0 ? ", " + message.Text : ""),
        _ => hook.File + ": " + new Errno(message.Error).Describe(),
    };

    private static string StageText(Stage stage) => stage switch
    {
        Stage.Source => " (opening the source)",
        Stage.Target => " (preparing the target)",
        Stage.Attributes => " (setting its attributes)",
        Stage.Move => " (attaching it)",
        Stage.CopyUp => " (copying the existing contents)",
        _ => "",
    };

    private static string Detail(InitMessage message) => message.Text.Length > 0 ? ": " + message.Text : "";
}
