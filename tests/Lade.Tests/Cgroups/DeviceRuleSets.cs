using System.Collections.Generic;
using Lade.Cgroups.Controllers;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Cgroups;

/// <summary>Rule lists as text: <c>+c 1:3 rwm</c> allows, <c>-a</c> denies all.</summary>
internal static class DeviceRuleSets
{
    public static TheoryData<string> All =>
    [
        "",
        "-a",
        "+a",
        "-a; +c 1:5 rwm; +c 1:3 rwm; +c 1:9 rwm; +c 1:8 rwm; +c 5:0 rwm; +c 5:1 rwm; -c 10:229 rwm",
        "-a; +c *:* m; +b *:* m; +c 10:229 rwm; -c 10:229 rwm",
        "-a; +b 8:* r; +b 8:0 rwm; -b 8:0 w",
        "-a; +c 4:1 rw; +c 4:2 rw; -c 4:* w",
        "-a; +b 8:0 r; +c 8:0 w",
        "+a; -c 1:3 rwm",
        "+a; -b 8:* w; -b 9:0 rwm",
        "+a; -b 8:0 rw; -b 8:1 rw; +b 8:* r",
        "+c 200:1 rwm; -a; +c 200:2 rw",
        "-a; +a 7:7 r",
        "+c 99:-1 rw",
        "-a; +c 10:200 r; -c 10:200 rwm",
    ];

    public static IReadOnlyList<DeviceRule> Parse(string text)
    {
        var rules = new List<DeviceRule>();
        foreach (string one in text.Split(';', System.StringSplitOptions.TrimEntries | System.StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = one[1..].Split(' ');
            string[] numbers = words.Length > 1 ? words[1].Split(':') : ["*", "*"];
            rules.Add(new DeviceRule
            {
                Allow = one[0] == '+',
                Type = words[0][0],
                Major = numbers[0] == "*" ? null : long.Parse(numbers[0], System.Globalization.CultureInfo.InvariantCulture),
                Minor = numbers[1] == "*" ? null : long.Parse(numbers[1], System.Globalization.CultureInfo.InvariantCulture),
                Access = words.Length > 2 ? words[2] : "rwm",
            });
        }

        return rules;
    }

    public static DevicePolicy Policy(string text) => DevicePolicy.From(Parse(text), JsonPointer.Of("linux", "resources"));

    /// <summary>Devices that distinguish all the rules above.</summary>
    public static IEnumerable<(char Type, uint Major, uint Minor)> Devices()
    {
        uint[] majors = [1, 4, 5, 7, 8, 9, 10, 99, 136, 200, 250];
        uint[] minors = [0, 1, 2, 3, 5, 7, 9, 200, 229, 1000];
        foreach (char type in "bc")
        {
            foreach (uint major in majors)
            {
                foreach (uint minor in minors)
                    yield return (type, major, minor);
            }
        }
    }
}
