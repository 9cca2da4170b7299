using System.IO;
using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Exec;

/// <summary>`exec --process`: a process with a document of its own.</summary>
public sealed class ExecDocumentTests : ExecTest
{
    [Fact]
    public void Everything_it_says_counts()
    {
        Container container = StartSleeping();
        string document = Document(
            ["sh", "-c", "echo $A; pwd; id -u; id -g; id -G; ulimit -c; umask; cat /proc/self/oom_score_adj; cat /proc/self/status"],
            """
            {
                "cwd": "/usr", "env": ["PATH=/bin", "A=1"], "user": { "uid": 1000, "gid": 1001, "umask": 7, "additionalGids": [5] }, "noNewPrivileges": true,
                "rlimits": [ { "type": "RLIMIT_CORE", "soft": 1024, "hard": 1024 } ], "oomScoreAdj": 77,
                "capabilities": { "bounding": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"], "effective": ["CAP_CHOWN"], "inheritable": ["CAP_CHOWN"], "ambient": ["CAP_CHOWN"] }
            }
            """);

        CommandResult result = container.Exec("--process", document, "container");

        (result.ExitCode, result.Stderr).Should().Be((0, ""));
        result.Lines[..8].Should().Equal("1", "/usr", "1000", "1001", "1001 5", "2", "0007", "77");
        foreach (string set in (string[])["CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb"])
            StatusLine(result, set).Should().Be("0000000000000001");
        StatusLine(result, "NoNewPrivs").Should().Be("1");
    }

    [Fact]
    public void What_confines_and_is_missing_comes_from_the_container()
    {
        Bundle.Capabilities(["CAP_KILL"]).SetJson("/process/rlimits", """[ { "type": "RLIMIT_CORE", "soft": 1024, "hard": 2048 } ]""").Set("/process/oomScoreAdj", 55)
            .Set("/process/user/umask", 63).Env("PATH=/bin", "A=1").Set("/process/cwd", "/var");
        Container container = StartSleeping();

        CommandResult result = container.Exec("-p", Document(["/bin/sh", "-c", "echo -$A-; pwd; ulimit -c; umask; /bin/cat /proc/self/oom_score_adj /proc/self/status"]), "container");

        result.Lines[..5].Should().Equal("--", "/", "2", "0077", "55");
        StatusLine(result, "CapEff").Should().Be("0000000000000020");
    }

    [Fact]
    public void Its_mistakes_are_named_by_their_places_in_it()
    {
        Container container = StartSleeping();
        string path = Bundle.Directory + "/broken.json";
        File.WriteAllText(path, """{ "cwd": "x", "args": [], "user": { "uid": -1 } }""");

        string error = ExecError(container, "--process", path, "container");

        error.Should().Contain(path + ": 3 problems").And.Contain(" /user/uid: ").And.Contain(" /cwd: ").And.Contain(" /args: ");
    }

    [Fact]
    public void A_failing_operation_is_named_by_its_place_in_it() =>
        ExecError(StartSleeping(), "--process", Document(["/nope"]), "container").Should().Contain("exec failed: /args/0: unable to start container process");

    [Fact]
    public void A_missing_document() =>
        ExecError(StartSleeping(), "--process", "/nope.json", "container").Should().Contain("open /nope.json: ENOENT: no such file or directory");

    [Fact]
    public void Umask_is_0022_when_nobody_says()
    {
        Container container = StartSleeping();
        Bundle.Lade.Surroundings = "umask 0";
        container.Exec("--process", Document(["/bin/sh", "-c", "umask"]), "container").Output.Should().Be("0022");
    }
}
