using System;
using System.Linq;
using System.Collections.Generic;
using Lade.Configuration;
using Lade.Seccomp;
using Xunit;
using Xunit.Abstractions;

namespace Lade.Tests.Seccomp;

public sealed class LibSeccompTests(ITestOutputHelper output)
{
    [Fact]
    public void Explore()
    {
        var names = new List<string>();
        for (int i = 0; i < SystemCallTable.Count; i++)
            if (LibSeccomp.Resolve(SeccompArch.X86_64, SystemCallTable.NameAt(i)) != -1) { if (SystemCallTable.NameAt(i) != "sys_debug_setcontext") names.Add(SystemCallTable.NameAt(i)); }
        var archs = new List<SeccompArch>();
        for (int i = 0; i < SeccompNames.ArchCount; i++)
            if (LibSeccomp.Knows((SeccompArch)i)) archs.Add((SeccompArch)i);
        output.WriteLine(string.Join(",", archs) + " " + names.Count);
        bool one = Environment.GetEnvironmentVariable("MIXED") == null;
        int n = int.Parse(Environment.GetEnvironmentVariable("N") ?? "100");
        int bad = 0, refusedCount = 0, badProfiles = 0;
        foreach (string s in new[] { "docker", "podman", "containerd" })
            Compare(SampleProfiles.Read(s), new RandomProfiles(1), 1000, s, ref bad);
        for (int seed = 0; seed < n; seed++)
        {
            var r = new RandomProfiles(seed);
            SeccompSpec spec = r.Next(names, archs, one);
            int before = bad;
            if (!Compare(spec, r, 3, "seed " + seed, ref bad)) refusedCount++;
            if (bad > before) badProfiles++;
        }
        output.WriteLine($"bad {bad} in {badProfiles}, refused {refusedCount} ambiguous {ambiguous} of {amb} {string.Join(" ", hist)}");
    }

    int Distinct(List<uint> m) => System.Linq.Enumerable.Count(System.Linq.Enumerable.Distinct(m)); int amb;
    int ambiguous; int[] hist = new int[50]; int lim = int.Parse(Environment.GetEnvironmentVariable("LIM") ?? "100");
    private bool Compare(SeccompSpec spec, RandomProfiles r, int rounds, string what, ref int bad)
    {
        byte[]? theirs = LibSeccomp.Compile(spec, spec.Syscalls.Count > 8 && Environment.GetEnvironmentVariable("NOTREE") == null, out string refused);
        if (theirs is null) return false;
        SeccompFilter ours = SeccompCompiler.Compile(spec, SeccompArch.X86_64, newerIsUnknown: false);
        var o = BpfMachine.Decode(ours.Program); var t = BpfMachine.Decode(theirs);
        string? check = BpfMachine.Check(o);
        if (check != null && Environment.GetEnvironmentVariable("CHECK") != null) { output.WriteLine(what + ": " + check); bad++; }
        if (rounds == 1000) output.WriteLine($"{what}: {ours.Instructions} vs {t.Length}");
        var model = new ProfileModel(spec, SeccompArch.X86_64);
        Span<ulong> args = stackalloc ulong[6];
        int shown = 0;
        for (int a = 0; a < SeccompNames.ArchCount; a++)
        {
            uint audit = AuditArch.Value((SeccompArch)a), first = AuditArch.FirstNumber((SeccompArch)a);
            for (int n = -2; n < 620; n++)
            {
                uint nr = first + (uint)n;
                if (n >= 600) nr = n < 610 ? 0xf0000 + (uint)n - 600 : n < 615 ? 0x7fffffff + (uint)n - 610 : 0xffffffff - (uint)(n - 615);
                for (int k = 0; k < Math.Min(rounds, 30); k++)
                {
                    r.NextArgs(spec, args);
                    var d = SeccompData.Of(audit, nr, args);
                    uint x = BpfMachine.Run(o, d), y = BpfMachine.Run(t, d);
                    uint m = model.Verdict(audit, nr, args, out var matches);
                    if (Distinct(matches) > 1) amb++;
                    if (x != m && Distinct(matches) <= 1) { output.WriteLine($"MODEL {what} {(SeccompArch)a} {nr}: {x:x} {m:x}"); bad += 1000; }
                    if (x != y && System.Linq.Enumerable.Count(System.Linq.Enumerable.Distinct(matches)) > 1) { ambiguous++; continue; }
                    if (x != y) { model.TryArch(audit, nr, out var ar); int alt = model.Alternatives(ar, nr); hist[Math.Min(alt, 49)]++; if (alt > lim) continue; }
                    if (x != y)
                    {
                        bad++;
                        if (shown++ < 2) {
                            output.WriteLine($"{what}: {(SeccompArch)a} {nr} {string.Join(",", System.Linq.Enumerable.Select(args.ToArray(), x => x.ToString("x")))}: ours {x:x} theirs {y:x}");
                            foreach (var rule in spec.Syscalls) foreach (var name in rule.Names) { int id = SystemCallTable.IndexOf(name); if (((SystemCallTable.Numbers((SeccompArch)a)[id] == n || rule.Args.Count>0 && SystemCallTable.Multiplex(id) > 0 && (SeccompArch)a is SeccompArch.X86 or SeccompArch.Ppc64Le)))
                                output.WriteLine($"    {name} {rule.Action} {rule.ErrnoRet} {string.Join(" ", System.Linq.Enumerable.Select(rule.Args, x => $"[{x.Index} {x.Op} {x.Value:x} {x.ValueTwo:x}]"))}"); }
                            }
                    }
                }
            }
        }
        return true;
    }
}
