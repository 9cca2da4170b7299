using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using FluentAssertions;
using Lade.Cgroups;
using Lade.Cgroups.Controllers;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Cgroups;

public sealed class DeviceRulesTests
{
    public static TheoryData<string> RuleSets => DeviceRuleSets.All;

    private static IReadOnlyList<CgroupWrite> Writes(string rules) =>
        new V1Files(CgroupChange.Create).Plan(new ResourcesSpec { Devices = DeviceRuleSets.Parse(rules) }, JsonPointer.Of("linux", "resources")).DeviceRules;

    [Theory]
    [InlineData("", 'c', 1, 3, 7, true)]
    [InlineData("", 'c', 1, 3, 6, true)]
    [InlineData("", 'b', 8, 0, 1, true)]
    [InlineData("", 'b', 8, 0, 2, false)]
    [InlineData("", 'c', 136, 42, 6, true)]
    [InlineData("", 'c', 10, 200, 6, true)]
    [InlineData("", 'c', 10, 229, 2, false)]
    [InlineData("+a", 'b', 8, 0, 7, true)]
    [InlineData("+a; -b 8:0 w", 'b', 8, 0, 2, true)]
    [InlineData("+a; -b 8:0 w", 'b', 8, 0, 6, false)]
    [InlineData("-a; +c 1:11 r", 'c', 1, 11, 2, true)]
    [InlineData("+c 1:11 r; -a", 'c', 1, 11, 2, false)]
    [InlineData("-a; +c 1:11 r; -c 1:11 r", 'c', 1, 11, 2, false)]
    [InlineData("-a; -c 1:3 rwm", 'c', 1, 3, 2, true)]
    [InlineData("-a; +b 8:* r; +b 8:3 w", 'b', 8, 3, 6, true)]
    [InlineData("-a; +a 7:7 r", 'b', 7, 7, 2, true)]
    [InlineData("-a; +a 7:7 r", 'c', 7, 8, 2, false)]
    public void The_last_matching_rule_decides(string rules, char type, uint major, uint minor, int access, bool allowed) =>
        DeviceRuleSets.Policy(rules).Allows(type, major, minor, (DeviceAccess)access).Should().Be(allowed);

    [Fact]
    public void Unknown_access_is_refused() =>
        FluentActions.Invoking(() => DeviceRuleSets.Policy("-a; +c 1:1 rx")).Should().Throw<LadeException>().WithMessage("*'x'*");

    [Fact]
    public void The_configuration_comes_first_and_the_defaults_after() =>
        Writes("-a; +c 10:229 rw; +c 1:3 rwm; -c 4:4 rwm").Select(write => write.ToString()).Should().Equal(
            "devices.deny=a",
            "devices.allow=c 10:229 rw",
            "devices.allow=c 1:3 rwm",
            "devices.allow=c *:* m",
            "devices.allow=b *:* m",
            "devices.allow=c 1:8 rwm",
            "devices.allow=c 1:7 rwm",
            "devices.allow=c 5:0 rwm",
            "devices.allow=c 1:5 rwm",
            "devices.allow=c 1:9 rwm",
            "devices.allow=c 5:1 rwm",
            "devices.allow=c 136:* rwm",
            "devices.allow=c 5:2 rwm",
            "devices.allow=c 10:200 rwm");

    [Theory]
    [InlineData("", null)]
    [InlineData("-a", "/linux/resources/devices/0")]
    [InlineData("+c 1:1 r; +a", "/linux/resources/devices/1")]
    public void The_default_has_the_origin_of_its_rule(string rules, string? pointer) => Writes(rules)[0].Origin.Text.Should().Be(pointer);

    [Theory]
    [MemberData(nameof(RuleSets))]
    public void The_list_of_v1_implements_the_policy(string rules)
    {
        var kernel = new KernelDeviceList();
        foreach (CgroupWrite write in Writes(rules))
            kernel.Write(write.File, write.Value);

        DevicePolicy policy = DeviceRuleSets.Policy(rules);
        foreach ((char type, uint major, uint minor) in DeviceRuleSets.Devices())
        {
            foreach (DeviceAccess access in new[] { DeviceAccess.Mknod, DeviceAccess.Read, DeviceAccess.Write })
                kernel.Allows(type, major, minor, access).Should().Be(policy.Allows(type, major, minor, access), $"{type} {major}:{minor} {access}");
        }
    }

    [Theory]
    [InlineData("-a; +c 4:* rw; -c 4:1 rw", "/linux/resources/devices/2", "cgroup v1 cannot deny 'c 4:1 rw' within the wider rule 'c 4:* rw'")]
    [InlineData("-a; +c 4:* rw; -c *:1 w", "/linux/resources/devices/2", "cgroup v1 cannot deny 'c *:1 w' within the wider rule 'c 4:* rw'")]
    [InlineData("+a; -c 1:* rwm", "/linux/resources/devices/1", "cgroup v1 cannot allow 'c 1:3 rwm' within the wider rule 'c 1:* rw'")]
    public void A_hole_that_v1_cannot_express_is_an_error(string rules, string pointer, string message)
    {
        LadeException error = FluentActions.Invoking(() => Writes(rules)).Should().Throw<LadeException>().Which;

        error.Problems[0].Should().Be(new ConfigProblem(new JsonPointer(pointer), message));
    }

    /// <summary>A model of the kernel's devices.allow and devices.deny (security/device_cgroup.c).</summary>
    private sealed class KernelDeviceList
    {
        private readonly List<(char Type, uint? Major, uint? Minor, DeviceAccess Access)> _exceptions = [];
        private bool _allowByDefault = true;

        public void Write(string file, string rule)
        {
            bool allow = file == "devices.allow";
            if (rule[0] == 'a')
            {
                _allowByDefault = allow;
                _exceptions.Clear();
                return;
            }

            string[] words = rule.Split(' ', ':');
            char type = rule[0];
            uint? major = Number(words[1]);
            uint? minor = Number(words[2]);
            DeviceAccess access = words[3].Aggregate(DeviceAccess.None, (a, c) => a | (c == 'r' ? DeviceAccess.Read : c == 'w' ? DeviceAccess.Write : DeviceAccess.Mknod));
            int known = _exceptions.FindIndex(e => e.Type == type && e.Major == major && e.Minor == minor);
            if (allow == _allowByDefault)
            {
                if (known >= 0)
                    _exceptions[known] = (type, major, minor, _exceptions[known].Access & ~access);
            }
            else if (known >= 0)
            {
                _exceptions[known] = (type, major, minor, _exceptions[known].Access | access);
            }
            else
            {
                _exceptions.Add((type, major, minor, access));
            }
        }

        public bool Allows(char type, uint major, uint minor, DeviceAccess access)
        {
            var matching = _exceptions.Where(e => e.Type == type && (e.Major ?? major) == major && (e.Minor ?? minor) == minor);
            return _allowByDefault ? matching.All(e => (e.Access & access) == 0) : matching.Any(e => (access & ~e.Access) == 0);
        }

        private static uint? Number(string text) => text == "*" ? null : uint.Parse(text, CultureInfo.InvariantCulture);
    }
}
