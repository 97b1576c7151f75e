// The thread pool behind lathe_parallel.
//
// A run is published in one 64-bit word. Workers that notice it *join* (a compare-and-swap that counts them in the same word), take task
// numbers from a shared counter until none are left, and leave. The caller works too; once the numbers are gone it closes the run, which
// keeps late workers out, and waits only for those that joined. So a run never waits for a worker that the system has not scheduled yet.
//
// Idle workers watch the word for some microseconds, since runs come in bursts, then sleep on a condition variable of their own. Waking
// goes down a binary tree (worker i wakes 2i + 1 and 2i + 2), so that the caller does not pay for waking 63 others.
//
// Workers are created when first needed and never end; exit() ends them. fork() is not supported: a child has no workers.

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "../include/lathe_threads.h"
#include "thread_count.h"

/// Two lines of 64 bytes: x86 prefetches lines in pairs, Apple's lines are 128 bytes.
#define LATHE_LINE 128

/// How long a waiting thread watches memory before it sleeps. Longer than the serial gaps between a network's operations; short, because
/// the other hyper-thread of the core may have work to do.
enum { spin_nanoseconds = 30000 };

// The word: bits 32...63 number the run, 16...31 hold how many threads may take part (0: closed), 0...15 how many workers have joined.
static inline uint32_t run_number(uint64_t word) { return (uint32_t)(word >> 32); }
static inline int run_participants(uint64_t word) { return (int)(word >> 16 & 0xffff); }
static inline int run_joined(uint64_t word) { return (int)(word & 0xffff); }

/// Where one thread sleeps. Slot 0 is that of whoever called lathe_parallel.
typedef struct slot {
    _Alignas(LATHE_LINE) atomic_bool asleep;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    uint32_t seen;  ///< the last run this worker has noticed; its own once it runs
} slot;

static struct {
    _Alignas(LATHE_LINE) _Atomic uint64_t word;
    _Alignas(LATHE_LINE) _Atomic int64_t next;
    _Alignas(LATHE_LINE) atomic_bool busy;  ///< held by the thread whose run is under way; guards what follows
    int created;                            ///< slots in use, the caller's included; 0 before the first run
    // The run. Written only while it is closed and nobody is joined.
    _Alignas(LATHE_LINE) lathe_task task;
    void *context;
    int64_t count;
    slot slots[lathe_thread_limit];
} pool;

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");  // `yield` does nothing on most cores; this takes some tens of cycles
#endif
}

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// True for a worker: another run than the one it has seen. For the caller (self == 0): all workers have left.
static inline bool is_over(int self, uint32_t seen) {
    uint64_t word = atomic_load_explicit(&pool.word, memory_order_seq_cst);
    return self == 0 ? run_joined(word) == 0 : run_number(word) != seen;
}

/// Waits until is_over(self, seen).
static void wait_until_over(int self, uint32_t seen) {
    if (is_over(self, seen)) return;
    // With more threads than processors, spinning keeps the awaited thread from running.
    if (lathe_thread_count() <= lathe_processor_count()) {
        int64_t end = nanoseconds() + spin_nanoseconds;
        do {
            for (int i = 0; i < 16; i++) {
                relax();
                if (is_over(self, seen)) return;
            }
        } while (nanoseconds() < end);
    }
    slot *slot = &pool.slots[self];
    pthread_mutex_lock(&slot->mutex);
    // Sequentially consistent, as is the waker's pair (change the word, then look at `asleep`): one of the two sees the other.
    atomic_store_explicit(&slot->asleep, true, memory_order_seq_cst);
    while (!is_over(self, seen)) pthread_cond_wait(&slot->wake, &slot->mutex);
    atomic_store_explicit(&slot->asleep, false, memory_order_relaxed);
    pthread_mutex_unlock(&slot->mutex);
}

static void wake(slot *slot) {
    if (!atomic_load_explicit(&slot->asleep, memory_order_seq_cst)) return;
    pthread_mutex_lock(&slot->mutex);
    pthread_cond_signal(&slot->wake);
    pthread_mutex_unlock(&slot->mutex);
}

