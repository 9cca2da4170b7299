using System.Collections.Generic;

namespace Lade.Plan;

/// <summary>The arguments of an operation by name, for the JSON form of a plan. Environment values are left out: they may be secrets.</summary>
internal static class OperationArguments
{
    public static string NameOf(Operation operation) => operation.GetType().Name;

    public static IEnumerable<KeyValuePair<string, object?>> Of(Operation operation) => operation switch
    {
        JoinCgroup o => [new("tasks", o.Tasks)],
        Unshare o => [new("flags", o.Flags)],
        JoinNamespace o => [new("namespace", o.Namespace), new("type", o.Type), new("path", o.Path)],
        Sync o => [new("point", o.Point), new("dumpable", o.Dumpable)],
        Clone o => [new("flags", o.Flags)],
        BecomeRoot o => [new("keepGroups", o.KeepGroups)],
        WriteProc o => [new("path", o.Path), new("value", o.Value), new("dumpable", o.Dumpable)],
        SetHostname o => [new("name", o.Name)],
        SetDomainname o => [new("name", o.Name)],
        JoinSessionKeyring => [],
        CloseDescriptors o => [new("kept", o.Kept?.Name), new("offerNamespaces", o.OfferNamespaces)],
        EmptyRoot o => [new("flags", o.Flags)],
        SetProcNamespace o => [new("namespace", o.Namespace), new("path", o.Path), new("isJoined", o.IsJoined)],
        SetPropagation o => [new("propagation", o.Propagation)],
        OpenTree o => [new("tree", o.Tree), new("path", o.Path), new("recursive", o.Recursive), new("noFollow", o.NoFollow), new("propagation", Unless(o.Propagation))],
        SetTreeAttributes o =>
        [
            new("tree", o.Tree), new("path", o.Path), new("set", Unless(o.Set)), new("clear", Unless(o.Clear)), new("propagation", Unless(o.Propagation)),
            new("recursive", o.Recursive),
        ],
        MapTreeIds o => [new("tree", o.Tree), new("namespace", o.Namespace), new("path", o.Path), new("recursive", o.Recursive)],
        AttachRoot o => [new("tree", o.Tree), new("path", o.Path), new("sharedParent", o.SharedParent)],
        Mount o =>
        [
            new("type", o.Type), new("source", o.Source), new("target", o.Target), new("options", Strings(o.Options)), new("attributes", Unless(o.Attributes)),
            new("propagation", Unless(o.Propagation)), new("noSymlinks", o.NoSymlinks), new("inheritMode", o.InheritMode), new("copyUp", o.CopyUp),
            new("optionalFlags", o.OptionalFlags), new("noFollow", o.NoFollow), new("idMap", o.IdMap?.Name), new("fallback", o.Fallback?.Name),
        ],
        Attach o => [new("tree", o.Tree), new("source", o.Source), new("target", o.Target), new("inProc", o.InProc), new("noFollow", o.NoFollow)],
        Remount o =>
        [
            new("target", o.Target), new("options", Strings(o.Options)), new("superblock", o.Superblock), new("set", Unless(o.Set)), new("clear", Unless(o.Clear)),
            new("recursive", o.Recursive),
        ],
        SetTargetAttributes o => [new("target", o.Target), new("set", Unless(o.Set)), new("clear", Unless(o.Clear)), new("propagation", Unless(o.Propagation)), new("recursive", o.Recursive)],
        MakeDevice o => [new("path", o.Path), new("mode", o.Mode), new("major", o.Major), new("minor", o.Minor), new("uid", o.Uid), new("gid", o.Gid)],
        MakeSymlink o => [new("path", o.Path), new("target", o.Target), new("replace", o.Replace), new("onlyIfExists", o.OnlyIfExists)],
        MakeDirectory o => [new("path", o.Path), new("mode", o.Mode)],
        Unmount o => [new("target", o.Target), new("id", o.Id)],
        HoldMount o => [new("target", o.Target), new("id", o.Id)],
        MakeNode o => [new("name", o.Name), new("mode", o.Mode), new("major", o.Major), new("minor", o.Minor), new("uid", o.Uid), new("gid", o.Gid), new("like", o.Like)],
        AttachNode o => [new("path", o.Path), new("name", o.Name)],
        MaskPath o => [new("path", o.Path), new("afterFallback", o.AfterFallback)],
        ReadonlyPath o => [new("path", o.Path)],
        PivotRoot o => [new("noPivot", o.NoPivot), new("propagation", Unless(o.Propagation))],
        ChangeRoot o => [new("path", o.Path)],
        _ => OfProcess(operation),
    };

