using Lade.State;

namespace Lade.Lifecycle;

internal static class Starting
{
    public static void Start(string stateRoot, ContainerId id, Log log) => throw new LadeException("\"start\" is not available in this version");
}
