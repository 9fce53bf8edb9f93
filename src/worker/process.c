// Process: each worker is a child process, forked by a nursery.
//
// What is done here is done once per pool: the nursery is forked, or the program started afresh as one; the
// workers' births are awaited; a supervisor is started (supervisor.c), which does the rest.
//
// Lock order: `families`, then `hearing` of every other crew, then the log, for the moment of a
// fork; else one lock at a time.

#include <errno.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "capture.h"
#include "family.h"
#include "hear.h"
#include "lifeline.h"
#include "nursery.h"
#include "outlook.h"
#include "quiet.h"

static mhi_mutex families = PTHREAD_MUTEX_INITIALIZER;
static mhi_family *first; // under families: all process pools of this program
static int quiet_threads; // under families: of ours, that hold nothing a fork could tear
static _Thread_local bool is_holding_families; // while this thread forks

// Quiet threads hold nothing that a fork could tear: the log is paused, and the allocator looks after
// itself. Any other thread is the program's, and may hold anything.
static mh_start chosen_start(mh_start wanted)
{
    int threads = mhi_thread_count();
    bool alone = threads > 0 && threads - quiet_threads <= 1;
    mh_start start = wanted != MH_START_AUTO ? wanted : alone ? MH_START_FORK : MH_START_EXEC;
    mhi_log(MH_LOG_INFO, "worker processes begin by %s (%d threads%s)",
            start == MH_START_FORK ? "fork" : "exec", threads,
            wanted == MH_START_AUTO ? "" : ", as asked");
    return start;
}

// A child of this process has none of the supervisors, and may have been forked by any thread.
static void begin_child(void)
{
    if (is_holding_families)
        mhi_mutex_unlock(&families);
    else
        mhi_mutex_init(&families); // whoever held it is not here
    is_holding_families = false;
    first = NULL;
    quiet_threads = 0;
    mhi_lifelines_forget();
}

// Under the lock, so that none is born meanwhile with another limit; what this process may say is
// looked up here, so that the last of several changes is what stays.
static void tell_limit(void)
{
    mhi_mutex_lock(&families);
    for (const mhi_family *family = first; family != NULL; family = family->next)
        mhi_crew_pass_limit(family->crew);
    mhi_mutex_unlock(&families);
}

static void watch_forks(void)
{
    mhi_at_fork(begin_child);
    mhi_log_limit_tell_by(tell_limit);
}

static void ensure_watch(void)
{
    static mhi_once once = MHI_ONCE;
    mhi_once_call(&once, watch_forks);
}

// Whoever forks holds the same lock, so no thread stops being quiet at that moment.
void mhi_quiet_threads_add(int count)
{
    ensure_watch();
    mhi_mutex_lock(&families);
    quiet_threads += count;
    mhi_mutex_unlock(&families);
}

int mhi_quiet_thread_start(mhi_thread *thread, void *(*run)(void *), void *argument)
{
    ensure_watch();
    mhi_mutex_lock(&families);
    int error = mhi_should_fail() ? EAGAIN : mhi_thread_start(thread, run, argument);
    if (error == 0)
        mhi_thread_await_begin(thread);
    quiet_threads += error == 0;
    mhi_mutex_unlock(&families);
    return error;
}

void mhi_quiet_thread_join(mhi_thread *thread)
{
    mhi_mutex_lock(&families);
    mhi_thread_join(thread);
    quiet_threads--;
    mhi_mutex_unlock(&families);
}

// What belongs to other pools must not live on in this family.
static void forget(const mhi_family *others)
{
    for (; others != NULL; others = others->next) {
        mhi_fd_close(others->fd);
        mhi_fd_close(others->watch);
        mhi_fd_close(others->crew->shop.arena.fd);
        mhi_capture_forget(others->crew);
    }
}

// What supervisors do while they hear may be code of the user's, and hold anything.
static void pause_hearing(const mhi_family *others)
{
    for (; others != NULL; others = others->next)
        mhi_mutex_lock(&others->crew->hearing);
}

static void resume_hearing(const mhi_family *others)
{
    for (; others != NULL; others = others->next)
        mhi_mutex_unlock(&others->crew->hearing);
}

static int fork_nursery(mhi_family *self, int fd)
{
    pid_t opener = mhi_process_id();
    const mhi_family *others = first;
    pause_hearing(others);
    mhi_log_pause();
    is_holding_families = true;
    int error = mhi_process_fork(&self->nursery);
    is_holding_families = false;
    if (error != 0 || self->nursery != 0) {
        mhi_log_resume();
        resume_hearing(others);
        return error;
    }
    mhi_fd_close(self->fd);
    forget(others);
    mhi_arena_begin_child(&self->crew->shop.arena);
    self->crew->shop.desk = NULL;
    self->crew->shop.stir = NULL;
    mhi_nursery_live(&self->crew->shop, fd, opener);
}

// Under `families`, so that no pool comes or goes between the fork and the list the child inherits.
static int start_nursery(mhi_family *self, int fd)
{
    ensure_watch();
    mhi_mutex_lock(&families);
    mh_start start = chosen_start(self->crew->start);
    mhi_crew_pass_limit(self->crew);
    int error = mhi_should_fail() ? EAGAIN
                : start == MH_START_FORK
                    ? fork_nursery(self, fd)
                    : mhi_nursery_exec(&self->nursery, &self->crew->shop, fd);
    if (error == 0) {
        self->next = first;
        first = self;
    }
    mhi_mutex_unlock(&families);
    return error;
}

