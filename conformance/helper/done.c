/* The program of a container that has nothing else to show: its status tells a container that ran from a runtime that did nothing. */
int main(void) { return 42; }
