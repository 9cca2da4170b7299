namespace Lade.Cgroups.Controllers;

/// <summary>The device rules: a list on v1, an eBPF program on v2; systemd has a list of what it allows.</summary>
internal sealed class DeviceSettings(DevicePolicy policy) : ISetting
{
    public void Write(V1Files files) => DeviceList.Plan(files, policy);

    public void Write(V2Files files) => files.DeviceInstructions = DeviceProgram.Generate(policy);

    public void Write(UnitProperties unit)
    {
        if (unit.DeviceGroups is { } groups)
            UnitDevices.Write(unit, policy, groups);
    }
}
