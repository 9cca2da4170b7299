using System;
using System.Collections.Generic;
using System.Globalization;
using Lade.DBus;
using Lade.Linux;

namespace Lade.Cgroups.Systemd;

/// <summary>
/// The manager of the system or of a user (org.freedesktop.systemd1(5)), as far as a container's unit needs it. Connects on the first call.
/// </summary>
/// <param name="addresses">D-Bus address list.</param>
/// <param name="milliseconds">How long systemd may take for one operation.</param>
internal sealed class SystemdManager(string addresses, int milliseconds = SystemdManager.DefaultMilliseconds)
{
    private const int DefaultMilliseconds = 30_000;
    private const int UnloadMilliseconds = 1_000;
    private const string Service = "org.freedesktop.systemd1";
    private const string Path = "/org/freedesktop/systemd1";
    private const string Interface = Service + ".Manager";
    private const string PropertiesInterface = "org.freedesktop.DBus.Properties";
    private const string UnitExists = Service + ".UnitExists";
    private const string NoSuchUnit = Service + ".NoSuchUnit";

    private BusConnection? _bus;
    private bool _isSubscribed;

    /// <summary>Closes the connection; a later call opens a new one.</summary>
    public void Close()
    {
        _bus?.Dispose();
        _bus = null;
        _isSubscribed = false;
    }

    /// <summary>The cgroup below which the manager places its units, as in /proc/PID/cgroup; empty for the root.</summary>
    public string ControlGroup() => ManagerProperty("ControlGroup", "find its own cgroup").TrimEnd('/');

    /// <summary>The version of systemd, 252; 0 when it is unknown.</summary>
    public int Version()
    {
        // A suffix of the distribution may follow: 252.39-1~deb12u2.
        ReadOnlySpan<char> text = ManagerProperty("Version", "tell its version");
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(digits < 0 ? text : text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
    }

    /// <summary>The current properties of a loaded unit. One that this systemd does not know is left out.</summary>
    public List<UnitProperty> Properties(string unit, IEnumerable<string> names)
    {
        string @interface = Service + (unit.EndsWith(".slice", StringComparison.Ordinal) ? ".Slice" : ".Scope");
        var properties = new List<UnitProperty>();
        foreach (string name in names)
        {
            BusMessage reply = Send(BusMessage.Call(Service, Path + "/unit/" + ObjectName(unit), PropertiesInterface, "Get", "ss", @interface, name));
            if (reply.Kind == BusMessageKind.Return && reply.Arguments is [BusValue value])
                properties.Add(new UnitProperty(name, value));
        }

        return properties;
    }

    /// <summary>Subscribes to the ends of jobs, which systemd reports only by a signal and only to subscribers.</summary>
    public void Subscribe()
    {
        BusConnection bus = Open();
        if (_isSubscribed)
            return;
        bus.AddMatch("type='signal',sender='" + Service + "',path='" + Path + "',interface='" + Interface + "',member='JobRemoved'");
        bus.Send(ManagerCall("Subscribe", "") with { NoReply = true });
        _isSubscribed = true;
    }

    /// <summary>Creates and starts a transient unit. Returns when it is active.</summary>
    public void StartTransientUnit(string unit, IReadOnlyList<UnitProperty> properties)
    {
        string action = "start the unit " + unit;
        Subscribe();
        BusMessage start = ManagerCall("StartTransientUnit", "ssa(sv)a(sa(sv))", unit, "replace", ToArguments(properties), Array.Empty<object>());
        BusMessage reply = Send(start);
        var backoff = new Backoff(UnloadMilliseconds);
        while (reply.ErrorName == UnitExists && backoff.Sleep())
        {
            // A failed unit stays loaded until it is reset, a stopped one for a moment.
            Send(ManagerCall("ResetFailedUnit", "s", unit));
            reply = Send(start);
        }

        WaitForJob(reply, unit, action);
    }

    /// <summary>Changes properties of a running unit until it is stopped. Returns when they are in effect.</summary>
    public void SetProperties(string unit, IReadOnlyList<UnitProperty> properties)
    {
        Call("change the unit " + unit, ManagerCall("SetUnitProperties", "sba(sv)", unit, true, ToArguments(properties)));
        // systemd replies first and writes the cgroup's files before it handles the next message: what lade writes into the same files must come after that.
        Call("answer", BusMessage.Call(Service, Path, "org.freedesktop.DBus.Peer", "Ping"));
    }

    /// <summary>Stops and unloads a unit. One that does not exist is not an error.</summary>
    public void Stop(string unit)
    {
        Subscribe();
        BusMessage reply = Send(ManagerCall("StopUnit", "ss", unit, "replace"));
        if (reply.ErrorName != NoSuchUnit)
            WaitForJob(reply, unit, "stop the unit " + unit);
        reply = Send(ManagerCall("ResetFailedUnit", "s", unit));
        if (reply.ErrorName != NoSuchUnit)
            Check(reply, "unload the unit " + unit);
    }

    /// <summary>Moves a process into a running unit whose cgroup the caller has no permission to write.</summary>
    /// <param name="below">Sub-cgroup of the unit, with a leading slash; empty for none.</param>
    public void Attach(string unit, string below, int pid) =>
        Call("move process " + pid + " into the unit " + unit, ManagerCall("AttachProcessesToUnit", "ssau", unit, below, new object[] { (uint)pid }));

    /// <summary>A unit's name as an element of an object path; also a leading digit is escaped there.</summary>
    private static string ObjectName(string unit)
    {
        string name = ByteEscaping.Escape(unit, "", "_");
        return char.IsAsciiDigit(name[0]) ? string.Create(CultureInfo.InvariantCulture, $"_{(int)name[0]:x2}{name[1..]}") : name;
    }

    private BusConnection Open()
    {
        var deadline = new Deadline(milliseconds);
        if (_bus is null)
            _bus = BusConnection.Connect(addresses, deadline);
        else
            _bus.Deadline = deadline;
        return _bus;
    }

    private string ManagerProperty(string name, string action) =>
        Call(action, BusMessage.Call(Service, Path, PropertiesInterface, "Get", "ss", Interface, name)).Arguments is [BusValue { Value: string text }] ? text : "";

    private void WaitForJob(BusMessage reply, string unit, string action)
    {
        Check(reply, action);
        string job = reply.Text(0);
        // Anyone on the bus can send us a signal; only the sender's name cannot be forged.
        BusMessage removed = _bus!.WaitForSignal(m => m.Member == "JobRemoved" && m.Interface == Interface && m.Sender == reply.Sender && m.Text(1) == job);
        string result = removed.Text(3);
        if (result != "done")
            throw new LadeException("systemd could not " + action + ": the job's result is '" + result + "'; systemctl status " + unit + " or the journal may have details");
    }

    private static BusMessage ManagerCall(string member, string signature, params object[] arguments) =>
        BusMessage.Call(Service, Path, Interface, member, signature, arguments);

    private BusMessage Send(BusMessage call) => Open().Call(call);

    private BusMessage Call(string action, BusMessage call)
    {
        BusMessage reply = Send(call);
        Check(reply, action);
        return reply;
    }

    private static void Check(BusMessage reply, string action)
    {
        if (reply.Kind == BusMessageKind.Error)
            throw new LadeException("systemd could not " + action + ": " + reply.Text(0) + " (" + reply.ErrorName + ")");
    }

    private static object[] ToArguments(IReadOnlyList<UnitProperty> properties)
    {
        var list = new object[properties.Count];
        for (int i = 0; i < list.Length; i++)
            list[i] = new object[] { properties[i].Name, properties[i].Value };
        return list;
    }
}