static void leave_families(mhi_family *self)
{
    mhi_mutex_lock(&families);
    mhi_family **at = &first;
    while (*at != self)
        at = &(*at)->next;
    *at = self->next;
    mhi_mutex_unlock(&families);
}

// The nursery forks the first workers by itself, but where they are to print it must be told.
static mh_status send_files(mhi_family *self)
{
    const mhi_crew *crew = self->crew;
    uint32_t count = crew->capture != NULL ? crew->shop.common->born_first : 0;
    for (uint32_t i = 0; i < count; i++) {
        int error = mhi_family_bear(self, i);
        if (error != 0)
            return mhi_refuse_errno(error, "making files for the output of worker %u of %u",
                                    i + 1, count);
    }
    return MH_OK;
}

// A worker may ring before the last one is born.
static mh_status wait_for_births(mhi_family *self)
{
    mhi_letter letter = {.kind = MHI_LETTER_BORN};
    int error = 0;
    while (error == 0 && letter.kind != MHI_LETTER_OPENED) {
        error = mhi_line_receive(self->fd, &letter, sizeof letter);
        if (error == 0 && letter.kind == MHI_LETTER_BORN && letter.number < MHI_SEATS)
            self->seat[letter.number].pid = letter.death.pid;
    }
    if (error != 0)
        return mhi_refuse(MH_SYSTEM,
                          "the process that is to fork the workers ended before it could");
    if (letter.error != 0)
        return mhi_refuse_errno(letter.error, "forking worker %u of %u", letter.number + 1,
                                self->crew->shop.common->born_first);
    mhi_arena_keep_from_children(&self->crew->shop.arena);
    return MH_OK;
}

// Its workers' bars are looked at from now on.
static mh_status start_supervisor(mhi_family *self)
{
    mhi_boards_add(&self->crew->bars, self->crew->shop.board);
    int error = mhi_quiet_thread_start(&self->supervisor, mhi_family_supervise, self);
    if (error == 0)
        return MH_OK;
    mhi_boards_remove(&self->crew->bars);
    return mhi_refuse_errno(error, "starting the supervisor's thread");
}

static mh_status start(mhi_family *self)
{
    int ends[2];
    int error = mhi_should_fail() ? EMFILE : mhi_line_open(ends);
    if (error != 0)
        return mhi_refuse_errno(error, "opening a line to the workers");
    self->fd = ends[0];
    error = start_nursery(self, ends[1]);
    mhi_fd_close(ends[1]);
    if (error != 0)
        mhi_fd_close(self->fd);
    if (error != 0)
        return mhi_refuse_errno(error, "starting the process that forks the workers");
    self->watch = mhi_process_watch(self->nursery);
    mhi_lifeline_add(self->fd, self->watch);
    mh_status status = send_files(self);
    if (status == MH_OK)
        status = wait_for_births(self);
    if (status == MH_OK)
        status = start_supervisor(self);
    if (status != MH_OK) {
        mhi_lifeline_remove(self->fd);
        mhi_line_end(self->fd);
        mhi_process_reap(self->nursery);
        mhi_crew_hear(self->crew); // what those have said who were born
        leave_families(self);
        mhi_fd_close(self->watch);
        mhi_fd_close(self->fd);
    }
    return status;
}

static mh_status open(mhi_crew *crew)
{
    mhi_family *self = mhi_allocate(1, sizeof *self);
    if (self == NULL)
        return mhi_refuse(MH_NO_MEMORY, "no memory for a pool of processes");
    self->crew = crew;
    self->fd = -1;
    self->watch = -1;
    mhi_mutex_init(&self->writing);
    self->oom_kills = mhi_oom_kills();
    if (mhi_outlook_above.begin != NULL)
        mhi_outlook_above.begin();
    mh_status status = start(self);
    if (status == MH_OK)
        crew->own = self;
    else
        mhi_free(self);
    return status;
}

static mhi_help help(mhi_crew *crew, bool waits)
{
    (void)crew;
    (void)waits;
    return MHI_NOTHING;
}

static void close(mhi_crew *crew)
{
    mhi_family *self = crew->own;
    // Where all workers were given up before, no letter will come any more.
    mhi_family_end_if_over(self);
    mhi_thread_join(&self->supervisor);
    mhi_boards_remove(&crew->bars);
    leave_families(self);
    mhi_fd_close(self->watch);
    mhi_fd_close(self->fd);
}

static mh_status start_one(mhi_crew *crew, uint32_t number)
{
    const mhi_family *self = crew->own;
    if (mhi_should_fail())
        return mhi_refuse(MH_SYSTEM, "asking for worker %u", number);
    // Should the nursery be gone, the supervisor will hear of it.
    int error = mhi_family_bear(self, number);
    return error == 0
               ? MH_OK
               : mhi_refuse_errno(error, "making files for the output of worker %u", number);
}

static void kill_one(mhi_crew *crew, uint32_t number, int32_t pid)
{
    mhi_family_write(
        crew->own, &(mhi_letter){.kind = MHI_LETTER_KILL, .number = number, .death.pid = pid});
}

const mhi_carrier mhi_carrier_processes = {
    .open = open, .start = start_one, .kill = kill_one, .help = help, .close = close};
