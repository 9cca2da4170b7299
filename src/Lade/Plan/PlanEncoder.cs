using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Lade.Configuration;

namespace Lade.Plan;

/// <summary>What is open before `init` starts: descriptor numbers as `init` will inherit them.</summary>
internal sealed record InheritedFds
{
    /// <summary>SOCK_SEQPACKET socket to the host side.</summary>
    public required int Sync { get; init; }

    /// <summary>O_PATH directory of the host's procfs.</summary>
    public required int Proc { get; init; }

    public required IReadOnlyDictionary<Slot, int> Slots { get; init; }

    /// <summary>How many descriptors above 2 belong to the program.</summary>
    public int Preserved { get; init; }
}

/// <summary>Writes operations in the form of native/init/plan.h.</summary>
internal sealed class PlanEncoder
{
    private readonly PlanWriter _writer;
    private readonly Dictionary<Slot, uint> _slots = [];
    private readonly InheritedFds _inherited;

    private PlanEncoder(InheritedFds inherited, int operations)
    {
        _inherited = inherited;
        _writer = new PlanWriter(PlanFormat.HeaderSize + (operations * PlanFormat.OperationSize));
    }

    /// <summary>The bytes of the plan.</summary>
    public static ReadOnlySpan<byte> Encode(IReadOnlyList<Operation> operations, InheritedFds inherited)
    {
        var encoder = new PlanEncoder(inherited, operations.Count);
        for (int i = 0; i < operations.Count; i++)
            encoder.Put(i, encoder.Encode(operations[i]));
        encoder.Finish(operations.Count);
        return encoder._writer.Written;
    }

    private readonly ref struct Encoded(Opcode code, ulong a = 0, ulong b = 0, ulong c = 0, ulong d = 0, ulong e = 0, ulong f = 0)
    {
        public readonly Opcode Code = code;
        public readonly ulong A = a;
        public readonly ulong B = b;
        public readonly ulong C = c;
        public readonly ulong D = d;
        public readonly ulong E = e;
        public readonly ulong F = f;

        public OperationFlags Flags { get; init; }
        public uint Slot { get; init; }
    }

    private Encoded Encode(Operation operation) => operation switch
    {
        JoinCgroup o => new(Opcode.JoinCgroup) { Slot = Index(o.Tasks) },
        Unshare o => new(Opcode.Unshare, (ulong)o.Flags),
        JoinNamespace o => new(Opcode.Setns, (ulong)o.Type) { Slot = Index(o.Namespace) },
        Sync o => new(Opcode.Sync, (ulong)o.Point) { Flags = If(o.Dumpable, OperationFlags.Dumpable) },
        Clone o => new(Opcode.Clone, (ulong)o.Flags),
        BecomeRoot o => new(Opcode.BecomeRoot, o.KeepGroups ? 1UL : 0),
        WriteProc o => new(Opcode.WriteProc, Text(o.Path), Text(o.Value)) { Flags = If(o.Dumpable, OperationFlags.Dumpable) },
        LoopbackUp => new(Opcode.LoopbackUp),
        SetHostname o => new(Opcode.Hostname, Text(o.Name)),
        SetDomainname o => new(Opcode.Domainname, Text(o.Name)),
        NewSession => new(Opcode.Setsid),
        CloseDescriptors o => new(Opcode.CloseDescriptors, o.OfferNamespaces ? 1UL : 0) { Slot = o.Kept is { } kept ? Index(kept) : PlanFormat.NoSlot },
        EmptyRoot o => new(Opcode.EmptyRoot, (ulong)o.Flags),
        SetProcNamespace o => new(Opcode.ProcNamespace, o.IsJoined ? 1UL : 0) { Slot = Index(o.Namespace) },
        JoinSessionKeyring o => new(Opcode.SessionKeyring, Text(o.Name)) { Flags = OperationFlags.Optional },
        SetPropagation or OpenTree or SetTreeAttributes or MapTreeIds or AttachRoot or Mount or Attach or Remount or SetTargetAttributes => EncodeMount(operation),
        MakeDevice o => new(Opcode.MakeDevice, Text(o.Path), o.Mode, o.Major, o.Minor, o.Uid, o.Gid),
        MakeSymlink o => new(Opcode.Symlink, Text(o.Path), Text(o.Target), Text(o.OnlyIfExists)) { Flags = If(o.Replace, OperationFlags.Replace) },
        MakeDirectory o => new(Opcode.MakeDirectory, Text(o.Path), o.Mode),
        MaskPath o => new(Opcode.Mask, Text(o.Path)) { Flags = If(o.AfterFallback, OperationFlags.Fallback) },
        ReadonlyPath o => new(Opcode.Readonly, Text(o.Path)),
        OpenNull => new(Opcode.OpenNull),
        Unmount o => new(Opcode.Unmount, Text(o.Target), o.Id),
        HoldMount o => new(Opcode.HoldMount, Text(o.Target), o.Id),
        ReportMounts => new(Opcode.ReportMounts),
        MakeNodes => new(Opcode.MakeNodes),
        MakeNode o => new(Opcode.MakeNode, Text(o.Name), o.Mode, o.Major, o.Minor, o.Uid | ((ulong)o.Gid << 32), Text(o.Like)),
        AttachNode o => new(Opcode.AttachNode, Text(o.Path), Text(o.Name)),
        DetachNodes => new(Opcode.DetachNodes),
        PivotRoot o => new(Opcode.PivotRoot, (ulong)(o.Propagation & ~MountPropagation.MS_REC))
        {
            Flags = If(o.NoPivot, OperationFlags.NoPivot) | Recursive(o.Propagation),
        },
        ChangeRoot o => new(Opcode.Chroot, Text(o.Path)),
        _ => EncodeProcess(operation),
    };

