namespace Lade.Lifecycle;

internal static class Planning
{
    public static string Describe(PlanRequest request) => throw new LadeException("\"plan\" is not available in this version");
}
