namespace Lade.Lifecycle;

internal static class Creation
{
    public static void Create(CreateRequest request) => throw new LadeException("\"create\" is not available in this version");
}
