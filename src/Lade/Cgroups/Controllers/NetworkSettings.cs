using Lade.Configuration;
using static Lade.Cgroups.Controllers.ResourceNumbers;

namespace Lade.Cgroups.Controllers;

/// <summary>The controllers net_cls and net_prio, which exist on v1 only.</summary>
internal sealed class NetworkSettings(NetworkResources network, JsonPointer at) : ISetting
{
    public void Write(V1Files files)
    {
        if (network.ClassId is { } classId and not 0)
            files.Limit("net_cls.classid", Text((ulong)classId), at.At("classID"));
        for (int i = 0; i < network.Priorities.Count; i++)
            files.Limit("net_prio.ifpriomap", Text((ulong)network.Priorities[i].Priority), at.At("priorities").At(i), key: network.Priorities[i].Name);
    }

    public void Write(V2Files files)
    {
        files.Refuse(network.ClassId is not (null or 0), at.At("classID"));
        files.Refuse(network.Priorities.Count > 0, at.At("priorities"));
    }

    public void Write(UnitProperties unit)
    {
    }
}
