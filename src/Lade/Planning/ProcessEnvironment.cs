using System;
using System.Collections.Generic;

namespace Lade.Planning;

/// <summary>The program's environment: as in config.json, the last of equal names wins, with room for HOME when it is missing or empty (as runc does).</summary>
internal static class ProcessEnvironment
{
    /// <param name="home">Which of the variables is a HOME that `init` has to find; -1 when config.json gives it.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> env, out int home)
    {
        var result = new List<string>(env.Count + 1);
        // From the end, since the last of equal names counts. A set: Kubernetes gives a container seven variables for each service of its namespace.
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
        // What runc gives a user without an entry in /etc/passwd.
        if (!hasHome)
            result.Add("HOME=/");
        return result;
    }

    /// <summary>The value of a variable; null when it is not set.</summary>
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
