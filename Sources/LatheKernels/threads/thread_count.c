// How many threads a run uses: LATHE_THREADS, else the processors this process may run on.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // sched_getaffinity
#endif

#include "thread_count.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

#include "../include/lathe_threads.h"

static pthread_once_t probed = PTHREAD_ONCE_INIT;
static int processors;
static const char *variable_error;
static atomic_int thread_count;

static int clamp(long value) {
    return value < 1 ? 1 : value > lathe_thread_limit ? lathe_thread_limit : (int)value;
}

static int count_processors(void) {
#if defined(__linux__)
    // taskset, cpusets and batch systems narrow the affinity mask; sysconf does not see that.
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return clamp(CPU_COUNT(&allowed));
#endif
    return clamp(sysconf(_SC_NPROCESSORS_ONLN));
}

/// A whole number from 1 to the limit, in decimal digits only; 0 for anything else.
static int parse_count(const char *text) {
    int value = 0;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9') return 0;
        value = value * 10 + (*c - '0');
        if (value > lathe_thread_limit) return 0;
    }
    return value;
}

static void probe(void) {
    processors = count_processors();
    int count = processors;
    const char *text = getenv("LATHE_THREADS");
    if (text) {
        int wanted = parse_count(text);
        if (wanted > 0) {
            count = wanted;
        } else {
            variable_error = "LATHE_THREADS must be a whole number from 1 to 1024";
        }
    }
    atomic_store_explicit(&thread_count, count, memory_order_relaxed);
}

int lathe_processor_count(void) {
    pthread_once(&probed, probe);
    return processors;
}

int lathe_thread_count(void) {
    pthread_once(&probed, probe);
    return atomic_load_explicit(&thread_count, memory_order_relaxed);
}

void lathe_set_thread_count(int count) {
    pthread_once(&probed, probe);
    atomic_store_explicit(&thread_count, clamp(count), memory_order_relaxed);
}

const char *lathe_threads_error(void) {
    pthread_once(&probed, probe);
    return variable_error;
}
