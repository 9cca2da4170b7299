using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;
using Lade.Seccomp;

namespace Lade.Planning;

/// <summary>Plans `exec`: the order in which a process joins a running container. The counterpart of <see cref="CreatePlan"/>.</summary>
internal static class ExecPlan
{
    public static ContainerPlan Compile(ExecInputs inputs) => EarlyFilter.Choose(inputs.Filter, mayBeEarly => Compile(inputs, mayBeEarly));

    private static ContainerPlan Compile(ExecInputs inputs, bool filterMayBeEarly)
    {
        var process = new ProcessPlan(inputs.Process, inputs.Spec.Linux ?? new LinuxSpec(), new ProcessInputs
        {
            Host = inputs.Host,
            Labels = inputs.Labels,
            Filter = inputs.Filter,
            FilterMayBeEarly = filterMayBeEarly,
            HasUserNamespace = inputs.Join.HasUser,
            KeepsGroups = RunOciAnnotations.KeepsGroups(inputs.Spec),
        });
        var operations = new List<Operation>(40);
        JsonPointer root = JsonPointer.Of("process");
        foreach (IEnumerable<Operation> step in Steps(inputs, process))
        {
            foreach (Operation operation in step)
                operations.Add(inputs.IsDocument && !operation.Origin.IsNone ? operation with { Origin = operation.Origin.Within(root) } : operation);
        }

        return new ContainerPlan { StartFlags = CloneFlags.None, Operations = operations, Warnings = process.Warnings };
    }

    private static IEnumerable<IEnumerable<Operation>> Steps(ExecInputs inputs, ProcessPlan process)
    {
        Host host = inputs.Host;
        JoinPlan join = inputs.Join;
        ExecCpuAffinitySpec? affinity = inputs.Process.ExecCpuAffinity;
        // The initial affinity applies until the process is in the cgroup. A process started in it does not need it, and may not be allowed those CPUs.
        string? initial = inputs.Cgroup.StartsInside ? null : affinity?.Initial;
        yield return Affinity(initial, "initial");
        // Join the cgroup before allocating memory, and before the cgroup namespace, from which its files are not accessible.
        yield return CreatePlan.JoinCgroups(inputs.Cgroup);
        if (host.IgnoredSignals != 0)
            yield return [new ResetSignals(host.IgnoredSignals)];
        // The OOM score and hard limits need privileges in the initial user namespace.
        yield return PrivilegedSteps(initial, process);
        yield return Affinity(affinity?.Final, "final");
        // The kernel keeps the labels until execve(2); the host's procfs is closed before.
        yield return process.Labels();
        // The caller's groups could not be dropped in a user namespace that denies setgroups(2).
        if (host.IsPrivileged && join is { HasUser: true, KeepGroups: false })
            yield return [new SetGroups([])];
        yield return join.Enter();
        yield return CreatePlan.Keyring(inputs.Keyring);
        // In a mount namespace "/" is the container's root for every process that joins. Without one, only the first process was chrooted.
        if (!inputs.Spec.Has(NamespaceType.Mount))
            yield return [new ChangeRoot(inputs.Rootfs) { Origin = JsonPointer.Of("root", "path") }];
        // /dev/console stays the container's own terminal.
        yield return process.Terminal(mountNamespace: false);
        yield return Existing(process.CheckProgram());
        yield return process.Streams();
        // As in create: container processes only ever see a process with no more privileges than the program.
        yield return [new CloseDescriptors(null)];
        yield return process.DropPrivileges();
        yield return join.BecomeVisible();
        // A session of its own, even if the caller's terminal remains its standard input.
        yield return [new NewSession()];
        yield return process.Session();
        // The last point at which a failure has no visible effect: terminal and pid are handed out now.
        yield return [new Sync(SyncPoint.Ready)];
        yield return process.Execute([]);
    }

    private static IEnumerable<Operation> Affinity(string? cpus, string property)
    {
        if (!string.IsNullOrEmpty(cpus))
            yield return new SetAffinity(cpus) { Origin = JsonPointer.Of("process", "execCPUAffinity", property) };
    }

    /// <summary>With an initial but no final affinity, the process keeps what the kernel makes of the initial one in the container's cgroup.</summary>
    private static IEnumerable<Operation> PrivilegedSteps(string? initial, ProcessPlan process)
    {
        bool keepsCpus = !string.IsNullOrEmpty(initial);
        foreach (Operation operation in process.PrivilegedSteps())
        {
            if (!keepsCpus || operation is not SetAffinity)
                yield return operation;
        }
    }

    /// <summary>A missing cwd is created for a container, but not for exec.</summary>
    private static IEnumerable<Operation> Existing(IEnumerable<Operation> operations)
    {
        foreach (Operation operation in operations)
            yield return operation is ChangeDirectory change ? change with { MustExist = true } : operation;
    }
}
