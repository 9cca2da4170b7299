using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;
using Lade.Rootfs;
using Lade.Seccomp;

namespace Lade.Planning;

/// <summary>
/// The global order of a container's operations, with the reason for each place. What each part consists of is the business of its planner; nothing but
/// this file decides what comes before what.
/// </summary>
internal static class PlanOrder
{
    public static ContainerPlan Compile(CreateInputs inputs)
    {
        if (inputs.Filter is not { } filter || inputs.Spec.Process is null)
            return Compile(inputs, filterMayBeEarly: false);
        ContainerPlan plan = Compile(inputs, filterMayBeEarly: true);
        return EarlyFilter.IsAllowed(filter, plan.Operations) ? plan : Compile(inputs, filterMayBeEarly: false);
    }

    private static ContainerPlan Compile(CreateInputs inputs, bool filterMayBeEarly)
    {
        Spec spec = inputs.Spec;
        LinuxSpec linux = spec.Linux ?? new LinuxSpec();
        var namespaces = new NamespacePlan(linux, inputs.Host, RunOciAnnotations.KeepsGroups(spec));
        ProcessPlan? process = spec.Process is null ? null : new ProcessPlan(spec.Process, linux, new ProcessInputs
        {
            Host = inputs.Host,
            Labels = inputs.Labels,
            Filter = inputs.Filter,
            FilterMayBeEarly = filterMayBeEarly,
            HasUserNamespace = namespaces.HasUser,
            KeepsGroups = RunOciAnnotations.KeepsGroups(spec),
        });
        return new ContainerPlan
        {
            StartFlags = namespaces.StartFlags,
            Operations = [.. Order(inputs, linux, namespaces, process)],
            Warnings = process?.Warnings ?? [],
        };
    }

    private static IEnumerable<IEnumerable<Operation>> Parts(CreateInputs inputs, LinuxSpec linux, NamespacePlan namespaces, ProcessPlan? process)
    {
        Spec spec = inputs.Spec;
        Host host = inputs.Host;
        var root = new RootFilesystem(spec, inputs.Rootfs, inputs.NoPivot);
        // A tree opened in the host's mount namespace belongs to the host's peer groups until it is made a slave; one opened inside follows "/".
        bool openFirst = namespaces.IsStaged && host.MayMount;
        MountPropagation sources = openFirst ? MountPropagation.MS_SLAVE : MountPropagation.None;
        var mounts = new Mounts(spec, new MountInputs
        {
            IsPrivileged = host.IsPrivileged,
            Bundle = inputs.Bundle,
            HasSelinux = inputs.Labels.Selinux,
            SourceLinks = inputs.SourceLinks,
            CgroupMounts = inputs.CgroupMounts,
            HasCgroupNamespace = namespaces.Has(CloneFlags.CLONE_NEWCGROUP),
            SourcePropagation = sources,
            HostIsReachable = true,
        });
        var devices = new DeviceNodes(linux, namespaces.HasUser, namespaces.HasMount, host.MayMakeNodes);

        // First of all into the cgroup: every later byte and process is charged to the container.
        yield return JoinCgroups(inputs.Cgroup);
        if (host.IgnoredSignals != 0)
            yield return [new ResetSignals(host.IgnoredSignals)];
        // The OOM score and hard limits need rights of the initial user namespace.
        if (process is not null)
            yield return process.OnHostSide();
        // Sources that the container's user may not reach are opened while we are still somebody; in the direct way they are opened once
        // the mount namespace is set apart (below), and nothing is lost by that. A user without privileges may copy a mount only in a mount namespace of his own.
        if (openFirst)
            yield return OpenSources(root, mounts, devices, namespaces, host, sources);
        // In a user namespace that denies setgroups(2) the caller's groups could not be given up any more.
        if (host.IsPrivileged && namespaces.HasUser && !RunOciAnnotations.KeepsGroups(spec))
            yield return [new SetGroups([])];
        yield return namespaces.Enter();
        // The cgroup namespace's root is the cgroup that its first process is in: after joining.
        yield return namespaces.Inside();
        // The host moves network devices, the process's class of service and the process to its part of the cgroup now: before a process or hook of the
        // container can look, and after the cgroup namespace has got its root.
        if (ForHost(spec, linux) is { IsNone: false } origin)
            yield return [new Sync(SyncPoint.Namespaces) { Origin = origin }];
        if (!namespaces.JoinsPid)
            yield return [new NewSession()];
        yield return Keyring(inputs.Keyring);
        yield return Names(spec);
        // Before anything is mounted, so that no mount event reaches the host.
        yield return (namespaces.New & CloneFlags.CLONE_NEWNS) != 0 ? root.SetApart() : [];
        if (!openFirst)
            yield return OpenSources(root, mounts, devices, namespaces, host, sources);
        // Without a mount namespace of our own the pivot would be the host's; SpecValidator lets no mount come that far.
        yield return [namespaces.HasMount ? root.Attach((namespaces.New & CloneFlags.CLONE_NEWNS) != 0) : root.Change()];
        yield return mounts.Apply();
        // Devices come after the mounts, of which /dev is one.
        yield return devices.Make(isMade: !mounts.BindsDev());
        // runtime.md steps 3-5: all mounts are made, the root is not yet changed.
        if (spec.Hooks.Prestart.Count + spec.Hooks.CreateRuntime.Count > 0)
            yield return [new Sync(SyncPoint.Hooks) { Origin = JsonPointer.Of("hooks") }];
        yield return ContainerHooks.Output(spec, inputs.Bundle);
        yield return ContainerHooks.CreateContainer(spec.Hooks, inputs.HookStates);
        // Parameters are written by way of the host's procfs, so that /proc/sys may be read-only in the container.
        yield return Sysctls.Plan(linux);
        // By way of procfs too, and after the last hook that they are not meant for.
        if (process is not null)
            yield return process.Labels();
        // Nodes are cloned where they are attached in our mount namespace, and no process may see them there: before the old root goes.
        yield return HiddenPaths.Plan(linux);
        if (namespaces.HasMount)
            yield return [root.Pivot(namespaces.HasUser || !host.IsPrivileged)];
        // The terminal needs the devpts of the container, and /dev writable for /dev/console.
        if (process is not null)
            yield return process.Terminal(namespaces.HasMount);
        // A missing cwd is made: before the root becomes read-only.
        if (process is not null)
            yield return process.Check();
        yield return mounts.MakeReadonly();
        yield return root.MakeReadonly();
        // The last that needs procfs, and the container's /dev.
        yield return process is null ? [new StandardStreams(0)] : process.Streams();
        // What `init` says after others can trace it is not to be relied on.
        if (namespaces.JoinsPid)
            yield return [new Sync(SyncPoint.Check)];
        // By its open file, and with rights of the host's. It counts for a later process only: nobody sees us yet.
        yield return namespaces.Approach();
        // From here on `init` is what the program will be: it may wait for long, and in a pid namespace that others are in they see it now.
        yield return [new CloseDescriptors(inputs.WaitsOnSocket ? StartListener : null) { OfferNamespaces = inputs.WaitsOnSocket && !host.IsPrivileged }];
        yield return process is null ? [new SetGroups([]), new DropBounding(0, host.LastCapability), new SetCapabilities(0, 0, 0, 0)] : process.Drop();
        yield return namespaces.Appear();
        if (namespaces.JoinsPid)
            yield return [new NewSession()];
        if (process is not null)
            yield return process.Session();
        yield return [new Sync(SyncPoint.Ready)];
        yield return [new WaitForStart(inputs.WaitsOnSocket ? StartListener : null)];
        // After start, before the program (runtime.md step 7), and before limits that are meant for the program.
        if (process is not null)
            yield return process.Become([.. ContainerHooks.StartContainer(spec.Hooks, inputs.HookStates, process.Confinement)]);
    }

