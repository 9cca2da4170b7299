using System;
using System.Collections.Generic;

namespace Lade.IntegrationTests.Fixtures;

/// <summary>
/// A test with containers, which it removes at its end. That something was left is reported beside the test's own failure, and does not hide it as an
/// exception of a using statement would.
/// </summary>
public abstract class ContainerTest : IDisposable
{
    private readonly List<IDisposable> _made = [];

    private Bundle? _bundle;

    /// <summary>The test's bundle, made at first use.</summary>
    protected Bundle Bundle => _bundle ??= NewBundle();

    protected Bundle NewBundle() => Keep(new Bundle());

    /// <summary>A container of <see cref="Bundle"/>, not yet made.</summary>
    protected Container NewContainer(string id = "container") => NewContainer(Bundle, id);

    protected Container NewContainer(Bundle bundle, string id = "container") => Keep(new Container(bundle, id));

    /// <summary>A container that is created.</summary>
    protected Container Create() => NewContainer().Create();

    /// <summary>A container whose program is `sleep`, for looking at it from outside.</summary>
    protected Container StartSleeping()
    {
        Bundle.Sleeps();
        return NewContainer().RunDetached();
    }

    /// <summary>What a script writes in the container; it has to succeed.</summary>
    protected CommandResult RunScript(string script)
    {
        Bundle.Script(script);
        CommandResult result = NewContainer().Run();
        return result.ExitCode == 0 ? result : throw new Xunit.Sdk.XunitException("the container ended with " + result.ExitCode + ": " + result.Stdout + result.Stderr);
    }

    /// <summary>Why a container cannot be made; nothing of it may be left.</summary>
    protected string CreationError()
    {
        Container container = NewContainer();
        CommandResult result = container.TryCreate();
        if (result.ExitCode != 1)
            throw new Xunit.Sdk.XunitException("create ended with " + result.ExitCode + " where an error was expected");
        return container.Leftovers() is { Count: > 0 } left
            ? throw new Xunit.Sdk.XunitException("the failed create left " + string.Join(", ", left) + "; its error: " + result.Stderr)
            : result.Stderr.TrimEnd('\n');
    }

    /// <summary>Disposed of at the end of the test, last first.</summary>
    protected T Keep<T>(T made)
        where T : IDisposable
    {
        _made.Insert(0, made);
        return made;
    }

    public void Dispose()
    {
        var failures = new List<Exception>();
        foreach (IDisposable made in _made)
        {
            try
            {
                made.Dispose();
            }
            catch (Exception e) when (e is Xunit.Sdk.XunitException or InvalidOperationException)
            {
                failures.Add(e);
            }
        }

        GC.SuppressFinalize(this);
        if (failures.Count > 0)
            throw new AggregateException(failures);
    }
}