static void wake_children(int self, int participants) {
    for (int child = 2 * self + 1; child <= 2 * self + 2; child++) {
        if (child < participants) wake(&pool.slots[child]);
    }
}

static void take_tasks(int worker) {
    lathe_task task = pool.task;
    void *context = pool.context;
    int64_t count = pool.count;
    for (;;) {
        int64_t index = atomic_fetch_add_explicit(&pool.next, 1, memory_order_relaxed);
        if (index >= count) return;
        task(context, index, worker);
    }
}

/// Counts `worker` in, if run `number` is still open to it.
static bool join(uint32_t number, int worker) {
    uint64_t word = atomic_load_explicit(&pool.word, memory_order_relaxed);
    do {
        if (run_number(word) != number || worker >= run_participants(word)) return false;
    } while (!atomic_compare_exchange_weak_explicit(&pool.word, &word, word + 1, memory_order_acquire, memory_order_relaxed));
    return true;
}

static void leave(void) {
    uint64_t word = atomic_fetch_sub_explicit(&pool.word, 1, memory_order_seq_cst) - 1;
    if (run_joined(word) == 0 && run_participants(word) == 0) wake(&pool.slots[0]);
}

static void *work(void *argument) {
    slot *slot = argument;
    int self = (int)(slot - pool.slots);
    for (;;) {
        wait_until_over(self, slot->seen);
        uint64_t word = atomic_load_explicit(&pool.word, memory_order_seq_cst);
        slot->seen = run_number(word);
        wake_children(self, run_participants(word));
        if (join(slot->seen, self)) {
            take_tasks(self);
            leave();
        }
    }
    return NULL;
}

/// Makes slots until there are `wanted`, the caller's included, and returns how many there are: fewer if the system gives no more threads.
static int create_workers(int wanted) {
    if (pool.created >= wanted) return wanted;
    // Signals belong to the program's own threads, except for those that a thread's own instructions raise: blocked, they end the process without its handler.
    static const int raised[] = {SIGBUS, SIGSEGV, SIGILL, SIGFPE, SIGTRAP, SIGSYS};
    sigset_t others, before;
    sigfillset(&others);
    for (size_t index = 0; index < sizeof raised / sizeof *raised; index++) sigdelset(&others, raised[index]);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    for (; pool.created < wanted; pool.created++) {
        slot *slot = &pool.slots[pool.created];
        pthread_mutex_init(&slot->mutex, NULL);
        pthread_cond_init(&slot->wake, NULL);
        if (pool.created == 0) continue;
        slot->seen = run_number(atomic_load_explicit(&pool.word, memory_order_relaxed));
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, slot) != 0) {
            pthread_cond_destroy(&slot->wake);
            pthread_mutex_destroy(&slot->mutex);
            break;
        }
        pthread_detach(thread);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pool.created;
}

static void run_here(int64_t count, lathe_task task, void *context) {
    for (int64_t index = 0; index < count; index++) task(context, index, 0);
}

void lathe_parallel(int64_t count, lathe_task task, void *context) {
    lathe_parallel_on(lathe_thread_limit, count, task, context);
}

void lathe_parallel_on(int workers, int64_t count, lathe_task task, void *context) {
    int participants = lathe_thread_count();
    if (participants > workers) participants = workers;
    if (participants > count) participants = (int)count;
    if (participants <= 1) {
        run_here(count, task, context);
        return;
    }
    if (atomic_exchange_explicit(&pool.busy, true, memory_order_acquire)) {
        run_here(count, task, context);  // nested, or another thread's run is under way
        return;
    }
    participants = create_workers(participants);
    pool.task = task;
    pool.context = context;
    pool.count = count;
    atomic_store_explicit(&pool.next, 0, memory_order_relaxed);
    uint32_t number = run_number(atomic_load_explicit(&pool.word, memory_order_relaxed)) + 1;
    atomic_store_explicit(&pool.word, (uint64_t)number << 32 | (uint64_t)participants << 16, memory_order_seq_cst);
    wake_children(0, participants);
    take_tasks(0);
    atomic_fetch_and_explicit(&pool.word, ~(uint64_t)0xffff0000, memory_order_seq_cst);
    wait_until_over(0, number);
    atomic_store_explicit(&pool.busy, false, memory_order_release);
}