    /// <summary>What makes the host do something to the new namespaces; none when nothing does.</summary>
    private static JsonPointer ForHost(Spec spec, LinuxSpec linux) =>
        linux.NetDevices.Count > 0 ? JsonPointer.Of("linux", "netDevices")
        : linux.IntelRdt is not null ? JsonPointer.Of("linux", "intelRdt")
        : RunOciAnnotations.DelegatedCgroup(spec) is not null ? RunOciAnnotations.PointerTo(RunOciAnnotations.DelegateCgroup)
        : JsonPointer.None;

    /// <summary>The listening socket that `lade start` connects to.</summary>
    public static Slot StartListener => new("start");

    private static IEnumerable<Operation> Order(CreateInputs inputs, LinuxSpec linux, NamespacePlan namespaces, ProcessPlan? process)
    {
        foreach (IEnumerable<Operation> part in Parts(inputs, linux, namespaces, process))
        {
            foreach (Operation operation in part)
                yield return operation;
        }
    }

    public static IEnumerable<Operation> JoinCgroups(CgroupEntry cgroup)
    {
        if (cgroup.WaitsForUnit)
            yield return new Sync(SyncPoint.Cgroup) { Origin = JsonPointer.Of("linux", "cgroupsPath") };
        foreach (Slot tasks in cgroup.Tasks)
            yield return new JoinCgroup(tasks) { Origin = JsonPointer.Of("linux", "cgroupsPath") };
    }

    private static IEnumerable<Operation> OpenSources(
        RootFilesystem root, Mounts mounts, DeviceNodes devices, NamespacePlan namespaces, Host host, MountPropagation sources)
    {
        // Who may make nodes makes one when a mask needs it.
        if (namespaces.HasMount && !host.MayMakeNodes)
            yield return new OpenNull { Origin = JsonPointer.Of("linux", "maskedPaths") };
        if (namespaces.HasMount)
            yield return root.OpenTree(sources);

        foreach (Operation operation in mounts.OpenSources())
            yield return operation;
        foreach (Operation operation in devices.OpenSources())
            yield return operation;
    }

    public static IEnumerable<Operation> Keyring(string? name)
    {
        if (name is not null)
            yield return new JoinSessionKeyring(name);
    }

    private static IEnumerable<Operation> Names(Spec spec)
    {
        if (spec.Hostname is { Length: > 0 } hostname)
            yield return new SetHostname(hostname) { Origin = JsonPointer.Of("hostname") };
        if (spec.Domainname is { Length: > 0 } domainname)
            yield return new SetDomainname(domainname) { Origin = JsonPointer.Of("domainname") };
    }
}
