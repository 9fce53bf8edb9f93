// Supervisor: the thread of the program that hears how its worker processes end.
//
// It waits for letters of the nursery and for nothing else. For each death it settles what the dead worker
// held (settle.h), and asks for another in its place. It never waits for a worker. When the nursery itself
// is gone, everybody is, and all who wait are told.

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "../base/log.h"
#include "capture.h"
#include "family.h"
#include "hear.h"
#include "lifeline.h"
#include "nursery.h"
#include "quiet.h"
#include "settle.h"

void mhi_family_write(const mhi_family *family, const mhi_letter *letter)
{
    mhi_mutex *writing = (mhi_mutex *)(uintptr_t)&family->writing;
    mhi_mutex_lock(writing);
    mhi_line_send(family->fd, letter, sizeof *letter);
    mhi_mutex_unlock(writing);
}

int mhi_family_bear(const mhi_family *family, uint32_t number)
{
    int fds[MHI_OUTPUT_STREAMS];
    int error = mhi_capture_files(family->crew, number, fds);
    if (error != 0)
        return error;
    const mhi_letter letter = {.kind = MHI_LETTER_BEAR, .number = number};
    mhi_mutex *writing = (mhi_mutex *)(uintptr_t)&family->writing;
    mhi_mutex_lock(writing);
    error = mhi_line_send_fds(family->fd, &letter, sizeof letter, fds);
    mhi_mutex_unlock(writing);
    return error == ECONNRESET ? 0 : error; // the supervisor's next receive will say so
}

static bool is_ending(const mhi_family *self)
{
    return atomic_load(&self->crew->shop.common->ending) != 0;
}

// Without a setup there is nothing that could fail again and again; only a long row of early deaths
// means that the system does not let this worker live.
static int patience_with(const mhi_family *self, uint32_t number)
{
    enum { WITHOUT_SETUP = 30 };
    const mhi_shop *shop = &self->crew->shop;
    uint32_t routine = shop->seats[number].routine;
    bool has_setup = routine != MHI_ROUTINE_OWN &&
                     shop->common->routines.routine[routine].setup.file != 0;
    return has_setup ? MHI_TRIES : WITHOUT_SETUP;
}

// The crew ends, so a worker that died is not replaced. What its teardown came to can be read now.
static void leave_empty(mhi_crew *crew, uint32_t number)
{
    atomic_store_explicit(&crew->shop.seats[number].phase, MHI_GIVEN_UP, memory_order_release);
    mhi_crew_left(crew, number);
}

// It was to leave anyway.
static bool is_dismissed(const mhi_family *self, uint32_t number)
{
    return atomic_load(&self->crew->shop.seats[number].leaves) != 0;
}

static void try_again(mhi_family *self, uint32_t number, const char *reason)
{
    if (is_ending(self) || is_dismissed(self, number)) {
        leave_empty(self->crew, number);
        return;
    }
    for (; self->seat[number].tries < patience_with(self, number); self->seat[number].tries++) {
        int error = mhi_family_bear(self, number);
        if (error == 0)
            return;
        mhi_refuse_errno(error, "asking for a new worker %u", number);
    }
    mhi_crew_give_up(self->crew, number, reason);
}

static bool is_likely_oom(mhi_family *self, const mhi_death *death)
{
    if (death->signal != MHI_SIGKILL)
        return false;
    uint64_t before = self->oom_kills;
    self->oom_kills = mhi_oom_kills();
    return self->oom_kills > before;
}

static void describe(const mhi_letter *letter, mhi_phase phase, const char *seat_reason,
                     bool likely_oom, char *text, size_t room)
{
    if (phase == MHI_REFUSED) {
        snprintf(text, room, "%s", seat_reason);
        return;
    }
    char how[128];
    mhi_death_text(&letter->death, likely_oom, how, sizeof how);
    snprintf(text, room, "%s%s", phase < MHI_WORKING ? "in its setup, " : "", how);
}

static void on_death(mhi_family *self, const mhi_letter *letter)
{
    mhi_shop *shop = &self->crew->shop;
    uint32_t number = letter->number;
    self->seat[number].pid = 0;
    mhi_phase phase = (mhi_phase)atomic_load_explicit(&shop->seats[number].phase,
                                                      memory_order_acquire);
    bool likely_oom = is_likely_oom(self, &letter->death);
    uint64_t index = 0;
    mhi_settle_bars(shop, number);
    mhi_crew_hear_last(self->crew, number); // before what it ran is known to have ended
    // What it had taken of messages and permits is back before its task is known to have ended.
    if (self->crew->bury != NULL)
        self->crew->bury(self->crew, number, letter->death.pid);
    mhi_found found = mhi_settle(shop, number, &letter->death, likely_oom, &index);
    // It may have been woken for what is left now, or have died before it could wake others.
    mhi_shop_wake_all(shop);
    if (phase == MHI_LEFT) {
        mhi_crew_left(self->crew, number);
        return;
    }
    char text[MHI_REASON + 64];
    describe(letter, phase, shop->seats[number].reason, likely_oom, text, sizeof text);
    if (found == MHI_FOUND_KILLED)
        mhi_log(MH_LOG_INFO, "worker %u (pid %d) was killed with task %llu", number,
                (int)letter->death.pid, (unsigned long long)index);
    else if (found == MHI_FOUND_RUNNING)
        mhi_log(MH_LOG_WARNING, "worker %u (pid %d), running item %llu: %s", number,
                (int)letter->death.pid, (unsigned long long)index, text);
    else
        mhi_log(MH_LOG_WARNING, "worker %u (pid %d): %s", number, (int)letter->death.pid, text);
    bool was_set_up = phase == MHI_WORKING || phase == MHI_TEARING_DOWN;
    self->seat[number].tries = was_set_up ? 0 : self->seat[number].tries + 1;
    try_again(self, number, text);
}