    private Encoded EncodeMount(Operation operation) => operation switch
    {
        SetPropagation o => new(Opcode.SetPropagation, (ulong)(o.Propagation & ~MountPropagation.MS_REC)) { Flags = Recursive(o.Propagation) },
        OpenTree o => new(Opcode.OpenTree, Text(o.Path), (ulong)(o.Propagation & ~MountPropagation.MS_REC))
        {
            Slot = Index(o.Tree),
            Flags = If(o.Recursive, OperationFlags.Recursive) | If(o.NoFollow, OperationFlags.Nofollow),
        },
        SetTreeAttributes o => new(Opcode.MountAttr, (ulong)o.Set, (ulong)o.Clear, (ulong)(o.Propagation & ~MountPropagation.MS_REC))
        {
            Slot = Index(o.Tree),
            Flags = If(o.Recursive, OperationFlags.Recursive) | Recursive(o.Propagation),
        },
        MapTreeIds o => new(Opcode.Idmap, Index(o.Namespace)) { Slot = Index(o.Tree), Flags = If(o.Recursive, OperationFlags.Recursive) },
        AttachRoot o => new(Opcode.AttachRoot, Text(o.Path)) { Slot = Index(o.Tree), Flags = If(o.SharedParent, OperationFlags.SharedParent) },
        Mount o => new(Opcode.Mount, Text(o.Type), Text(o.Source), _writer.Options(o.Options), (ulong)o.Attributes, Text(o.Target), (ulong)o.Propagation)
        {
            Slot = (o.Fallback ?? o.IdMap) is { } slot ? Index(slot) : PlanFormat.SlotRoot,
            Flags = If(o.Fallback is not null, OperationFlags.Fallback) | If(o.NoSymlinks, OperationFlags.NoSymlinks) | If(o.InheritMode, OperationFlags.InheritMode)
                | If(o.CopyUp, OperationFlags.CopyUp) | If(o.OptionalFlags, OperationFlags.OptionalFlags) | If(o.NoFollow, OperationFlags.Nofollow),
        },
        Attach o => new(Opcode.Attach, Text(o.Target))
        {
            Slot = Index(o.Tree),
            Flags = If(o.InProc, OperationFlags.InProc) | If(o.NoFollow, OperationFlags.Nofollow),
        },
        Remount o => new(Opcode.Remount, Text(o.Target), _writer.Options(o.Options), (ulong)o.Set, (ulong)o.Clear)
        {
            Flags = If(o.Superblock, OperationFlags.Superblock) | If(o.Recursive, OperationFlags.Recursive),
        },
        SetTargetAttributes o => new(Opcode.TargetAttr, Text(o.Target), (ulong)o.Set, (ulong)o.Clear, (ulong)(o.Propagation & ~MountPropagation.MS_REC))
        {
            Flags = If(o.Recursive, OperationFlags.Recursive) | Recursive(o.Propagation),
        },
        _ => throw new InvalidOperationException("no encoding for " + operation.GetType().Name),
    };

