using System.Collections.Generic;
using Lade.Configuration;
using Lade.Linux;
using Lade.Plan;
using Lade.Planning;

namespace Lade.Lifecycle;

/// <summary>What is made of a configuration by where lade runs: under a service manager, as an ordinary user.</summary>
internal static class EffectiveSpec
{
    private const string Uidmap = "/usr/bin/newuidmap";

    /// <exception cref="LadeException">An ordinary user asks for what only root can do.</exception>
    public static Spec Of(Spec spec, CreateRequest request, Host host)
    {
        spec = request.Service.Extend(spec, request.StateRoot + "/" + request.Id);
        return host.Uid == 0 ? spec : OfUnprivilegedUser(spec, host.Uid);
    }

    private static Spec OfUnprivilegedUser(Spec spec, uint uid)
    {
        string user = UserNames.Of(uid);
        spec = AutomaticUserNamespace.Add(spec, uid, Libc.getegid(), Ranges("/etc/subuid", user, uid), Ranges("/etc/subgid", user, uid));
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
