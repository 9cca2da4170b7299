using System;
using Lade.Linux;

namespace Lade.Terminal;

/// <summary>Something else that a command has to do while it relays a terminal.</summary>
/// <param name="Descriptor">When it is readable there is something to do.</param>
/// <param name="Act">Does it; true when there will never be more.</param>
internal sealed record SideTask(Fd Descriptor, Func<bool> Act);
