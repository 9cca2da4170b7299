#ifndef TESTS_H
#define TESTS_H
void test_basics(void);
void test_filesystem(void);
void test_program(void);
void test_hooks(void);
void test_console(void);
#endif
