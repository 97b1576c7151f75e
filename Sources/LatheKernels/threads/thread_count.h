#ifndef LATHE_THREAD_COUNT_H
#define LATHE_THREAD_COUNT_H

enum { lathe_thread_limit = 1024 };

/// The processors that this process may run on, at least 1, at most lathe_thread_limit. Asked once.
int lathe_processor_count(void);

#endif
