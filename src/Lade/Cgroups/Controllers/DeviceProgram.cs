using System.Collections.Generic;
using Lade.Linux;

namespace Lade.Cgroups.Controllers;

/// <summary>
/// Device rules as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE, because cgroup v2 has no files for them. The kernel runs it with
/// <c>struct bpf_cgroup_dev_ctx { u32 access_type; u32 major; u32 minor; }</c>, the access in the upper half of the first word; 1 allows, 0 denies. The rules are tried
/// from the last to the first, and each decides about the kinds of access that it names.
/// </summary>
internal static class DeviceProgram
{
    private const byte LoadWord = 0x61;       // BPF_LDX | BPF_MEM | BPF_W
    private const byte AndImmediate = 0x54;   // BPF_ALU | BPF_AND | BPF_K
    private const byte ShiftRight = 0x74;     // BPF_ALU | BPF_RSH | BPF_K
    private const byte MoveImmediate = 0xb4;  // BPF_ALU | BPF_MOV | BPF_K
    private const byte MoveRegister = 0xbc;   // BPF_ALU | BPF_MOV | BPF_X
    private const byte JumpNotEqual = 0x56;   // BPF_JMP32 | BPF_JNE | BPF_K
    private const byte JumpBitsSet = 0x46;    // BPF_JMP32 | BPF_JSET | BPF_K
    private const byte Jump = 0x05;           // BPF_JMP | BPF_JA
    private const byte Exit = 0x95;           // BPF_JMP | BPF_EXIT

    private const byte Result = 0;
    private const byte Context = 1;
    private const byte Type = 2;
    private const byte Undecided = 3;
    private const byte Major = 4;
    private const byte Minor = 5;

    private const int BlockType = 1;
    private const int CharacterType = 2;

    /// <summary>Loads the instructions and makes them the only device program of a cgroup.</summary>
    /// <param name="ignorePermissionErrors">Loading takes privileges. Without them devices are not opened by device rules either: their nodes and owners are the host's.</param>
    public static void Attach(string cgroup, IReadOnlyList<ulong> instructions, bool ignorePermissionErrors = false)
    {
        using Fd? program = Bpf.TryLoadDeviceProgram([.. instructions], out Errno errno);
        if (program is null && ignorePermissionErrors)
            return;
        using Fd directory = Files.Open(cgroup, Libc.O_RDONLY | Libc.O_DIRECTORY);
        Bpf.SetDeviceProgram(directory, program ?? throw new LadeException("load the eBPF program of the device rules", errno), cgroup);
    }

    /// <summary>The instructions (struct bpf_insn as little-endian words).</summary>
    public static IReadOnlyList<ulong> Generate(DevicePolicy policy)
    {
        var code = new List<ulong>
        {
            Instruction(LoadWord, Type, Context, offset: 0),
            Instruction(MoveRegister, Undecided, Type),
            Instruction(AndImmediate, Type, immediate: 0xffff),
            Instruction(ShiftRight, Undecided, immediate: 16),
            Instruction(LoadWord, Major, Context, offset: 4),
            Instruction(LoadWord, Minor, Context, offset: 8),
        };
        for (int i = policy.Permissions.Count - 1; i >= 0; i--)
            AddRule(code, policy.Permissions[i]);
        Return(code, policy.AllowByDefault);
        return code;
    }

    private static void AddRule(List<ulong> code, DevicePermission rule)
    {
        var body = new List<ulong>();
        if (rule.Allow)
        {
            body.Add(Instruction(AndImmediate, Undecided, immediate: ~(int)rule.Access & 7));
            body.Add(Instruction(JumpNotEqual, Undecided, offset: 2, immediate: 0));
        }
        else
        {
            body.Add(Instruction(JumpBitsSet, Undecided, offset: 1, immediate: (int)rule.Access));
            body.Add(Instruction(Jump, 0, offset: 2));
        }

        Return(body, rule.Allow);

        var conditions = new List<(byte Register, uint Value)> { (Type, rule.Type == 'b' ? BlockType : (uint)CharacterType) };
        if (rule.Major is { } major)
            conditions.Add((Major, major));
        if (rule.Minor is { } minor)
            conditions.Add((Minor, minor));
        for (int i = 0; i < conditions.Count; i++)
        {
            int toNext = conditions.Count - i - 1 + body.Count;
            code.Add(Instruction(JumpNotEqual, conditions[i].Register, offset: (short)toNext, immediate: (int)conditions[i].Value));
        }

        code.AddRange(body);
    }

    private static void Return(List<ulong> code, bool allow)
    {
        code.Add(Instruction(MoveImmediate, Result, immediate: allow ? 1 : 0));
        code.Add(Instruction(Exit, 0));
    }

    private static ulong Instruction(byte code, byte destination, byte source = 0, short offset = 0, int immediate = 0) =>
        code | (ulong)(destination | source << 4) << 8 | (ulong)(ushort)offset << 16 | (ulong)(uint)immediate << 32;
}