    private static IEnumerable<KeyValuePair<string, object?>> OfProcess(Operation operation) => operation switch
    {
        ResetSignals o => [new("mask", Hex(o.Mask))],
        OpenConsole o => [new("rows", o.Rows), new("columns", o.Columns), new("uid", o.Uid), new("bindConsole", o.BindConsole)],
        ChangeDirectory o => [new("path", o.Path), new("uid", o.Uid), new("gid", o.Gid), new("mustExist", o.MustExist)],
        FindExecutable o => [new("args", o.Args), new("uid", o.Uid), new("gid", o.Gid)],
        StandardStreams o => [new("uid", o.Uid)],
        FindHome o => [new("uid", o.Uid), new("gid", o.Gid), new("variable", o.Variable)],
        WaitForStart o => [new("listener", o.Listener?.Name)],
        RunHook o => [new("list", o.List), new("index", o.Index), new("path", o.Path), new("args", o.Args), new("timeout", o.Timeout), new("confined", o.Confinement is not null)],
        SetHookOutput o => [new("descriptor", o.Descriptor), new("number", o.Number), new("file", o.File)],
        SetRlimit o => [new("type", o.Type), new("resource", o.Resource), new("soft", o.Soft), new("hard", o.Hard), new("raiseOnly", o.RaiseOnly)],
        SetUmask o => [new("mask", o.Mask)],
        SetPersonality o => [new("domain", o.Domain), new("persona", o.Persona)],
        SetGroups o => [new("gids", string.Join(",", o.Gids))],
        DropBounding o => [new("keep", Hex(o.Keep)), new("last", o.Last)],
        SetUser o => [new("uid", o.Uid), new("gid", o.Gid)],
        SetCapabilities o => [new("effective", Hex(o.Effective)), new("permitted", Hex(o.Permitted)), new("inheritable", Hex(o.Inheritable)), new("ambient", Hex(o.Ambient))],
        SetExecLabel o => [new("module", o.Module), new("label", o.Label)],
        SetAffinity o => [new("cpus", o.Cpus)],
        SetScheduler o =>
        [
            new("policy", o.Policy), new("number", o.Number), new("flags", o.Flags), new("nice", o.Nice), new("priority", o.Priority), new("runtime", o.Runtime),
            new("deadline", o.Deadline), new("period", o.Period),
        ],
        SetIoPriority o => [new("class", o.Class), new("number", o.Number), new("priority", o.Priority)],
        SetMemoryPolicy o => [new("mode", o.Mode), new("number", o.Number), new("nodes", o.Nodes)],
        LoadSeccomp o => [new("instructions", o.Program.Length / 8), new("flags", o.Flags), new("listenerByNumber", o.ListenerByNumber), new("isEarly", o.IsEarly)],
        Execute o => [new("file", o.File)],
        _ => [],
    };

    private static object? Unless(MountAttributes attributes) => attributes == MountAttributes.None ? null : attributes;

    private static object? Unless(MountPropagation propagation) => propagation == MountPropagation.None ? null : propagation;

    private static List<string>? Strings(IReadOnlyList<FsOption> options)
    {
        if (options.Count == 0)
            return null;
        var strings = new List<string>();
        foreach (FsOption option in options)
            strings.Add(option.ToString());
        return strings;
    }

    private static string Hex(ulong mask) => mask.ToString("x16");
}
