using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Lade.Plan;

namespace Lade.Tests.Plan;

/// <summary>
/// Operations as text: kind, constructor arguments, properties that differ from their default, origin. <c>Mount(tmpfs, shm, /dev/shm) Options=[size=1k]
/// Attributes=NOSUID|NODEV @/mounts/3</c>.
/// </summary>
internal static class OperationText
{
    public static string[] Lines(IEnumerable<Operation> operations) => operations.Select(Line).ToArray();

    /// <summary>Without origins.</summary>
    public static string[] Bare(IEnumerable<Operation> operations) => operations.Select(operation => Line(operation with { Origin = default })).ToArray();

    public static string Line(Operation operation)
    {
        Type kind = operation.GetType();
        string[] arguments = kind.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First().GetParameters().Select(p => p.Name!).ToArray();
        IEnumerable<string> rest = kind.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanWrite && p.Name != "Origin" && !arguments.Contains(p.Name))
            .Select(p => (p.Name, Value: p.GetValue(operation)))
            .Where(p => !IsDefault(p.Value))
            .Select(p => p.Value is true ? " " + p.Name : " " + p.Name + "=" + Text(p.Value));
        return kind.Name
            + (arguments.Length == 0 ? "" : "(" + string.Join(", ", arguments.Select(name => Text(kind.GetProperty(name)!.GetValue(operation)))) + ")")
            + string.Concat(rest)
            + (operation.Origin.IsNone ? "" : " @" + operation.Origin);
    }

    private static string Text(object? value) => value switch
    {
        null => "null",
        string text => text,
        Enum flags => Short(flags.ToString()),
        ReadOnlyMemory<byte> bytes => bytes.Length + " bytes",
        IEnumerable list => "[" + string.Join(", ", list.Cast<object>().Select(Text)) + "]",
        _ => value.ToString()!,
    };

    private static string Short(string flags) =>
        flags.Replace("MOUNT_ATTR_", "", StringComparison.Ordinal).Replace("MS_", "", StringComparison.Ordinal)
            .Replace("CLONE_", "", StringComparison.Ordinal).Replace(", ", "|", StringComparison.Ordinal);

    private static bool IsDefault(object? value) => value switch
    {
        null or "" => true,
        ICollection { Count: 0 } => true,
        ValueType number => number.Equals(Activator.CreateInstance(number.GetType())),
        _ => false,
    };
}
