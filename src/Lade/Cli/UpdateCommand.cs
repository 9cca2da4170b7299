using System.Collections.Generic;
using System.Globalization;
using Lade.Commands;
using Lade.Configuration;
using Lade.Lifecycle;
using Lade.Linux;

namespace Lade.Cli;

internal static class UpdateCommand
{
    public static Command Define() => new()
    {
        Name = "update",
        Summary = "change the resource limits of a container",
        Usage = "<container-id>",
        Description = """
            Sets new limits on the cgroup of a container. Limits that are not given stay as
            they are. Sizes are in bytes, or end in K, M, G, T or P; -1 means no limit.

            With --resources the limits come from a JSON file in the format of
            "linux.resources" in config.json, and all other options except the two for Intel
            RDT are ignored.
            """,
        Example = """
            lade update --memory 512M --pids-limit 100 web1
            echo '{"cpu":{"quota":50000,"period":100000}}' | lade update --resources - web1
            """,
        ArgumentCount = 1,
        Options =
        [
            new("resources", OptionKind.Text, "JSON file with the new limits; - is standard input") { Short = 'r', Placeholder = "FILE" },
            new("blkio-weight", OptionKind.Integer, "share of block I/O, 10 to 1000") { Placeholder = "N" },
            new("cpu-period", OptionKind.Text, "length of a CPU bandwidth period in microseconds") { Placeholder = "N" },
            new("cpu-quota", OptionKind.Text, "CPU time per period in microseconds") { Placeholder = "N" },
            new("cpu-burst", OptionKind.Text, "unused CPU time that may be accumulated, in microseconds") { Placeholder = "N" },
            new("cpu-share", OptionKind.Text, "CPU weight relative to other containers, 2 to 262144") { Placeholder = "N" },
            new("cpu-rt-period", OptionKind.Text, "length of a real-time period in microseconds (cgroup v1)") { Placeholder = "N" },
            new("cpu-rt-runtime", OptionKind.Text, "real-time CPU time per period in microseconds (cgroup v1)") { Placeholder = "N" },
            new("cpuset-cpus", OptionKind.Text, "CPUs that may be used, such as 0-3,7") { Placeholder = "LIST" },
            new("cpuset-mems", OptionKind.Text, "memory nodes that may be used, such as 0,1") { Placeholder = "LIST" },
            new("cpu-idle", OptionKind.Text, "1 to run the container only when the CPU is otherwise idle, 0 not to") { Placeholder = "0|1" },
            new("memory", OptionKind.Text, "memory limit") { Placeholder = "SIZE" },
            new("memory-reservation", OptionKind.Text, "memory not to reclaim when memory is short") { Placeholder = "SIZE" },
            new("memory-swap", OptionKind.Text, "limit of memory plus swap") { Placeholder = "SIZE" },
            new("pids-limit", OptionKind.Integer, "limit on the number of processes and threads") { Placeholder = "N" },
            new("l3-cache-schema", OptionKind.Text, "Intel RDT schema for the L3 cache") { Placeholder = "SCHEMA" },
            new("mem-bw-schema", OptionKind.Text, "Intel RDT schema for memory bandwidth") { Placeholder = "SCHEMA" },
            new("kernel-memory", OptionKind.Text, "accepted and ignored") { Placeholder = "SIZE", Hidden = true },
            new("kernel-memory-tcp", OptionKind.Text, "accepted and ignored") { Placeholder = "SIZE", Hidden = true },
        ],
        Body = new(Run),
    };

    private static int Run(Invocation invocation)
    {
        string? file = invocation.Arguments.Text("resources");
        Update.Execute(new UpdateRequest
        {
            Id = invocation.ContainerId,
            StateRoot = invocation.StateRoot,
            Resources = string.IsNullOrEmpty(file) ? Resources(invocation) : Read(file),
            L3CacheSchema = Schema(invocation, "l3-cache-schema"),
            MemBwSchema = Schema(invocation, "mem-bw-schema"),
            Log = invocation.Log,
        });
        return 0;
    }

    private static string? Schema(Invocation invocation, string name) => invocation.Arguments.Text(name) is { Length: > 0 } schema ? schema : null;

    private static ResourcesSpec Read(string file) => file == "-"
        ? SpecReader.ReadResources(Files.ReadAll(Stdio.Input, "standard input"), "standard input")
        : SpecReader.ReadResources(Files.ReadAll(file), file);

    /// <summary>The limits given as options; an empty value counts as not given.</summary>
    private static ResourcesSpec Resources(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        if (Size(arguments, "kernel-memory") is not null || Size(arguments, "kernel-memory-tcp") is not null)
            invocation.Log.Warning("--kernel-memory and --kernel-memory-tcp are ignored: kernels no longer limit kernel memory separately");
        long weight = arguments.Integer("blkio-weight");
        var resources = new ResourcesSpec
        {
            Memory = new MemoryResources
            {
                Limit = Size(arguments, "memory"),
                Reservation = Size(arguments, "memory-reservation"),
                Swap = Size(arguments, "memory-swap"),
            },
            Cpu = new CpuResources
            {
                Shares = Unsigned(arguments, "cpu-share"),
                Quota = Number(arguments, "cpu-quota"),
                Burst = Unsigned(arguments, "cpu-burst"),
                Period = Unsigned(arguments, "cpu-period"),
                RealtimeRuntime = Number(arguments, "cpu-rt-runtime"),
                RealtimePeriod = Unsigned(arguments, "cpu-rt-period"),
                Cpus = arguments.Text("cpuset-cpus"),
                Mems = arguments.Text("cpuset-mems"),
                Idle = Number(arguments, "cpu-idle"),
            },
            BlockIo = weight is >= 0 and <= ushort.MaxValue
                ? new BlockIoResources { Weight = (ushort)weight }
                : throw Invalid("blkio-weight", "must be from 10 to 1000"),
            Pids = arguments.IsSet("pids-limit") ? new PidsResources(arguments.Integer("pids-limit")) : null,
        };

        var problems = new List<ConfigProblem>();
        SpecValidator.ValidateResources(resources, JsonPointer.None, problems);
        return problems.Count == 0 ? resources : throw LadeException.InvalidConfig("update", problems);
    }

    private static long? Size(ParsedArguments arguments, string name)
    {
        if (arguments.Text(name) is not { Length: > 0 } text)
            return null;
        if (text == "-1")
            return -1;
        return ByteSize.TryParse(text, out long bytes) ? bytes : throw Invalid(name, "invalid size: '" + text + "'");
    }

    private static long? Number(ParsedArguments arguments, string name)
    {
        if (arguments.Text(name) is not { Length: > 0 } text)
            return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw Invalid(name, "not a whole number: '" + text + "'");
    }

    private static ulong? Unsigned(ParsedArguments arguments, string name)
    {
        if (arguments.Text(name) is not { Length: > 0 } text)
            return null;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? number
            : throw Invalid(name, "not a non-negative whole number: '" + text + "'");
    }

    private static LadeException Invalid(string name, string reason) => new("invalid value for " + name + ": " + reason);
}
