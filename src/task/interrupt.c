// Interrupt: the handler, the thread behind it, and their life.
//
// Lock order: `lock`, then that of all families (quiet.h). Handlers take none.

#include "interrupt.h"

#include <manyhands/interrupt.h>

#include <errno.h>
#include <limits.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../platform/platform.h"
#include "../worker/crew.h"
#include "../worker/lifeline.h"
#include "../worker/quiet.h"
#include "winding.h"

// How long the second signal waits for the workers' end, before it kills the program all the same.
#define PATIENCE_NS UINT64_C(2000000000)

static mhi_mutex lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_open;            // under lock
static bool is_fork_watched;    // under lock
static mhi_thread thread;       // under lock
static int ends[2] = {-1, -1};  // ours, and the handlers'; fixed while open
static mh_interrupt_signals by; // fixed while open
static mhi_brake brake; // fixed while open; before `owner`, which handlers look at first

// atomic, all sequential: what handlers use
static _Atomic int32_t owner;   // the process that has it open; 0: none
static _Atomic uint32_t heard;  // signals since the open
static _Atomic int first;       // the number of the first of them
static _Atomic uint32_t inside; // handlers that use what a close takes away; a futex

// ---- handlers -----------------------------------------------------------------------------------

static void restore_all(bool by_force)
{
    if (by != MH_ON_SIGTERM)
        mhi_signal_restore(MHI_SIGINT, by_force);
    if (by != MH_ON_SIGINT)
        mhi_signal_restore(MHI_SIGTERM, by_force);
}

static void begin_end(int number)
{
    atomic_store(&first, number);
    mhi_winding_ask(brake);
    if (mhi_line_send(ends[1], "!", 1) != 0) // one byte in all, so there is room
        mhi_winding_sweep_not();             // somebody has closed what is not his
}

// It is open, and this is the process that opened it.
static bool is_here(void)
{
    return atomic_load(&owner) == mhi_process_id();
}

// Also where a handler that was put over ours has called us.
static bool restore(int number)
{
    if (is_here())
        restore_all(false);
    return mhi_signal_restore(number, true);
}

// Where the program has a handler of its own it may live on. The terminal is left last, for bars are drawn
// until then.
static void kill_workers(int number)
{
    mhi_lifelines_cut(mhi_clock_ns() + PATIENCE_NS);
    bool dies = restore(number);
    if (mhi_interrupt_above.abandon != NULL)
        mhi_interrupt_above.abandon();
    if (dies)
        mhi_signal_raise(number);
    mhi_lifelines_let_go();
}

// Who is inside is waited for by a close; not while what the program has put there before us runs, which
// need never return.
static void hear(int number)
{
    atomic_fetch_add(&inside, 1);
    bool is_first = is_here() && atomic_fetch_add(&heard, 1) == 0;
    if (is_first)
        begin_end(number);
    else if (is_here())
        kill_workers(number);
    else
        restore(number);
    atomic_fetch_sub(&inside, 1);
    mhi_futex_wake(&inside, INT_MAX);
    if (!is_first)
        mhi_signal_raise(number);
}

// Woken by: the last handler that leaves.
static void wait_for_handlers(void)
{
    for (uint32_t seen; (seen = atomic_load(&inside)) != 0;)
        mhi_futex_wait(&inside, seen, UINT64_MAX);
}

// ---- our thread ---------------------------------------------------------------------------------

static void tell(const mhi_winding_stand *found)
{
    int number = atomic_load(&first);
    mhi_log(MH_LOG_WARNING,
            "interrupted by %s: %llu done, %llu running, %llu not begun; a second %s kills",
            mhi_signal_name(number), (unsigned long long)found->stand.done,
            (unsigned long long)found->stand.running, (unsigned long long)found->stand.waiting,
            number == MHI_SIGINT ? "Ctrl-C" : mhi_signal_name(number));
}

// Woken by: the first signal's byte, and the close, which ends the line.
static void *attend(void *nothing)
{
    for (char byte; mhi_line_receive(ends[0], &byte, 1) == 0;) {
        if (atomic_load(&heard) == 0)
            continue; // a child of this process wrote it, just before it forgot the line
        mhi_winding_stand found = mhi_winding_sweep();
        tell(&found);
    }
    mhi_quiet_threads_add(-1);
    return nothing;
}

