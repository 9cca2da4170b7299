using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;
using Lade.Seccomp;

namespace Lade.Planning;

/// <summary>The order of the operations by which a process of `exec` becomes one of a running container. As <see cref="PlanOrder"/> for `create`.</summary>
internal static class ExecOrder
{
    public static ContainerPlan Compile(ExecInputs inputs)
    {
        if (inputs.Filter is not { } filter)
            return Compile(inputs, filterMayBeEarly: false);
        ContainerPlan plan = Compile(inputs, filterMayBeEarly: true);
        return EarlyFilter.IsAllowed(filter, plan.Operations) ? plan : Compile(inputs, filterMayBeEarly: false);
    }

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
        foreach (IEnumerable<Operation> part in Parts(inputs, process))
        {
            foreach (Operation operation in part)
                operations.Add(inputs.IsDocument && !operation.Origin.IsNone ? operation with { Origin = operation.Origin.Within(root) } : operation);
        }

        return new ContainerPlan { StartFlags = CloneFlags.None, Operations = operations, Warnings = process.Warnings };
    }

    private static IEnumerable<IEnumerable<Operation>> Parts(ExecInputs inputs, ProcessPlan process)
    {
        Host host = inputs.Host;
        JoinPlan join = inputs.Join;
        ExecCpuAffinitySpec? affinity = inputs.Process.ExecCpuAffinity;
        // The CPUs for the way into the container count until it is in. A process that was born there has no way, and may not have those CPUs.
        string? initial = inputs.Cgroup.IsBornInside ? null : affinity?.Initial;
        yield return Affinity(initial, "initial");
        // Into the cgroup before anything is allocated, and before the cgroup namespace, from which the files could not be written.
        yield return PlanOrder.JoinCgroups(inputs.Cgroup);
        if (host.IgnoredSignals != 0)
            yield return [new ResetSignals(host.IgnoredSignals)];
        // The OOM score and hard limits need rights of the initial user namespace.
        yield return OnHostSide(initial, process);
        yield return Affinity(affinity?.Final, "final");
        // The kernel keeps them for execve(2), and the host's procfs is not taken along.
        yield return process.Labels();
        // In a user namespace that denies setgroups(2) the caller's groups could not be given up any more.
        if (host.IsPrivileged && join is { HasUser: true, KeepGroups: false })
            yield return [new SetGroups([])];
        yield return join.Enter();
        yield return PlanOrder.Keyring(inputs.Keyring);
        // In a mount namespace "/" is the container's root for all who join. Without one only its first process was given it.
        if (!inputs.Spec.Has(NamespaceType.Mount))
            yield return [new ChangeRoot(inputs.Rootfs) { Origin = JsonPointer.Of("root", "path") }];
        // /dev/console is the container's own terminal and stays that.
        yield return process.Terminal(mountNamespace: false);
        yield return Existing(process.Check());
        yield return process.Streams();
        // As in create: the container sees nothing but a process that has what the program will have.
        yield return [new CloseDescriptors(null)];
        yield return process.Drop();
        yield return join.Appear();
        // The session is the process's own, also where the caller's terminal stays its standard input.
        yield return [new NewSession()];
        yield return process.Session();
        // The last moment at which a failure leaves no trace: terminal and pid are handed out now.
        yield return [new Sync(SyncPoint.Ready)];
        yield return process.Become([]);
    }

    private static IEnumerable<Operation> Affinity(string? cpus, string property)
    {
        if (!string.IsNullOrEmpty(cpus))
            yield return new SetAffinity(cpus) { Origin = JsonPointer.Of("process", "execCPUAffinity", property) };
    }

    /// <summary>With a first list and no last one the CPUs are what the kernel makes of the first in the container's cgroup.</summary>
    private static IEnumerable<Operation> OnHostSide(string? initial, ProcessPlan process)
    {
        bool keepsCpus = !string.IsNullOrEmpty(initial);
        foreach (Operation operation in process.OnHostSide())
        {
            if (!keepsCpus || operation is not SetAffinity)
                yield return operation;
        }
    }

    /// <summary>A directory is made for a container, not for its guests.</summary>
    private static IEnumerable<Operation> Existing(IEnumerable<Operation> operations)
    {
        foreach (Operation operation in operations)
            yield return operation is ChangeDirectory change ? change with { MustExist = true } : operation;
    }
}
