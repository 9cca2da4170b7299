using Lade.State;

namespace Lade.Lifecycle;

internal static class Killing
{
    public static void Kill(string stateRoot, ContainerId id, int signal, bool all, Log log) => throw new LadeException("\"kill\" is not available in this version");
}
