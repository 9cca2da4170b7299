using System.Collections.Generic;
using Lade.Cgroups;
using Lade.Configuration;
using Lade.Linux;
using Lade.Process;
using Lade.State;
using Lade.Terminal;

namespace Lade.Lifecycle;

/// <summary>
/// `exec`: another process in a running container. It takes no lock: it changes nothing of the container, may last as long as the container itself, and what
/// it joins is held by a pidfd.
/// </summary>
internal static class Executing
{
    /// <summary>What runc says, and engines know.</summary>
    public const string Stopped = "cannot exec in a stopped container";

    /// <returns>The program's exit status as a shell shows it; 0 when detached.</returns>
    public static int Execute(ExecRequest request)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(request.StateRoot, request.Id);
        ContainerState state = directory.Load();
        // First the descriptor, then the look: what it stands for is the process of which the look says that it is the container's.
        using Fd? init = state.Init is { } recorded ? Processes.TryOpenPidFd(recorded.Pid) : null;
        IExistingCgroup? cgroup = state.Cgroup?.Open();
        ContainerStatus status = init is null && state.Init is not null ? ContainerStatus.Stopped : Status.Read(state, directory);
        CheckStatus(status, request.IgnorePaused);

        Spec spec = directory.LoadConfig();
        spec = spec with { Process = ProcessOf(request, spec.Process) };
        JsonPointer terminal = request.ProcessFile is null ? JsonPointer.None : JsonPointer.Of("terminal");
        Creation.CheckConsole(request.ConsoleSocket, spec.Process.Terminal, foreground: !request.Detach, terminal);
        Preflight.CheckPreservedFds(sockets: 0, request.PreserveFds);

        using var process = new JoiningProcess(request, directory, state, status, spec);
        return Follow(process, request, init!, cgroup);
    }

    /// <summary>runc's words, which engines show as they are.</summary>
    private static void CheckStatus(ContainerStatus status, bool ignorePaused)
    {
        if (status == ContainerStatus.Stopped)
            throw new LadeException(Stopped);
        if (status == ContainerStatus.Creating)
            throw new LadeException("cannot exec in a container that is being created");
        if (!ignorePaused && status == ContainerStatus.Paused)
            throw new LadeException("cannot exec in a paused container (use --ignore-paused to override)");
    }

    private static ProcessSpec ProcessOf(ExecRequest request, ProcessSpec? container)
    {
        if (request.ProcessFile is { } path)
            return ExecProcess.Of(SpecReader.ReadProcess(Files.ReadAll(path), path), container);
        if (request.Options.Args.Count == 0)
            throw new LadeException("exec args cannot be empty");
        ProcessSpec process = ExecProcess.Of(request.Options, container);
        var problems = new List<ConfigProblem>();
        SpecValidator.ValidateProcess(process, JsonPointer.Of("process"), problems);
        return problems.Count == 0 ? process : throw LadeException.InvalidConfig("options", problems);
    }

    private static int Follow(JoiningProcess process, ExecRequest request, Fd container, IExistingCgroup? cgroup)
    {
        ForegroundTerminal? terminal = null;
        try
        {
            process.Start(container, cgroup);
            if (!request.Detach)
            {
                terminal = process.OpenTerminal();
                SignalForwarding.Begin(process.Pid);
            }

            process.Release();
            // Who reads it may rely on a program that runs.
            Handover.WritePidFile(request.PidFile, process.Pid);
        }
        catch
        {
            process.Undo();
            throw;
        }

        if (request.Detach)
            return 0;
        ExitStatus status = terminal is null ? Processes.WaitReapingOthers(process.Pid) : terminal.Follow(process.Pid, request.Log);
        return status.ShellCode;
    }
}