static mh_status start_thread(void)
{
    int error = mhi_quiet_thread_start(&thread, attend, NULL);
    return error == 0 ? MH_OK : mhi_refuse_errno(error, "mh_interrupt_open: starting a thread");
}

// ---- opening and closing ------------------------------------------------------------------------

static void close_line(void)
{
    mhi_fd_close(ends[0]);
    mhi_fd_close(ends[1]);
    ends[0] = -1;
    ends[1] = -1;
}

static void forget_signals(void)
{
    atomic_store(&heard, 0);
    atomic_store(&first, 0);
}

// In a forked child all is as if it had never been opened. Whoever held the lock does not live here.
static void forget(void)
{
    mhi_mutex_init(&lock);
    bool was_open = atomic_exchange(&owner, 0) != 0;
    if (was_open) {
        restore_all(false);
        mhi_winding_forget();
    }
    close_line();
    forget_signals();
    atomic_store(&inside, 0);
    is_open = false;
}

static mh_status watch_forks(void)
{
    if (is_fork_watched)
        return MH_OK;
    int error = mhi_should_fail() ? ENOMEM : mhi_at_fork(forget);
    is_fork_watched = error == 0;
    return error == 0 ? MH_OK : mhi_refuse_errno(error, "mh_interrupt_open: watching forks");
}

static mh_status open_line(void)
{
    int error = mhi_should_fail() ? EMFILE : mhi_line_open(ends);
    if (error == 0)
        return MH_OK;
    ends[0] = -1;
    ends[1] = -1;
    return mhi_refuse_errno(error, "mh_interrupt_open: opening a line");
}

static void hear_signals(void)
{
    static const char ignored[] = "the program ignores %s, and goes on to do so";
    if (by != MH_ON_SIGTERM && !mhi_signal_hear(MHI_SIGINT, hear))
        mhi_log(MH_LOG_INFO, ignored, mhi_signal_name(MHI_SIGINT));
    if (by != MH_ON_SIGINT && !mhi_signal_hear(MHI_SIGTERM, hear))
        mhi_log(MH_LOG_INFO, ignored, mhi_signal_name(MHI_SIGTERM));
}

// Under lock.
static mh_status open(const mh_interrupt_options *options)
{
    if (is_open)
        return mhi_refuse(MH_BUSY, "mh_interrupt_open: it is open already");
    mh_status status = watch_forks();
    if (status == MH_OK)
        status = open_line();
    if (status != MH_OK)
        return status;
    status = start_thread();
    if (status != MH_OK) {
        close_line();
        return status;
    }
    by = options->signals;
    brake = options->cancel ? MHI_STOP : MHI_WIND_DOWN;
    forget_signals();
    is_open = true;
    atomic_store(&owner, mhi_process_id());
    hear_signals();
    return MH_OK;
}

mh_status mh_interrupt_open(const mh_interrupt_options *options)
{
    static const mh_interrupt_options defaults;
    if (options == NULL)
        options = &defaults;
    if ((unsigned)options->signals > MH_ON_SIGTERM)
        return mhi_refuse(MH_INVALID, "mh_interrupt_open: there is no choice of signals %d",
                          (int)options->signals);
    mhi_mutex_lock(&lock);
    mh_status status = open(options);
    mhi_mutex_unlock(&lock);
    return status;
}

// Under lock. Handlers first, then what they use.
static void close(void)
{
    restore_all(false);
    wait_for_handlers();
    mhi_line_end(ends[1]);
    mhi_thread_join(&thread); // a signal that came before is dealt with
    atomic_store(&owner, 0);
    wait_for_handlers();
    close_line();
    forget_signals();
    mhi_winding_go_on();
    is_open = false;
}

mh_status mh_interrupt_close(void)
{
    mhi_mutex_lock(&lock);
    bool was_open = is_open;
    if (was_open)
        close();
    mhi_mutex_unlock(&lock);
    if (!was_open)
        return mhi_refuse(MH_NOT_FOUND, "mh_interrupt_close: it is not open in this process");
    return MH_OK;
}

bool mh_is_interrupted(void)
{
    return atomic_load(&heard) != 0;
}
