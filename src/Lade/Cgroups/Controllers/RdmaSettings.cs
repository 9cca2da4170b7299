using System.Collections.Generic;
using Lade.Configuration;
using static Lade.Cgroups.Controllers.ResourceNumbers;

namespace Lade.Cgroups.Controllers;

/// <summary>The controller rdma: handles and objects by device. v1 and v2 have the same file; systemd has no property for it.</summary>
internal sealed class RdmaSettings(IReadOnlyDictionary<string, RdmaLimit> limits, JsonPointer at) : ISetting
{
    public void Write(V1Files files) => WriteFiles(files);

    public void Write(V2Files files) => WriteFiles(files);

    private void WriteFiles(SettingFiles files)
    {
        foreach ((string device, RdmaLimit limit) in limits)
        {
            string value = device;
            if (limit.HcaHandles is { } handles)
                value += " hca_handle=" + Text((ulong)handles);
            if (limit.HcaObjects is { } objects)
                value += " hca_object=" + Text((ulong)objects);
            files.Limit(new CgroupWrite("rdma", "rdma.max", value, at.At(device)) { Key = device });
        }
    }
}
