namespace Lade.Configuration;

/// <summary>A mount that `mounts add` has made in a container, as the state records it.</summary>
/// <param name="Destination">As it was asked for: absolute, without slashes at its end.</param>
/// <param name="Id">What `init` told of it; no other mount has or gets this id.</param>
internal sealed record AddedMount(string Destination, ulong Id);