    private Encoded EncodeProcess(Operation operation) => operation switch
    {
        ResetSignals o => new(Opcode.ResetSignals, o.Mask),
        OpenConsole o => new(Opcode.Console, o.Rows, o.Columns, o.Uid) { Flags = If(o.BindConsole, OperationFlags.BindConsole) },
        ChangeDirectory o => new(Opcode.Chdir, Text(o.Path), o.Uid, o.Gid, o.MustExist ? 1UL : 0),
        FindExecutable o => new(Opcode.FindExecutable, Text(o.Args[0]), Text(PathOf(o.Env)), o.Uid, o.Gid, _writer.Vector(o.Args), _writer.Vector(o.Env)),
        WaitForStart o => new(Opcode.WaitStart) { Slot = o.Listener is { } slot ? Index(slot) : PlanFormat.NoSlot },
        RunHook o => new(
            Opcode.RunHook, Text(o.Path), _writer.Vector(o.Args.Count > 0 ? o.Args : [o.Path]), o.Env is null ? 0 : _writer.Vector(o.Env), (ulong)o.Timeout,
            _writer.Vector([o.StateHead, o.StateTail]), o.Confinement is null ? 0 : Confinement(o.Confinement)),
        ControllingTerminal => new(Opcode.ControllingTerminal),
        StandardStreams o => new(Opcode.StandardStreams, o.Uid),
        FindHome o => new(Opcode.FindHome, o.Uid, o.Gid, (ulong)o.Variable),
        SetHookOutput o => new(Opcode.HookOutput, (ulong)o.Number) { Slot = Index(o.Descriptor) },
        SetRlimit o => new(Opcode.Rlimit, o.Resource, o.Soft, o.Hard) { Flags = If(o.RaiseOnly, OperationFlags.RaiseOnly) },
        SetUmask o => new(Opcode.Umask, o.Mask),
        SetPersonality o => new(Opcode.Personality, o.Persona),
        SetGroups o => new(Opcode.Setgroups, Blob(o.Gids)) { Flags = If(o.Gids.Count == 0, OperationFlags.Optional) },
        DropBounding o => new(Opcode.Bounding, o.Keep, (ulong)o.Last),
        SetUser o => new(Opcode.Setuser, o.Uid, o.Gid),
        SetCapabilities o => new(Opcode.Capabilities, o.Effective, o.Permitted, o.Inheritable, o.Ambient),
        NoNewPrivileges => new(Opcode.NoNewPrivs),
        SetExecLabel o => new(Opcode.WriteProc, Text(o.File), Text(o.Value)),
        SetAffinity o => new(Opcode.Affinity, _writer.Blob(o.Cpus is null ? EveryCpu() : NumberList.ToMask(o.Cpus))),
        SetScheduler o => new(Opcode.Scheduler, SchedulerAttributes(o)),
        SetIoPriority o => new(Opcode.IoPriority, o.Value),
        SetMemoryPolicy o => EncodeMemoryPolicy(o, NumberList.ToMask(o.Nodes)),
        LoadSeccomp o => new(Opcode.Seccomp, _writer.Blob(o.Program.Span), o.Flags, o.ListenerByNumber ? 1UL : 0, o.IsEarly ? 1UL : 0),
        Execute => new(Opcode.Execute),
        _ => throw new InvalidOperationException("no encoding for " + operation.GetType().Name),
    };

