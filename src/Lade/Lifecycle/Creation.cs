using Lade.Configuration;
using Lade.State;

namespace Lade.Lifecycle;

/// <summary>`create`: a container whose environment is complete and whose program waits for `start` (runtime.md "Create").</summary>
internal static class Creation
{
    public static void Create(CreateRequest request)
    {
        using NewContainer container = NewContainer.Begin(request, waitsOnSocket: true);
        try
        {
            CheckConsole(request, container.Spec, foreground: false);
            container.Build();
            container.Publish(ContainerPhase.Created);
            container.Release();
        }
        catch
        {
            container.Undo();
            throw;
        }
    }

    /// <summary>A terminal needs somebody who holds its other end.</summary>
    /// <param name="foreground">True when this command itself stays and holds it.</param>
    public static void CheckConsole(CreateRequest request, Spec spec, bool foreground) =>
        CheckConsole(request.ConsoleSocket, spec.Process is { Terminal: true }, foreground, JsonPointer.Of("process", "terminal"));

    /// <inheritdoc cref="CheckConsole(CreateRequest, Spec, bool)"/>
    /// <param name="origin">What asks for the terminal.</param>
    public static void CheckConsole(string? consoleSocket, bool terminal, bool foreground, JsonPointer origin)
    {
        if (terminal && !foreground && consoleSocket is null)
            throw new LadeException(origin, "cannot allocate tty if lade will detach without setting console socket");
        if (consoleSocket is not null && (foreground || !terminal))
            throw new LadeException("cannot use console socket if lade will not detach or allocate tty");
    }
}
