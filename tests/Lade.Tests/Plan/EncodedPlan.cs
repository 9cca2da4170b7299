using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Lade.Plan;

namespace Lade.Tests.Plan;

/// <summary>An encoded plan, decoded as native/init/plan.h specifies; <see cref="PlanHeaderTests"/> compares the offsets with the header.</summary>
internal sealed class EncodedPlan
{
    /// <summary>struct lade_plan.</summary>
    public static readonly IReadOnlyDictionary<string, int> Header = new Dictionary<string, int>
    {
        ["magic"] = 0, ["version"] = 4, ["total_size"] = 8, ["op_count"] = 12, ["ops"] = 16, ["slot_count"] = 20, ["slots"] = 24,
        ["sync_fd"] = 28, ["proc_fd"] = 32, ["preserve_fds"] = 36,
    };

    /// <summary>struct lade_op.</summary>
    public static readonly IReadOnlyDictionary<string, int> Head = new Dictionary<string, int> { ["code"] = 0, ["size"] = 2, ["flags"] = 4 };

    private readonly byte[] _bytes;

    public EncodedPlan(IReadOnlyList<Operation> operations, IReadOnlyDictionary<Slot, int>? slots = null, int preserved = 0) =>
        _bytes = PlanEncoder.Encode(operations, new InheritedFds
        {
            Sync = 7,
            Proc = 8,
            Slots = slots ?? new Dictionary<Slot, int>(),
            Preserved = preserved,
        }).ToArray();

    public int Size => _bytes.Length;

    public uint this[string member] => UInt32(Header[member]);

    public EncodedOperation Operation(int index)
    {
        int at = (int)this["ops"];
        for (; index > 0; index--)
            at += UInt16(at + Head["size"]);
        return new EncodedOperation(this, at);
    }

    public IReadOnlyList<int> Slots => Enumerable.Range(0, (int)this["slot_count"]).Select(i => (int)UInt32((int)this["slots"] + (4 * i))).ToList();

    public ushort UInt16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(offset));

    public uint UInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(offset));

    public ulong UInt64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(offset));

    /// <summary>null for offset 0.</summary>
    public string? Text(ulong offset)
    {
        if (offset == 0)
            return null;
        ReadOnlySpan<byte> rest = _bytes.AsSpan((int)offset);
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    public IReadOnlyList<string?> Vector(ulong offset) =>
        Enumerable.Range(0, (int)UInt32((int)offset)).Select(i => Text(UInt32((int)offset + 4 + (4 * i)))).ToList();

    public byte[] Blob(ulong offset) => _bytes.AsSpan((int)offset + 4, (int)UInt32((int)offset)).ToArray();
}

/// <summary>An operation of a plan; arguments have their names in native/init/operations.h.</summary>
internal sealed class EncodedOperation
{
    private readonly EncodedPlan _plan;
    private readonly Dictionary<string, ulong> _arguments = [];

    public EncodedOperation(EncodedPlan plan, int at)
    {
        _plan = plan;
        Structure = OperationsHeader.Operations[plan.UInt16(at + EncodedPlan.Head["code"])];
        uint flags = plan.UInt32(at + EncodedPlan.Head["flags"]);
        Flags = Structure.Flags.Where((_, i) => (flags >> i & 1) != 0).ToArray();
        int argument = at + PlanFormat.OperationHeadSize;
        for (int i = 0; i < Structure.Arguments.Count; i++)
        {
            bool isLong = Structure.Layout[i] == '8';
            _arguments.Add(Structure.Arguments[i], isLong ? plan.UInt64(argument) : plan.UInt32(argument));
            argument += isLong ? 8 : 4;
        }

        Size = plan.UInt16(at + EncodedPlan.Head["size"]);
        if (argument != at + Size || (Structure.Flags.Count < 32 && flags >> Structure.Flags.Count != 0))
            throw new FormatException("op_" + Structure.Name + " has " + Size + " bytes and flags " + flags);
    }

    public CStructure Structure { get; }

    public int Size { get; }

    public string Name => Structure.Name;

    /// <summary>The flags that are set.</summary>
    public IReadOnlyList<string> Flags { get; }

    /// <summary>A number, a slot or an offset.</summary>
    public ulong this[string argument] => _arguments[argument];

    public string? Text(string argument) => _plan.Text(this[argument]);

    public IReadOnlyList<string?> Vector(string argument) => _plan.Vector(this[argument]);

    public byte[] Blob(string argument) => _plan.Blob(this[argument]);

    /// <summary><c>type=536870912 recursive</c>: nonzero numbers and flags, without offsets and slots.</summary>
    public string Numbers =>
        string.Join(' ', Structure.Arguments.Where((name, i) => Structure.Layout[i] is '4' or '8' && this[name] != 0).Select(name => name + "=" + this[name]).Concat(Flags));
}

/// <summary>An operation as declared in native/init/operations.h.</summary>
/// <param name="Layout">One letter for each argument.</param>
internal sealed record CStructure(ushort Code, string Name, string Layout, IReadOnlyList<string> Flags, IReadOnlyList<string> Arguments);

/// <summary>Parses native/init/operations.h, so that tests can decode plans with it.</summary>
internal static class OperationsHeader
{
    public const string Path = "native/init/operations.h";

    private static readonly string s_text = Repository.Read(Path);

    public static IReadOnlyDictionary<ushort, CStructure> Operations { get; } =
        Regex.Matches(s_text, @"^    (?:OPERATION|STEP)\((\d+), (\w+), (\w+)(?:, ""\\(\d+)"" ""(\w*)"", \d+)?\)", RegexOptions.Multiline)
            .Select(match => Structure(ushort.Parse(match.Groups[1].Value), match.Groups[3].Value, match.Groups[4].Value, match.Groups[5].Value))
            .ToDictionary(structure => structure.Code);

    private static CStructure Structure(ushort code, string name, string flags, string layout)
    {
        string body = Regex.Replace(Regex.Match(s_text, @"^struct op_" + name + @" \{\n(.*?)^\};", RegexOptions.Singleline | RegexOptions.Multiline).Groups[1].Value, @"/\*.*?\*/", "", RegexOptions.Singleline);
        var structure = new CStructure(code, name, layout, Members(@"(\w+) : 1;"), Members(@"(\w+);").Where(member => member != "1").ToArray());
        int count = flags.Length == 0 ? 0 : Convert.ToInt32(flags, 8);
        if (structure.Flags.Count != count || structure.Arguments.Count != layout.Length)
            throw new FormatException("op_" + name + " is not what its layout says");
        return structure;

        string[] Members(string pattern) => Regex.Matches(body, pattern).Select(match => match.Groups[1].Value).ToArray();
    }
}
