using FluentAssertions;
using Lade.IntegrationTests.Fixtures;
using Xunit;

namespace Lade.IntegrationTests.Security;

/// <summary>Keys of a container are its own, also where another container has the same uid.</summary>
public sealed class SessionKeyringTests : ContainerTest
{
    private const string Keys = """
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        #define SESSION (-3)
        static long keyctl(long a, long b, long c, long d, long e) { return syscall(SYS_keyctl, a, b, c, d, e); }
        int main(int argc, char **argv)
        {
            char text[64] = "";
            if (strcmp(argv[1], "add") == 0) {
                long key = syscall(SYS_add_key, "user", "k", "secret", 6, SESSION);
                keyctl(5, key, 0x3f3f3f3f, 0, 0);
                printf("%ld %ld\n", keyctl(0, SESSION, 0, 0, 0), key);
                fflush(stdout);
                for (;;)
                    pause();
            }
            if (strcmp(argv[1], "name") == 0) {
                keyctl(1, (long)argv[2], 0, 0, 0);
                long key = keyctl(10, SESSION, (long)"user", (long)"k", 0);
                printf("%s\n", key > 0 && keyctl(11, key, (long)text, 63, 0) > 0 ? text : "none");
            }
            if (strcmp(argv[1], "serial") == 0) {
                long ring = atol(argv[2]);
                printf("link %d", keyctl(8, ring, SESSION, 0, 0) == 0);
                printf(" search %d", keyctl(10, ring, (long)"user", (long)"k", 0) > 0);
                printf(" describe %d", keyctl(6, ring, (long)text, 63, 0) > 0);
                printf(" read %d\n", keyctl(11, ring, (long)text, 63, 0) > 0);
            }
            if (strcmp(argv[1], "own") == 0) {
                long key = keyctl(10, SESSION, (long)"user", (long)"k", 0);
                printf("%s\n", key > 0 && keyctl(11, key, (long)text, 63, 0) > 0 ? text : "none");
            }
            return 0;
        }
        """;

    [Fact]
    public void Another_container_finds_neither_the_name_nor_the_keys()
    {
        Bundle.Program("keys", Keys).Args("keys", "add").Set("/linux/maskedPaths", null).Remove("/linux/maskedPaths");
        Container victim = NewContainer("victim").RunDetached().WaitForOutput(" ");
        string ring = victim.Stdout.Split(' ')[0];
        Bundle other = NewBundle().Program("keys", Keys).Remove("/linux/maskedPaths").Sleeps();
        Container attacker = NewContainer(other, "attacker").RunDetached();

        attacker.Exec("attacker", "grep", "-c", "_ses.victim", "/proc/keys").Output.Should().Be("0");
        attacker.Exec("attacker", "keys", "name", "_ses.victim").Output.Should().Be("none");
        // What search is left to the owner is what joining by name takes; it finds a serial number, and no key can be read by that.
        attacker.Exec("attacker", "keys", "serial", ring).Output.Should().StartWith("link 0 ").And.EndWith(" describe 0 read 0");
        // The container's own, by `exec` too.
        victim.Exec("victim", "keys", "own").Output.Should().Be("secret");
    }
}