    /// <summary>struct lade_confinement, and the filter behind it.</summary>
    private uint Confinement(HookConfinement confinement)
    {
        const int Size = 40;
        ReadOnlySpan<byte> filter = confinement.Filter is { } load ? load.Program.Span : default;
        byte[] blob = new byte[Size + filter.Length];
        if (confinement.Capabilities is { } sets)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(blob, sets.Effective);
            BinaryPrimitives.WriteUInt64LittleEndian(blob.AsSpan(8), sets.Permitted);
            BinaryPrimitives.WriteUInt64LittleEndian(blob.AsSpan(16), sets.Inheritable);
            BinaryPrimitives.WriteUInt64LittleEndian(blob.AsSpan(24), sets.Ambient);
            BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(32), 1);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(36), confinement.Filter?.Flags ?? 0);
        filter.CopyTo(blob.AsSpan(Size));
        return _writer.Blob(blob);
    }

    /// <summary>The kernel cuts what is longer than its own mask; no kernel has more than 8192 CPUs (CONFIG_NR_CPUS).</summary>
    private static byte[] EveryCpu()
    {
        byte[] mask = new byte[8192 / 8];
        Array.Fill(mask, byte.MaxValue);
        return mask;
    }

    /// <summary>struct sched_attr with the utilization hints of Linux 5.3, which the flags SCHED_FLAG_UTIL_CLAMP_* demand; config.json has no values for them.</summary>
    private uint SchedulerAttributes(SetScheduler scheduler)
    {
        const int Size = 56;
        Span<byte> attributes = stackalloc byte[Size];
        attributes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(attributes, Size);
        BinaryPrimitives.WriteUInt32LittleEndian(attributes[4..], scheduler.Number);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes[8..], scheduler.Flags);
        BinaryPrimitives.WriteInt32LittleEndian(attributes[16..], scheduler.Nice);
        BinaryPrimitives.WriteUInt32LittleEndian(attributes[20..], scheduler.Priority);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes[24..], scheduler.Runtime);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes[32..], scheduler.Deadline);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes[40..], scheduler.Period);
        return _writer.Blob(attributes);
    }

    /// <summary>The kernel counts the bits from 1: of N it takes N-1 (get_nodes() of mm/mempolicy.c).</summary>
    private Encoded EncodeMemoryPolicy(SetMemoryPolicy policy, byte[] nodes) =>
        new(Opcode.MemoryPolicy, policy.Number, _writer.Blob(nodes), nodes.Length == 0 ? 0 : ((ulong)nodes.Length * 8) + 1);

    private void Put(int index, in Encoded encoded)
    {
        int at = PlanFormat.HeaderSize + (index * PlanFormat.OperationSize);
        _writer.PutUInt16(at, (ushort)encoded.Code);
        _writer.PutUInt16(at + 2, (ushort)encoded.Flags);
        _writer.PutUInt32(at + 4, encoded.Slot);
        _writer.PutUInt64(at + 8, encoded.A);
        _writer.PutUInt64(at + 16, encoded.B);
        _writer.PutUInt64(at + 24, encoded.C);
        _writer.PutUInt64(at + 32, encoded.D);
        _writer.PutUInt64(at + 40, encoded.E);
        _writer.PutUInt64(at + 48, encoded.F);
    }

    private void Finish(int operations)
    {
        int count = PlanFormat.FirstSlot + _slots.Count;
        if (count > PlanFormat.MaxSlots)
            throw new LadeException("too many mounts and namespaces: " + count + " descriptors, at most " + PlanFormat.MaxSlots);
        Span<int> fds = stackalloc int[count];
        fds.Fill(-1);
        foreach ((Slot slot, uint index) in _slots)
        {
            if (_inherited.Slots.TryGetValue(slot, out int fd))
                fds[(int)index] = fd;
        }

        // The blob's own length word is not part of the table.
        uint slots = _writer.Blob(MemoryMarshal.AsBytes(fds)) + 4;
        _writer.PutUInt32(0, PlanFormat.Magic);
        _writer.PutUInt32(4, PlanFormat.Version);
        _writer.PutUInt32(8, (uint)_writer.Length);
        _writer.PutUInt32(12, (uint)operations);
        _writer.PutUInt32(16, PlanFormat.HeaderSize);
        _writer.PutUInt32(20, (uint)count);
        _writer.PutUInt32(24, slots);
        _writer.PutUInt32(28, (uint)_inherited.Sync);
        _writer.PutUInt32(32, (uint)_inherited.Proc);
        _writer.PutUInt32(36, (uint)_inherited.Preserved);
    }

    private uint Index(Slot slot)
    {
        if (!_slots.TryGetValue(slot, out uint index))
            _slots.Add(slot, index = (uint)(PlanFormat.FirstSlot + _slots.Count));
        return index;
    }

    private uint Text(string? text) => _writer.String(text);

    private uint Blob(IReadOnlyList<uint> numbers)
    {
        uint[] array = new uint[numbers.Count];
        for (int i = 0; i < array.Length; i++)
            array[i] = numbers[i];
        return _writer.Blob(MemoryMarshal.AsBytes<uint>(array));
    }

    private static OperationFlags If(bool condition, OperationFlags flag) => condition ? flag : OperationFlags.None;

    private static OperationFlags Recursive(MountPropagation propagation) => If((propagation & MountPropagation.MS_REC) != 0, OperationFlags.Recursive);

    /// <summary>Without the variable the directories that execvp(3) searches then.</summary>
    private static string PathOf(IReadOnlyList<string> env)
    {
        for (int i = env.Count - 1; i >= 0; i--)
        {
            if (env[i].StartsWith("PATH=", StringComparison.Ordinal))
                return env[i]["PATH=".Length..];
        }

        return "/usr/local/bin:/bin:/usr/bin";
    }
}
