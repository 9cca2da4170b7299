using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Lade.Configuration;
using Lade.Seccomp;

namespace Lade.Tests.Seccomp;

/// <summary>Builds a filter with libseccomp in the same way as runc, to compare its verdicts with ours.</summary>
internal static unsafe class LibSeccomp
{
    private const uint X32Token = 62 | 0x40000000;
    private const int FilterOptimize = 8; // SCMP_FLTATR_CTL_OPTIMIZE
    public const int UnknownCall = -1; // __NR_SCMP_ERROR

    public static bool IsPresent { get; } = NativeLibrary.TryLoad("libseccomp.so.2", out _);

    /// <summary>The program, or null and the reason if libseccomp rejects a rule, as runc then does.</summary>
    public static byte[]? Compile(SeccompSpec spec, bool binaryTree, out string refused)
    {
        uint defaultAction = ActionValue.From(spec.DefaultAction, spec.DefaultErrnoRet);
        IntPtr filter = seccomp_init(defaultAction);
        try
        {
            foreach (SeccompArch arch in spec.Architectures)
            {
                int added = seccomp_arch_add(filter, Token(arch));
                if (added != 0 && added != -17)
                    throw new InvalidOperationException($"seccomp_arch_add({arch}): {added}");
            }

            int tree = binaryTree ? seccomp_attr_set(filter, FilterOptimize, 2) : 0;
            if (tree != 0)
                throw new InvalidOperationException($"seccomp_attr_set: {tree}");
            foreach (SeccompRule rule in spec.Syscalls)
            {
                foreach (string name in rule.Names)
                {
                    int added = AddRule(filter, name, rule, defaultAction);
                    if (added != 0)
                    {
                        refused = $"{name}: {added}";
                        return null;
                    }
                }
            }

            refused = "";
            return Export(filter);
        }
        finally
        {
            seccomp_release(filter);
        }
    }

    /// <summary>Whether libseccomp supports an architecture of this kernel's byte order.</summary>
    public static bool Knows(SeccompArch arch) => !AuditArch.IsBigEndian(arch) && Resolve(arch, "read") != UnknownCall;

    public static int Resolve(SeccompArch arch, string name)
    {
        fixed (byte* text = Encoding.ASCII.GetBytes(name + "\0"))
            return seccomp_syscall_resolve_name_arch(Token(arch), text);
    }

    private static uint Token(SeccompArch arch) => arch == SeccompArch.X32 ? X32Token : AuditArch.Value(arch);

    private static int AddRule(IntPtr filter, string name, SeccompRule rule, uint defaultAction)
    {
        uint action = ActionValue.From(rule.Action, rule.ErrnoRet);
        int number;
        fixed (byte* text = Encoding.ASCII.GetBytes(name + "\0"))
            number = seccomp_syscall_resolve_name(text);
        if (action == defaultAction || number == UnknownCall)
            return 0;
        var compares = new Compare[rule.Args.Count];
        var indices = new HashSet<uint>();
        bool repeats = false;
        for (int i = 0; i < compares.Length; i++)
        {
            SeccompArg arg = rule.Args[i];
            repeats |= !indices.Add(arg.Index);
            compares[i] = new Compare { Arg = arg.Index, Op = (int)arg.Op + 1, A = arg.Value, B = arg.ValueTwo };
        }

        fixed (Compare* all = compares)
        {
            if (!repeats)
                return seccomp_rule_add_array(filter, action, number, (uint)compares.Length, all);
            for (int i = 0; i < compares.Length; i++)
            {
                int added = seccomp_rule_add_array(filter, action, number, 1, all + i);
                if (added != 0)
                    return added;
            }
        }

        return 0;
    }

    private static byte[] Export(IntPtr filter)
    {
        string path = Path.GetTempFileName();
        try
        {
            using (FileStream file = File.OpenWrite(path))
            {
                int exported = seccomp_export_bpf(filter, (int)file.SafeFileHandle.DangerousGetHandle());
                if (exported != 0)
                    throw new InvalidOperationException($"seccomp_export_bpf: {exported}");
            }

            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Compare
    {
        public uint Arg;
        public int Op;
        public ulong A;
        public ulong B;
    }

    [DllImport("libseccomp.so.2")]
    private static extern IntPtr seccomp_init(uint defaultAction);

    [DllImport("libseccomp.so.2")]
    private static extern void seccomp_release(IntPtr filter);

    [DllImport("libseccomp.so.2")]
    private static extern int seccomp_arch_add(IntPtr filter, uint token);

    [DllImport("libseccomp.so.2")]
    private static extern int seccomp_attr_set(IntPtr filter, int attribute, uint value);

    [DllImport("libseccomp.so.2")]
    private static extern int seccomp_rule_add_array(IntPtr filter, uint action, int number, uint count, Compare* compares);

    [DllImport("libseccomp.so.2")]
    private static extern int seccomp_export_bpf(IntPtr filter, int fd);

    [DllImport("libseccomp.so.2")]
    private static extern int seccomp_syscall_resolve_name(byte* name);

    [DllImport("libseccomp.so.2")]
    private static extern int seccomp_syscall_resolve_name_arch(uint token, byte* name);
}
