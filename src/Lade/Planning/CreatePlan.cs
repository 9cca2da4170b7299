using System.Collections.Generic;
using Lade.Configuration;
using Lade.Plan;
using Lade.Rootfs;
using Lade.Seccomp;

namespace Lade.Planning;

/// <summary>
/// The order of all operations of `create`, with the reason for each position. The operations themselves come from their planners; only this file decides what
/// comes before what.
/// </summary>
internal static class CreatePlan
{
    public static ContainerPlan Compile(CreateInputs inputs) =>
        EarlyFilter.Choose(inputs.Spec.Process is null ? null : inputs.Filter, mayBeEarly => Compile(inputs, mayBeEarly));

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

    private static IEnumerable<IEnumerable<Operation>> Steps(CreateInputs inputs, LinuxSpec linux, NamespacePlan namespaces, ProcessPlan? process)
    {
        Spec spec = inputs.Spec;
        Host host = inputs.Host;
        var root = new RootFilesystem(spec, inputs.Rootfs, inputs.NoPivot);
        // A tree opened in the host's mount namespace is in the host's peer groups until it is made a slave; one opened inside follows "/".
        bool openFirst = namespaces.IsStaged && host.CanMount;
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
        var devices = new DeviceNodes(linux, namespaces.HasUser, namespaces.HasMount, host.CanMknod);

        // Join the cgroup first of all, so that all memory and processes are charged to the container.
        yield return JoinCgroups(inputs.Cgroup);
        if (host.IgnoredSignals != 0)
            yield return [new ResetSignals(host.IgnoredSignals)];
        // The OOM score and hard limits need privileges in the initial user namespace.
        if (process is not null)
            yield return process.PrivilegedSteps();
        // Open sources that the container's user may not access while we still have the host's privileges. In the direct way they are opened after making the
        // mount namespace private (below), which loses nothing. An unprivileged user may clone a mount only in a mount namespace of their own.
        if (openFirst)
            yield return OpenSources(root, mounts, devices, namespaces, host, sources);
        // The caller's groups could not be dropped in a user namespace that denies setgroups(2).
        if (host.IsPrivileged && namespaces.HasUser && !RunOciAnnotations.KeepsGroups(spec))
            yield return [new SetGroups([])];
        yield return namespaces.Enter();
        // The root of a cgroup namespace is the cgroup of the process that creates it: after joining the cgroup.
        yield return namespaces.SetUp();
        // The host moves network devices, sets the resctrl group and moves the process to its delegated sub-cgroup: before a process or hook of the container
        // can observe it, and after the cgroup namespace has its root.
        if (HostActionOrigin(spec, linux) is { IsNone: false } origin)
            yield return [new Sync(SyncPoint.Namespaces) { Origin = origin }];
        if (!namespaces.JoinsPid)
            yield return [new NewSession()];
        yield return Keyring(inputs.Keyring);
        yield return Names(spec);
        // Before any mount, so that no mount event propagates to the host.
        yield return (namespaces.New & CloneFlags.CLONE_NEWNS) != 0 ? root.SetPropagation() : [];
        if (!openFirst)
            yield return OpenSources(root, mounts, devices, namespaces, host, sources);
        // Without a mount namespace, pivot_root would change the host's root; SpecValidator rejects mounts in that case.
        yield return [namespaces.HasMount ? root.Attach((namespaces.New & CloneFlags.CLONE_NEWNS) != 0) : root.Chroot()];
        yield return mounts.Apply();
        // After the mounts, as /dev is one of them.
        yield return devices.Create(createNodes: !mounts.BindsDev());
        // runtime.md steps 3-5: all mounts exist, the root has not been changed yet.
        if (spec.Hooks.Prestart.Count + spec.Hooks.CreateRuntime.Count > 0)
            yield return [new Sync(SyncPoint.Hooks) { Origin = JsonPointer.Of("hooks") }];
        yield return ContainerHooks.Output(spec, inputs.Bundle);
        yield return ContainerHooks.CreateContainer(spec.Hooks, inputs.HookStates);
        // Written through the host's procfs, so that /proc/sys can be read-only in the container.
        yield return Sysctls.Plan(linux);
        // Through procfs as well, and after the last hook that the labels do not apply to.
        if (process is not null)
            yield return process.Labels();
        // Before detaching the old root: masks are cloned where their file system is attached in our mount namespace, and no container process may see it
        // there.
        yield return MaskedPaths.Plan(linux);
        if (namespaces.HasMount)
            yield return [root.Pivot(namespaces.HasUser || !host.IsPrivileged)];
        // The terminal needs the container's devpts, and a writable /dev for /dev/console.
        if (process is not null)
            yield return process.Terminal(namespaces.HasMount);
        // A missing cwd is created, so before the root becomes read-only.
        if (process is not null)
            yield return process.CheckProgram();
        yield return mounts.MakeReadonly();
        yield return root.MakeReadonly();
        // The last step that needs procfs and the container's /dev.
        yield return process is null ? [new StandardStreams(0)] : process.Streams();
        // Messages sent once container processes can trace `init` cannot be trusted.
        if (namespaces.JoinsPid)
            yield return [new Sync(SyncPoint.Check)];
        // Through its open file, with the host's privileges. Affects only a child, so container processes cannot see us yet.
        yield return namespaces.PrepareJoin();
        // From here on `init` has no more privileges than the program: it may wait for a long time, and processes of an existing pid namespace can see it.
        yield return [new CloseDescriptors(inputs.WaitsOnSocket ? StartListener : null) { OfferNamespaces = inputs.WaitsOnSocket && !host.IsPrivileged }];
        yield return process is null ? [new SetGroups([]), new DropBounding(0, host.LastCapability), new SetCapabilities(0, 0, 0, 0)] : process.DropPrivileges();
        yield return namespaces.BecomeVisible();
        if (namespaces.JoinsPid)
            yield return [new NewSession()];
        if (process is not null)
            yield return process.Session();
        yield return [new Sync(SyncPoint.Ready)];
        yield return [new WaitForStart(inputs.WaitsOnSocket ? StartListener : null)];
        // After start and before the program (runtime.md step 7), and before limits that are meant for the program.
        if (process is not null)
            yield return process.Execute([.. ContainerHooks.StartContainer(spec.Hooks, inputs.HookStates, process.Confinement)]);
    }

    /// <summary>The property that requires the host to act on the new namespaces; none if nothing does.</summary>
    private static JsonPointer HostActionOrigin(Spec spec, LinuxSpec linux) =>
        linux.NetDevices.Count > 0 ? JsonPointer.Of("linux", "netDevices")
        : linux.IntelRdt is not null ? JsonPointer.Of("linux", "intelRdt")
        : RunOciAnnotations.DelegatedCgroup(spec) is not null ? RunOciAnnotations.PointerTo(RunOciAnnotations.DelegateCgroup)
        : JsonPointer.None;

    /// <summary>Listening socket that `lade start` connects to.</summary>
    public static Slot StartListener => new("start");

    private static IEnumerable<Operation> Order(CreateInputs inputs, LinuxSpec linux, NamespacePlan namespaces, ProcessPlan? process)
    {
        foreach (IEnumerable<Operation> step in Steps(inputs, linux, namespaces, process))
        {
            foreach (Operation operation in step)
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
        // With CAP_MKNOD a node is created when the first mask needs it.
        if (namespaces.HasMount && !host.CanMknod)
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
