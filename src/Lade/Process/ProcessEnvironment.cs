using System;
using System.Collections.Generic;

namespace Lade.Process;

/// <summary>The program's environment: as in config.json, the last of equal names wins, HOME filled in when it is missing or empty (as runc does).</summary>
internal static class ProcessEnvironment
{
    public static IReadOnlyList<string> Of(IReadOnlyList<string> env, string home)
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
        if (!hasHome)
            result.Add("HOME=" + home);
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
