namespace Lade.Lifecycle;

internal static class Running
{
    public static int Run(RunRequest request) => throw new LadeException("\"run\" is not available in this version");
}
