namespace Lade.Configuration;

internal static partial class SpecReader
{
    private static ProcessSpec ProcessOf(JsonObjectReader json) => new()
    {
        Terminal = json.Bool("terminal"u8),
        ConsoleSize = json.Object("consoleSize"u8) is { } size ? new ConsoleSize(size.RequiredUInt32("height"u8), size.RequiredUInt32("width"u8)) : null,
        Cwd = json.RequiredString("cwd"u8),
        Env = json.Strings("env"u8),
        Args = json.Strings("args"u8),
        User = json.Object("user"u8) is { } user ? UserOf(user) : new UserSpec(),
        Rlimits = json.Array("rlimits"u8, RlimitOf),
        ApparmorProfile = json.String("apparmorProfile"u8),
        Capabilities = json.Object("capabilities"u8) is { } capabilities ? CapabilitiesOf(capabilities) : null,
        NoNewPrivileges = json.Bool("noNewPrivileges"u8),
        OomScoreAdj = json.Int32("oomScoreAdj"u8, -1000, 1000),
        Scheduler = json.Object("scheduler"u8) is { } scheduler ? SchedulerOf(scheduler) : null,
        SelinuxLabel = json.String("selinuxLabel"u8),
        IoPriority = json.Object("ioPriority"u8) is { } priority ? IoPriorityOf(priority) : null,
        ExecCpuAffinity = json.Object("execCPUAffinity"u8) is { } affinity
            ? new ExecCpuAffinitySpec(affinity.String("initial"u8), affinity.String("final"u8))
            : null,
    };

    private static UserSpec UserOf(JsonObjectReader json) => new()
    {
        // The spec requires uid and gid; documents without them are common and mean 0, as every runtime takes them.
        Uid = json.UInt32("uid"u8) ?? 0,
        Gid = json.UInt32("gid"u8) ?? 0,
        Umask = json.UInt32("umask"u8, max: 0x1ff),
        AdditionalGids = json.UInt32s("additionalGids"u8),
    };

    private static RlimitSpec RlimitOf(JsonObjectReader json) =>
        new(json.RequiredWord("type"u8, SpecNames.Rlimits), json.RequiredUInt64("soft"u8), json.RequiredUInt64("hard"u8, placeholder: ulong.MaxValue));

    private static CapabilitiesSpec CapabilitiesOf(JsonObjectReader json) => new()
    {
        Bounding = json.Strings("bounding"u8),
        Effective = json.Strings("effective"u8),
        Inheritable = json.Strings("inheritable"u8),
        Permitted = json.Strings("permitted"u8),
        Ambient = json.Strings("ambient"u8),
    };

    private static SchedulerSpec SchedulerOf(JsonObjectReader json) => new()
    {
        Policy = json.RequiredWord("policy"u8, SpecNames.SchedulerPolicies),
        Nice = json.Int32("nice"u8) ?? 0,
        Priority = json.Int32("priority"u8) ?? 0,
        Flags = json.Words("flags"u8, SpecNames.SchedulerFlags),
        Runtime = json.UInt64("runtime"u8) ?? 0,
        Deadline = json.UInt64("deadline"u8) ?? 0,
        Period = json.UInt64("period"u8) ?? 0,
    };

    private static IoPrioritySpec IoPriorityOf(JsonObjectReader json) =>
        new(json.RequiredWord("class"u8, SpecNames.IoPriorityClasses), (int)json.RequiredInt64("priority"u8, 0, 7));
}
