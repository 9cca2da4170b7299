using System;
using System.Collections.Generic;

namespace Lade.Planning;

/// <summary>The program's environment: the last of equal names wins, with a placeholder for HOME if it is missing or empty (as in runc).</summary>
internal static class ProcessEnvironment
{
    /// <param name="home">Index of a HOME that `init` has to look up; -1 if config.json sets it.</param>
    public static IReadOnlyList<string> Create(IReadOnlyList<string> env, out int home)
    {
        var result = new List<string>(env.Count + 1);
        // Backwards, since the last of equal names wins. A set: Kubernetes adds seven variables for each service of the namespace.
        var names = new HashSet<string>(env.Count);
        bool hasHome = false;
        for (int i = env.Count - 1; i >= 0; i--)
        {
            string name = NameOf(env[i]).ToString();
            if (!names.Add(name))
                continue;
            if (name == "HOME")
            {
                if (env[i].Length == "HOME=".Length)
                    continue;
                hasHome = true;
            }

            result.Add(env[i]);
        }

        result.Reverse();
        home = hasHome ? -1 : result.Count;
        // What runc uses for a user without an entry in /etc/passwd.
        if (!hasHome)
            result.Add("HOME=/");
        return result;
    }

    /// <summary>Value of a variable; null if it is not set.</summary>
    public static string? Find(IReadOnlyList<string> env, string name)
    {
        for (int i = env.Count - 1; i >= 0; i--)
        {
            if (NameOf(env[i]).SequenceEqual(name))
                return env[i][(name.Length + 1)..];
        }

        return null;
    }

    private static ReadOnlySpan<char> NameOf(string variable)
    {
        int equals = variable.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? variable : variable.AsSpan(0, equals);
    }
}
