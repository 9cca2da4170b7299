#include "harness.h"
#include "tests.h"

int main(int argc, char **argv)
{
    if (argc != 2 || geteuid() != 0) {
        fprintf(stderr, "usage (as root): %s DIRECTORY\n", argv[0]);
        return 2;
    }
    root_path = argv[1];
    /* The constructor that is linked in makes lade ignore it from the start; the tests need the default, as programs do. */
    signal(SIGXFSZ, SIG_DFL);
    test_basics();
    test_filesystem();
    test_program();
    test_hooks();
    test_home();
    test_streams();
    test_isolation();
    test_console();
    printf("%d failed\n", failures);
    return failures != 0;
}
