using System.Collections.Generic;
using Lade.Configuration;
using Lade.Lifecycle;
using Lade.Linux;
using Lade.Planning;
using Lade.State;
using Lade.Terminal;

namespace Lade.Commands;

/// <summary>
/// `exec`: runs another process in a running container. It takes no lock: it does not change the container's state, may run as long as the container itself, and holds a pidfd
/// of the process it joins.
/// </summary>
internal static class Exec
{
    /// <returns>The program's exit code by the shell's convention; 0 when detached.</returns>
    public static int Execute(ExecRequest request)
    {
        using var rollback = new Rollback(request.Log);
        ContainerDirectory directory = rollback.Own(ContainerDirectory.Open(request.StateRoot, request.Id));
        ContainerState state = directory.Load();
        // The status is checked after the pidfd is opened, so the pidfd is that of the container's process.
        Fd? process = state.Init is { } recorded ? Processes.TryOpenPidFd(recorded.Pid) : null;
        ContainerStatus status = process is null && state.Init is not null ? ContainerStatus.Stopped : Status.Read(state, directory);
        CheckStatus(status, request.IgnorePaused);
        if (process is null || state.Init is not { } init)
            throw new LadeException(JoinError.Stopped);
        rollback.Own(process);

        Spec spec = directory.LoadConfig();
        ProcessSpec program = ProcessOf(request, spec.Process);
        JsonPointer origin = request.ProcessFile is null ? JsonPointer.None : JsonPointer.Of("terminal");
        Preflight.CheckConsole(request.ConsoleSocket, program.Terminal, foreground: !request.Detach, origin);
        Preflight.CheckPreservedFds(sockets: 0, request.PreserveFds);
        spec = spec with { Process = program };
        var target = new ExecTarget(request, directory, state, status, init.Pid, process, spec, program, state.Cgroup?.Open(), HostReader.Read());
        return Follow(JoiningProcess.Start(target, rollback), request, rollback);
    }

    /// <summary>The messages are runc's: engines match them.</summary>
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

    private static int Follow(JoinedProcess joined, ExecRequest request, Rollback rollback)
    {
        ForegroundTerminal? terminal = null;
        if (!request.Detach)
        {
            terminal = joined.OpenTerminal();
            SignalForwarding.Begin(joined.Pid);
        }

        joined.Execute();
        // Once the pid file exists, its readers may rely on the program running.
        ProcessHandles.WritePidFile(request.PidFile, joined.Pid);
        rollback.Complete();
        if (request.Detach)
            return 0;
        ExitStatus status = terminal is null ? Processes.WaitReapingOthers(joined.Pid) : terminal.Follow(joined.Pid, request.Log);
        return status.ShellCode;
    }
}
