#ifndef TESTS_H
#define TESTS_H
void test_basics(void);
void test_filesystem(void);
#endif
