#ifndef LATHE_ALLOCATION_H
#define LATHE_ALLOCATION_H

/// With glibc, a program that links this target ends with exit code 1 and one line on stderr where `malloc`, `calloc`, `realloc` or Swift's runtime gets no memory:
/// Swift's arrays and Foundation have no way to refuse, and would crash. Other C libraries, and sanitizers, keep their own functions.
void lathe_allocation_failed(unsigned long size) __attribute__((noreturn));

#endif
