namespace Lade.Cgroups.DBus;

/// <summary>A property of a unit as the manager's D-Bus interface has it (org.freedesktop.systemd1(5)).</summary>
internal sealed record UnitProperty(string Name, BusValue Value)
{
    public override string ToString() => Name + "=" + Value;
}
