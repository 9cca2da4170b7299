#ifndef TESTS_H
#define TESTS_H
void test_basics(void);
void test_filesystem(void);
void test_program(void);
void test_hooks(void);
void test_console(void);
void test_home(void);
void test_streams(void);
void test_isolation(void);
#endif
