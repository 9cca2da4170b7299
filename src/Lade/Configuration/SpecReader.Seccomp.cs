namespace Lade.Configuration;

internal static partial class SpecReader
{
    private static SeccompSpec SeccompOf(JsonObjectReader json) => new()
    {
        DefaultAction = (SeccompAction)json.RequiredChoice("defaultAction"u8, SpecNames.SeccompActions),
        DefaultErrnoRet = json.UInt32("defaultErrnoRet"u8),
        Architectures = ArchsOf(json.Choices("architectures"u8, SpecNames.SeccompArchs) ?? []),
        Flags = json.Choices("flags"u8, SpecNames.SeccompFlags) is { } flags ? FlagsOf(flags) : null,
        ListenerPath = json.String("listenerPath"u8),
        ListenerMetadata = json.Text("listenerMetadata"u8) is { Length: > 0 } metadata ? metadata : null,
        Syscalls = json.Array("syscalls"u8, RuleOf),
    };

    private static SeccompRule RuleOf(JsonObjectReader json) => new()
    {
        Names = json.Strings("names"u8),
        Action = (SeccompAction)json.RequiredChoice("action"u8, SpecNames.SeccompActions),
        ErrnoRet = json.UInt32("errnoRet"u8),
        Args = json.Array("args"u8, ArgOf),
    };

    private static SeccompArg ArgOf(JsonObjectReader json) => new(
        (uint)json.RequiredInt64("index"u8, 0, 5),
        json.RequiredUInt64("value"u8),
        json.UInt64("valueTwo"u8) ?? 0,
        (SeccompOperator)json.RequiredChoice("op"u8, SpecNames.SeccompOperators));

    private static SeccompArch[] ArchsOf(int[] positions)
    {
        var archs = new SeccompArch[positions.Length];
        for (int i = 0; i < archs.Length; i++)
            archs[i] = (SeccompArch)positions[i];
        return archs;
    }

    private static SeccompFlag[] FlagsOf(int[] positions)
    {
        var flags = new SeccompFlag[positions.Length];
        for (int i = 0; i < flags.Length; i++)
            flags[i] = (SeccompFlag)positions[i];
        return flags;
    }
}
