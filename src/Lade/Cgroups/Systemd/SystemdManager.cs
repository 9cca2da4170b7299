using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lade.Cgroups.DBus;
using Lade.Linux;

namespace Lade.Cgroups.Systemd;

/// <summary>
/// systemd's manager, the system's or a user's, asked for what a container's unit needs. It connects at the first question.
/// </summary>
/// <param name="addresses">D-Bus address list.</param>
/// <param name="milliseconds">How long systemd may take for one thing.</param>
internal sealed class SystemdManager(string addresses, int milliseconds = SystemdManager.DefaultMilliseconds)
{
    private const int DefaultMilliseconds = 30_000;
    private const int UnloadMilliseconds = 1_000;
    private const string Name = "org.freedesktop.systemd1";
    private const string Path = "/org/freedesktop/systemd1";
    private const string Interface = "org.freedesktop.systemd1.Manager";
    private const string PropertiesInterface = "org.freedesktop.DBus.Properties";
    private const string UnitExists = Name + ".UnitExists";
    private const string NoSuchUnit = Name + ".NoSuchUnit";

    private Bus? _bus;
    private bool _listens;

    /// <summary>Ends the connection; a later question makes a new one.</summary>
    public void Close()
    {
        _bus?.Dispose();
        _bus = null;
        _listens = false;
    }

    /// <summary>The cgroup below which the manager keeps its units, as /proc/PID/cgroup would say it; empty for the root.</summary>
    public string ControlGroup()
    {
        BusMessage reply = Call("find its own cgroup", BusMessage.Call(Name, Path, PropertiesInterface, "Get", "ss", Interface, "ControlGroup"));
        return reply.Arguments is [BusValue { Value: string path }] ? path.TrimEnd('/') : "";
    }

