using System;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>Removes at the end of a test a container whose bundle is not the one that its state is kept with.</summary>
public sealed class ForcedDelete(LadeProgram lade, string id) : IDisposable
{
    public void Dispose() => _ = lade.Run("delete", "--force", id);
}
