#define _GNU_SOURCE
#include "lathe_allocation.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static void say(const char *text, size_t count) {
    const ssize_t written = write(STDERR_FILENO, text, count);
    (void)written;
}

// Nothing here may need memory.
void lathe_allocation_failed(unsigned long size) {
    static const char before[] = "Error: out of memory: the system refused ", after[] = " bytes; use a smaller batch, sequence or model\n";
    char line[sizeof before + sizeof after + 20];
    char digits[20];
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + size % 10);
        size /= 10;
    } while (size > 0);
    const size_t count = sizeof digits - first;
    memcpy(line, before, sizeof before - 1);
    memcpy(line + sizeof before - 1, digits + first, count);
    memcpy(line + sizeof before - 1 + count, after, sizeof after - 1);
    say(line, sizeof before - 1 + count + sizeof after - 1);
    _exit(1);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define LATHE_SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(LATHE_SANITIZED)

// The program's definitions take the place of glibc's in all libraries (the manual: "Replacing malloc"); the memory is glibc's.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    void *memory = __libc_malloc(size);
    if (memory == NULL) lathe_allocation_failed(size);
    return memory;
}

void *calloc(size_t count, size_t size) {
    void *memory = __libc_calloc(count, size);
    if (memory == NULL) {
        size_t all;
        lathe_allocation_failed(__builtin_mul_overflow(count, size, &all) ? (size_t)-1 : all);
    }
    return memory;
}

void *realloc(void *memory, size_t size) {
    void *grown = __libc_realloc(memory, size);
    // realloc(memory, 0) may free and return NULL.
    if (grown == NULL && size > 0) lathe_allocation_failed(size);
    return grown;
}

// Swift's runtime ends the process where it gets no memory; others, such as Lathe's pool, free what they keep and ask again.
int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *found = __libc_memalign(alignment, size);
    if (found == NULL) {
        Dl_info caller;
        if (dladdr(__builtin_return_address(0), &caller) != 0 && caller.dli_fname != NULL && strstr(caller.dli_fname, "libswiftCore") != NULL)
            lathe_allocation_failed(size);
        return ENOMEM;
    }
    *memory = found;
    return 0;
}

#endif