    /// <summary>Which systemd it is: 252; 0 when it does not say.</summary>
    public int Version()
    {
        BusMessage reply = Call("tell its version", BusMessage.Call(Name, Path, PropertiesInterface, "Get", "ss", Interface, "Version"));
        ReadOnlySpan<char> text = reply.Arguments is [BusValue { Value: string version }] ? version : "";
        // A distribution's own words may follow the number: 252.39-1~deb12u2.
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(digits < 0 ? text : text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
    }

    /// <summary>What properties of a loaded unit are now. One that this systemd does not know is left out.</summary>
    public List<UnitProperty> Properties(string unit, IEnumerable<string> names)
    {
        string @interface = Name + (unit.EndsWith(".slice", StringComparison.Ordinal) ? ".Slice" : ".Scope");
        var properties = new List<UnitProperty>();
        foreach (string name in names)
        {
            BusMessage reply = Ask(BusMessage.Call(Name, Path + "/unit/" + ObjectName(unit), PropertiesInterface, "Get", "ss", @interface, name));
            if (reply.Kind == BusMessageKind.Return && reply.Arguments is [BusValue value])
                properties.Add(new UnitProperty(name, value));
        }

        return properties;
    }

    /// <summary>Connects for what ends in a job, the end of which is told by a signal only. systemd sends signals as long as somebody subscribes.</summary>
    public void Listen()
    {
        Bus bus = Open();
        if (_listens)
            return;
        bus.Match("type='signal',sender='" + Name + "',path='" + Path + "',interface='" + Interface + "',member='JobRemoved'");
        bus.Send(ManagerCall("Subscribe", "") with { NoReply = true });
        _listens = true;
    }

    /// <summary>Makes and starts a unit that exists until it is stopped or empty. Returns when it runs.</summary>
    public void StartTransientUnit(string unit, IReadOnlyList<UnitProperty> properties)
    {
        string doing = "start the unit " + unit;
        Listen();
        var backoff = new Backoff(UnloadMilliseconds);
        while (true)
        {
            BusMessage reply = Ask(ManagerCall("StartTransientUnit", "ssa(sv)a(sa(sv))", unit, "replace", Marshal(properties), Array.Empty<object>()));
            if (reply.ErrorName == UnitExists && backoff.Sleep())
            {
                // One that failed stays loaded until somebody has looked at it; one that has just been stopped, for a moment.
                Ask(ManagerCall("ResetFailedUnit", "s", unit));
                continue;
            }

            Check(reply, doing);
            WaitForJob(reply, unit, doing);
            return;
        }
    }

    /// <summary>Changes properties of a running unit, until it is stopped. Returns when they are in force.</summary>
    public void SetProperties(string unit, IReadOnlyList<UnitProperty> properties)
    {
        Call("change the unit " + unit, ManagerCall("SetUnitProperties", "sba(sv)", unit, true, Marshal(properties)));
        // systemd answers, and writes the cgroup's files when it comes round to them, which is before it looks at the next message: what lade writes
        // into the same files must come after.
        Call("answer", BusMessage.Call(Name, Path, "org.freedesktop.DBus.Peer", "Ping"));
    }

    /// <summary>Stops a unit and has systemd forget it. One that is not there is no error.</summary>
    public void Stop(string unit)
    {
        string doing = "stop the unit " + unit;
        Listen();
        BusMessage reply = Ask(ManagerCall("StopUnit", "ss", unit, "replace"));
        if (reply.ErrorName != NoSuchUnit)
        {
            Check(reply, doing);
            WaitForJob(reply, unit, doing);
        }

        reply = Ask(ManagerCall("ResetFailedUnit", "s", unit));
        if (reply.ErrorName != NoSuchUnit)
            Check(reply, "forget the unit " + unit);
    }

    /// <summary>Moves a process into a running unit that the caller may not write to itself.</summary>
    /// <param name="below">Cgroup below the unit's own, beginning with a slash, or nothing.</param>
    public void Attach(string unit, string below, int pid) =>
        Call("move process " + pid + " into the unit " + unit, ManagerCall("AttachProcessesToUnit", "ssau", unit, below, new object[] { (uint)pid }));

    /// <summary>A unit's name as the last part of an object's path: what is no letter or digit there becomes <c>_2e</c>.</summary>
    public static string ObjectName(string unit)
    {
        var name = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(unit))
        {
            if (char.IsAsciiLetter((char)b) || (name.Length > 0 && char.IsAsciiDigit((char)b)))
                name.Append((char)b);
            else
                name.Append(CultureInfo.InvariantCulture, $"_{b:x2}");
        }

        return name.ToString();
    }

    private Bus Open()
    {
        var deadline = new Deadline(milliseconds);
        if (_bus is null)
            _bus = Bus.Connect(addresses, deadline);
        else
            _bus.Deadline = deadline;
        return _bus;
    }

    private void WaitForJob(BusMessage reply, string unit, string doing)
    {
        string job = reply.Text(0);
        // Anybody on the bus may send us a signal; only the sender's name is beyond doubt.
        BusMessage removed = _bus!.WaitForSignal(m => m.Member == "JobRemoved" && m.Interface == Interface && m.Sender == reply.Sender && m.Text(1) == job);
        string result = removed.Text(3);
        if (result != "done")
            throw new LadeException("systemd could not " + doing + ": the job's result is '" + result + "'; systemctl status " + unit + " or the journal may say more");
    }

    private static BusMessage ManagerCall(string member, string signature, params object[] arguments) =>
        BusMessage.Call(Name, Path, Interface, member, signature, arguments);

    private BusMessage Ask(BusMessage call) => Open().Call(call);

    private BusMessage Call(string doing, BusMessage call)
    {
        BusMessage reply = Ask(call);
        Check(reply, doing);
        return reply;
    }

    private static void Check(BusMessage reply, string doing)
    {
        if (reply.Kind == BusMessageKind.Error)
            throw new LadeException("systemd could not " + doing + ": " + reply.Text(0) + " (" + reply.ErrorName + ")");
    }

    private static object[] Marshal(IReadOnlyList<UnitProperty> properties)
    {
        var list = new object[properties.Count];
        for (int i = 0; i < list.Length; i++)
            list[i] = new object[] { properties[i].Name, properties[i].Value };
        return list;
    }
}
