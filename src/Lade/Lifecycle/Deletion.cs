using Lade.State;

namespace Lade.Lifecycle;

internal static class Deletion
{
    public static void Delete(string stateRoot, ContainerId id, bool force, Log log) => throw new LadeException("\"delete\" is not available in this version");
}
