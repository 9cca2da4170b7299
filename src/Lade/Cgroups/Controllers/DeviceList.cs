using System.Collections.Generic;
using Lade.Configuration;

namespace Lade.Cgroups.Controllers;

/// <summary>
/// Device rules as writes to <c>devices.allow</c> and <c>devices.deny</c>. The kernel's list is a default and a set of exceptions, not "last match wins". An exception is
/// removed by its exact name only; a write that would remove part of a wider exception silently does nothing. So the list is simulated here step by step: what changes
/// nothing is not written, and what the kernel cannot do is a problem instead of a hole.
/// </summary>
internal static class DeviceList
{
    public static void Plan(SettingFiles files, DevicePolicy policy)
    {
        // The list was copied from the parent; only "a", which needs a cgroup without children, brings it to a known state.
        Write(files, policy.AllowByDefault, "a", policy.DefaultOrigin);
        var exceptions = new List<DevicePermission>();
        foreach (DevicePermission permission in policy.Permissions)
        {
            if (permission.Allow == policy.AllowByDefault)
                Remove(files, exceptions, permission);
            else
                Except(files, exceptions, permission);
        }
    }

    private static void Except(SettingFiles files, List<DevicePermission> exceptions, DevicePermission permission)
    {
        int known = exceptions.FindIndex(e => IsSame(e, permission));
        if (known < 0)
        {
            exceptions.Add(permission);
        }
        else
        {
            DeviceAccess both = exceptions[known].Access | permission.Access;
            if (both == exceptions[known].Access)
                return;
            exceptions[known] = exceptions[known] with { Access = both };
        }

        Write(files, permission.Allow, permission.ToString(), permission.Origin);
    }

    private static void Remove(SettingFiles files, List<DevicePermission> exceptions, DevicePermission permission)
    {
        for (int i = exceptions.Count - 1; i >= 0; i--)
        {
            DevicePermission exception = exceptions[i];
            DeviceAccess common = exception.Access & permission.Access;
            if (common == DeviceAccess.None || !Overlap(exception, permission))
                continue;
            if (!Covers(permission, exception))
            {
                // Every container is finally allowed to make nodes, so failing to remove that does not matter.
                if (permission.Allow || common != DeviceAccess.Mknod)
                    files.Problem(permission.Origin.IsNone ? exception.Origin : permission.Origin, NotPossible(permission, exception));
                continue;
            }

            Write(files, permission.Allow, (exception with { Access = common }).ToString(), permission.Origin);
            exceptions[i] = exception with { Access = exception.Access & ~common };
            if (exceptions[i].Access == DeviceAccess.None)
                exceptions.RemoveAt(i);
        }
    }

    private static void Write(SettingFiles files, bool allow, string rule, JsonPointer origin) =>
        files.DeviceRule(allow ? "devices.allow" : "devices.deny", rule, origin);

    private static string NotPossible(DevicePermission permission, DevicePermission exception) =>
        "cgroup v1 cannot " + (permission.Allow ? "allow" : "deny") + " '" + permission + "' within the wider rule '" + exception + "'";

    private static bool IsSame(DevicePermission a, DevicePermission b) => a.Type == b.Type && a.Major == b.Major && a.Minor == b.Minor;

    private static bool Overlap(DevicePermission a, DevicePermission b) =>
        a.Type == b.Type && (a.Major is null || b.Major is null || a.Major == b.Major) && (a.Minor is null || b.Minor is null || a.Minor == b.Minor);

    private static bool Covers(DevicePermission wide, DevicePermission narrow) =>
        wide.Type == narrow.Type && (wide.Major is null || wide.Major == narrow.Major) && (wide.Minor is null || wide.Minor == narrow.Minor);
}
