#ifndef LATHE_WORKERS_H
#define LATHE_WORKERS_H

#include <stddef.h>

#include "include/lathe_threads.h"

/// On how many threads a call can run that has `available` bytes of scratch and needs worker_bytes for each: all of them, or fewer if
/// the number of threads has grown since the workspace was measured. 0 when there is not even enough for one.
static inline int lathe_worker_count(size_t available, size_t worker_bytes) {
    const size_t threads = (size_t)lathe_thread_count(), fit = worker_bytes > 0 ? available / worker_bytes : threads;
    return (int)(fit < threads ? fit : threads);
}

#endif
