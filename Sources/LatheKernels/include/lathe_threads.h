#ifndef LATHE_THREADS_H
#define LATHE_THREADS_H

#include "lathe_types.h"

/// One task of a parallel run: `index` counts tasks; `worker` (0..<lathe_thread_count()) names the thread that runs it, for scratch.
typedef void (*lathe_task)(void *context, int64_t index, int worker);

/// The number of threads parallel runs use, the calling one included: LATHE_THREADS if it is a whole number from 1 to 1024, else the
/// processors that this process may run on.
int lathe_thread_count(void);

/// Changes that number for runs that begin later; for benchmarks and tests. Values are clamped to 1...1024.
void lathe_set_thread_count(int count);

/// Runs task(context, i, worker) for every i in 0..<count and returns when all are done. The calling thread takes part.
/// Tasks are handed out in order, each to one thread. When called from inside a task, or while another thread's run is under way,
/// all tasks run on the caller as worker 0; scratch that `worker` selects must therefore belong to the call, never to the process.
void lathe_parallel(int64_t count, lathe_task task, void *context);

/// The same on at most `workers` (>= 1) threads: for scratch that was measured for so many, whatever lathe_set_thread_count does meanwhile.
void lathe_parallel_on(int workers, int64_t count, lathe_task task, void *context);

/// NULL, or why LATHE_THREADS was not understood (the processors' number is used then).
const char *lathe_threads_error(void);

#endif