static void on_stillbirth(mhi_family *self, const mhi_letter *letter)
{
    mhi_refuse_errno(letter->error, "forking a new worker %u", letter->number);
    self->seat[letter->number].tries++;
    try_again(self, letter->number, "it could not be forked");
}

// What dead workers had started may be alive still, where no nursery has killed their groups.
static void kill_groups(mhi_family *self)
{
    for (uint32_t i = 0; i < MHI_SEATS; i++)
        if (self->seat[i].pid > 0)
            mhi_process_kill_group(self->seat[i].pid);
}

static bool is_over(mhi_family *self)
{
    mhi_mutex_lock(&self->crew->lock);
    bool over = atomic_load(&self->crew->alive) == 0 && is_ending(self);
    mhi_mutex_unlock(&self->crew->lock);
    return over;
}

void mhi_family_end_if_over(mhi_family *family)
{
    if (is_over(family))
        mhi_line_end(family->fd);
}

// Of all who may have lived.
static void hear_lasts(mhi_crew *crew)
{
    for (uint32_t i = 0; i < MHI_SEATS; i++)
        if (atomic_load_explicit(&crew->shop.seats[i].pid, memory_order_relaxed) != 0)
            mhi_crew_hear_last(crew, i);
}

// Nobody of the family is left. What its workers held ends as crashes, all else as never done. Where they
// were killed on purpose, by a handler that has cut their line, that is no news.
static void on_loss(mhi_family *self, bool is_cut)
{
    mhi_crew *crew = self->crew;
    if (is_over(self))
        return;
    if (!is_cut)
        kill_groups(self);
    for (uint32_t i = 0; i < MHI_SEATS; i++)
        mhi_settle_bars(&crew->shop, i);
    hear_lasts(crew);
    mhi_log(is_cut ? MH_LOG_INFO : MH_LOG_ERROR,
            "the process that looks after the workers (pid %d) is gone, and they with it",
            (int)self->nursery);
    for (uint32_t i = 0; i < MHI_SEATS; i++) {
        mhi_death death = {.pid = self->seat[i].pid, .signal = MHI_SIGKILL};
        uint64_t index;
        if (crew->bury != NULL && death.pid != 0)
            crew->bury(crew, i, death.pid);
        mhi_settle(&crew->shop, i, &death, false, &index);
    }
    mhi_mutex_lock(&crew->lock);
    atomic_store(&crew->alive, 0);
    mhi_crew_lose(crew, "the process that looks after the workers was killed");
    mhi_mutex_unlock(&crew->lock);
    mhi_shop_break(&crew->shop);
}

// Waits for the next letter. When the nursery is dead, its workers die with it; but a child of theirs may hold
// the line open, and does not. So their groups are killed here, and then the line ends.
//
// While output is captured and somebody may be printing it is looked for now and then. Workers
// that begin to work ring when nobody watches.
static void listen(mhi_family *self)
{
    enum { LOOK_MS = 100 };
    mhi_heard heard;
    for (;;) {
        int timeout_ms = mhi_capture_watches(self->crew) ? LOOK_MS : -1;
        heard = mhi_line_listen(self->fd, self->watch, timeout_ms);
        if (heard != MHI_HEARD_NOTHING)
            break;
        mhi_crew_hear(self->crew);
    }
    if (heard == MHI_HEARD_LINE)
        return;
    if (!is_over(self))
        kill_groups(self);
    mhi_lifeline_remove(self->fd); // which knows the watch
    mhi_fd_close(self->watch);
    self->watch = -1;
}

void *mhi_family_supervise(void *family)
{
    mhi_family *self = family;
    mhi_letter letter;
    if (atomic_load(&self->crew->shop.common->rung) != 0)
        mhi_crew_answer(self->crew); // who rang before all were born
    mhi_family_end_if_over(self);
    for (listen(self); mhi_line_receive(self->fd, &letter, sizeof letter) == 0; listen(self)) {
        if (letter.kind == MHI_LETTER_BORN)
            self->seat[letter.number].pid = letter.death.pid;
        else if (letter.kind == MHI_LETTER_DIED)
            on_death(self, &letter);
        else if (letter.kind == MHI_LETTER_STILLBORN)
            on_stillbirth(self, &letter);
        else if (letter.kind == MHI_LETTER_SAID)
            mhi_crew_answer(self->crew);
        mhi_event_wake(&self->crew->shop.common->left, INT_MAX);
        mhi_family_end_if_over(self);
    }
    bool is_cut = mhi_lifeline_remove(self->fd);
    // It reaps its workers before it leaves; so nobody touches what is shared when that is settled.
    mhi_process_reap(self->nursery);
    on_loss(self, is_cut);
    mhi_quiet_threads_add(-1);
    return NULL;
}
