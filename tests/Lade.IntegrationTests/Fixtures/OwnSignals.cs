using System.Runtime.CompilerServices;
using Mono.Unix.Native;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>Under nohup(1), or an engine of its own, the tests are started with signals ignored, and everything that they start inherits that.</summary>
internal static class OwnSignals
{
    [ModuleInitializer]
    internal static void ResetIgnored() => Stdlib.SetSignalAction(Signum.SIGHUP, SignalAction.Default);
}
