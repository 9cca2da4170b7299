using Lade.Lifecycle;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using Lade.Planning;
using Lade.State;
using Lade.Terminal;

namespace Lade.Commands;

/// <summary>
/// `exec`: another process in a running container. It takes no lock: it changes nothing of the container, may last as long as the container itself, and what
/// it joins is held by a pidfd.
/// </summary>
internal static class Exec
{
    /// <returns>The program's exit status as a shell shows it; 0 when detached.</returns>
    public static int Execute(ExecRequest request)
    {
        using var undo = new Rollback(request.Log);
        ContainerDirectory directory = undo.Own(ContainerDirectory.Open(request.StateRoot, request.Id));
        ContainerState state = directory.Load();
        // First the descriptor, then the look: what it stands for is the process of which the look says that it is the container's.
        Fd? process = state.Init is { } recorded ? Processes.TryOpenPidFd(recorded.Pid) : null;
        ContainerStatus status = process is null && state.Init is not null ? ContainerStatus.Stopped : Status.Read(state, directory);
        CheckStatus(status, request.IgnorePaused);
        if (process is null || state.Init is not { } init)
            throw new LadeException(JoinError.Stopped);
        undo.Own(process);

        Spec spec = directory.LoadConfig();
        ProcessSpec program = ProcessOf(request, spec.Process);
        Preflight.CheckConsole(request.ConsoleSocket, program.Terminal, foreground: !request.Detach, request.ProcessFile is null ? JsonPointer.None : JsonPointer.Of("terminal"));
        Preflight.CheckPreservedFds(sockets: 0, request.PreserveFds);
        var target = new ExecTarget
        {
            Request = request,
            Directory = directory,
            State = state,
            Status = status,
            Pid = init.Pid,
            Process = process,
            Spec = spec with { Process = program },
            Program = program,
            Cgroup = state.Cgroup?.Open(),
            Host = HostReader.Read(),
        };
        return Follow(JoiningProcess.Start(target, undo), request, undo);
    }

    /// <summary>runc's words, which engines show as they are.</summary>
    private static void CheckStatus(ContainerStatus status, bool ignorePaused)
    {
        if (status == ContainerStatus.Stopped)
            throw new LadeException(JoinError.Stopped);
        if (status == ContainerStatus.Creating)
            throw new LadeException("cannot exec in a container that is being created");
        if (!ignorePaused && status == ContainerStatus.Paused)
            throw new LadeException("cannot exec in a paused container (use --ignore-paused to override)");
    }

    private static ProcessSpec ProcessOf(ExecRequest request, ProcessSpec? container)
    {
        if (request.ProcessFile is { } path)
            return ExecProcess.FromDocument(SpecReader.ReadProcess(Files.ReadAll(path), path), container);
        if (request.Options.Args.Count == 0)
            throw new LadeException("exec args cannot be empty");
        ProcessSpec process = ExecProcess.FromOptions(request.Options, container);
        var problems = new List<ConfigProblem>();
        SpecValidator.ValidateProcess(process, JsonPointer.Of("process"), problems);
        return problems.Count == 0 ? process : throw LadeException.InvalidConfig("options", problems);
    }

    private static int Follow(JoinedProcess joined, ExecRequest request, Rollback undo)
    {
        ForegroundTerminal? terminal = null;
        if (!request.Detach)
        {
            terminal = joined.OpenTerminal();
            SignalForwarding.Begin(joined.Pid);
        }

        joined.Execute();
        // Whoever reads it may rely on a program that runs.
        Handover.WritePidFile(request.PidFile, joined.Pid);
        undo.Complete();
        if (request.Detach)
            return 0;
        ExitStatus status = terminal is null ? Processes.WaitReapingOthers(joined.Pid) : terminal.Follow(joined.Pid, request.Log);
        return status.ShellCode;
    }
}
