using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;

namespace Lade.Lifecycle;

/// <summary>Adapts a configuration to how lade is run: under a service manager, by an unprivileged user.</summary>
internal static class EffectiveSpec
{
    private const string Uidmap = "/usr/bin/newuidmap";

    /// <exception cref="LadeException">An unprivileged user asks for what only root can do.</exception>
    public static Spec Create(Spec spec, CreateRequest request, Host host)
    {
        spec = request.Service.Extend(spec, request.StateRoot + "/" + request.Id);
        return host.Uid == 0 ? spec : ForUnprivilegedUser(spec, host.Uid);
    }

    private static Spec ForUnprivilegedUser(Spec spec, uint uid)
    {
        string user = UserNames.Lookup(uid);
        spec = AutomaticUserNamespace.Add(spec, uid, Processes.EffectiveGid, Ranges("/etc/subuid", user, uid), Ranges("/etc/subgid", user, uid));
        var problems = new List<ConfigProblem>();
        SpecValidator.ValidateRootless(spec, problems);
        if (problems.Count > 0)
            throw LadeException.InvalidConfig(SpecFile.Name, problems);
        return spec;
    }

    private static IReadOnlyList<IdRange> Ranges(string path, string user, uint uid)
    {
        if (!Files.Exists(Uidmap))
            return [];
        using Fd? file = Files.TryOpen(path, Libc.O_RDONLY, out _);
        return file is null ? [] : SubordinateIds.Parse(Files.ReadAll(file, path), user, uid);
    }
}
