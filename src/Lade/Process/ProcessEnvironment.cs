using System;
using System.Collections.Generic;

namespace Lade.Process;

/// <summary>The program's environment: as in config.json, the last of equal names wins, HOME filled in when it is missing or empty (as runc does).</summary>
internal static class ProcessEnvironment
{
    public static IReadOnlyList<string> Of(IReadOnlyList<string> env, string home)
    {
        var result = new List<string>(env.Count + 1);
        bool hasHome = false;
        for (int i = 0; i < env.Count; i++)
        {
            if (IsOverridden(env, i))
                continue;
            ReadOnlySpan<char> name = NameOf(env[i]);
            if (name.SequenceEqual("HOME"))
            {
                if (env[i].Length == "HOME=".Length)
                    continue;
                hasHome = true;
            }

            result.Add(env[i]);
        }

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

    private static bool IsOverridden(IReadOnlyList<string> env, int index)
    {
        ReadOnlySpan<char> name = NameOf(env[index]);
        for (int later = index + 1; later < env.Count; later++)
        {
            if (NameOf(env[later]).SequenceEqual(name))
                return true;
        }

        return false;
    }

    private static ReadOnlySpan<char> NameOf(string variable)
    {
        int equals = variable.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? variable : variable.AsSpan(0, equals);
    }
}
