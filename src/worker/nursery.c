// Nursery: births, deaths, and nothing else.
//
// Workers keep the nursery's end of the line open. So when the opening process reads its end, the
// nursery and all of its workers are gone, and nobody is left who could touch the shared memory.

#include "nursery.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "environment.h"
#include "home.h"
#include "output.h"
#include "say.h"
#include "worker.h"

typedef struct nursery {
    mhi_shop *shop;
    int fd;
    pid_t self;
    pid_t *pids; // of each seat's worker; 0: none
} nursery;

static _Noreturn void be_worker(const nursery *from, uint32_t number, const int fds[2])
{
    static mhi_worker worker;
    if (!mhi_process_die_with(from->self))
        mhi_process_leave(1);
    mhi_process_detach();
    mhi_letter born = {
        .kind = MHI_LETTER_BORN, .number = number, .death.pid = mhi_process_id()};
    if (mhi_line_send(from->fd, &born, sizeof born) != 0)
        mhi_process_leave(1);
    mhi_process_short_exit();
    mhi_home_settle(from->shop, number, from->fd);
    mhi_say_from_here(from->shop);
    mhi_worker_init(&worker, from->shop, number); // its pid is known before it is heard
    if (fds[0] >= 0 && mhi_output_settle(fds) != MH_OK)
        mhi_process_leave(1);
    mhi_environment_furnish(from->shop, number);
    mhi_shop_of_process = from->shop;
    worker.is_captured = fds[0] >= 0;
    mhi_phase phase = mhi_worker_live(&worker);
    mhi_process_leave(phase == MHI_LEFT ? 0 : 1);
}

static int fork_worker(nursery *self, uint32_t number, const int fds[2])
{
    mhi_seat *seat = &self->shop->seats[number];
    atomic_store_explicit(&seat->phase, MHI_UNBORN, memory_order_release);
    pid_t pid;
    int error = mhi_should_fail() ? EAGAIN : mhi_process_fork(&pid);
    if (error != 0)
        return error;
    if (pid == 0)
        be_worker(self, number, fds);
    self->pids[number] = pid;
    return 0;
}

// Only the worker keeps the files. They could not come along if there are too many already.
static int bear(nursery *self, uint32_t number, const int fds[2])
{
    bool is_lost = self->shop->common->captures != 0 && (fds[0] < 0 || fds[1] < 0);
    int error = is_lost ? EMFILE : fork_worker(self, number, fds);
    mhi_fd_close(fds[0]);
    mhi_fd_close(fds[1]);
    return error;
}

static _Noreturn void end(nursery *self)
{
    uint32_t seats = self->pids != NULL ? MHI_SEATS : 0;
    for (uint32_t i = 0; i < seats; i++)
        if (self->pids[i] != 0) {
            mhi_process_kill(self->pids[i]); // it may not have begun its group yet
            mhi_process_kill_group(self->pids[i]);
        }
    for (uint32_t i = 0; i < seats; i++)
        if (self->pids[i] != 0)
            mhi_process_reap(self->pids[i]);
    mhi_process_leave(0);
}

static void tell(nursery *self, mhi_letter letter)
{
    if (mhi_line_send(self->fd, &letter, sizeof letter) != 0)
        end(self);
}

// The next letter, of which the opener has sent one for each of the first workers already.
static int bear_first(nursery *self, uint32_t number)
{
    mhi_letter letter;
    int fds[2] = {-1, -1};
    if (self->shop->common->captures != 0 &&
        mhi_line_receive_fds(self->fd, &letter, sizeof letter, fds) != 0)
        end(self);
    return bear(self, number, fds);
}

static mhi_letter bear_all(nursery *self)
{
    mhi_letter letter = {.kind = MHI_LETTER_OPENED, .error = ENOMEM};
    uint32_t workers = self->shop->common->born_first;
    self->pids = mhi_allocate(MHI_SEATS, sizeof *self->pids);
    if (self->pids == NULL)
        return letter;
    letter.error = 0;
    for (uint32_t i = 0; i < workers && letter.error == 0; i++) {
        letter.error = bear_first(self, i);
        letter.number = i;
    }
    return letter;
}

static void open(nursery *self)
{
    mhi_letter letter = bear_all(self);
    tell(self, letter);
    if (letter.error != 0)
        end(self);
}

static void on_death(nursery *self, const mhi_death *death)
{
    for (uint32_t i = 0; i < MHI_SEATS; i++)
        if (self->pids[i] == death->pid) {
            self->pids[i] = 0;
            tell(self, (mhi_letter){.kind = MHI_LETTER_DIED, .number = i, .death = *death});
            return;
        }
}

// It is known by its process as well: whoever asked may not have heard yet that it died by itself.
static void kill_worker(const nursery *self, const mhi_letter *letter)
{
    if (letter->death.pid == 0 || self->pids[letter->number] != letter->death.pid)
        return;
    mhi_process_kill(letter->death.pid);
    mhi_process_kill_group(letter->death.pid);
}

static void on_letter(nursery *self)
{
    mhi_letter letter;
    int fds[2];
    if (mhi_line_receive_fds(self->fd, &letter, sizeof letter, fds) != 0)
        end(self); // the opener has closed the line, or is gone
    if (letter.number >= MHI_SEATS)
        return;
    if (letter.kind == MHI_LETTER_KILL) {
        kill_worker(self, &letter);
        return;
    }
    int error = bear(self, letter.number, fds);
    if (error != 0)
        tell(self, (mhi_letter){
                       .kind = MHI_LETTER_STILLBORN, .number = letter.number, .error = error});
}

_Noreturn void mhi_nursery_live(mhi_shop *shop, int fd, pid_t opener)
{
    nursery self = {.shop = shop, .fd = fd, .self = mhi_process_id()};
    if (mhi_nursery_begin(opener) != 0)
        mhi_process_leave(1);
    open(&self);
    for (;;) {
        mhi_death death;
        switch (mhi_nursery_wait(fd, &death)) {
        case MHI_NEWS_DEATH:
            on_death(&self, &death);
            break;
        case MHI_NEWS_MESSAGE:
            on_letter(&self);
            break;
        case MHI_NEWS_ORPHANED:
            end(&self);
        }
    }
}

// ---- a fresh start of the program ---------------------------------------------------------------

static const char VARIABLE[] = "MANYHANDS_NURSERY";

int mhi_nursery_exec(pid_t *pid, const mhi_shop *shop, int fd)
{
    char value[128];
    const int fds[] = {fd, shop->arena.fd};
    snprintf(value, sizeof value, "%d %d %d %u %llu", fd, shop->arena.fd, (int)mhi_process_id(),
             shop->common->workers, (unsigned long long)shop->arena.limit);
    return mhi_process_spawn_self(pid, VARIABLE, value, fds, 2);
}

// Runs before main, in every program that uses the library. Where the variable is set, this is not a
// program but the nursery of one, and main is never reached.
__attribute__((constructor)) static void become_nursery(void)
{
    const char *value = getenv(VARIABLE);
    int fd, file, opener;
    unsigned workers;
    unsigned long long limit;
    if (value == NULL ||
        sscanf(value, "%d %d %d %u %llu", &fd, &file, &opener, &workers, &limit) != 5)
        return;
    unsetenv(VARIABLE); // what tasks start is no nursery
    mhi_fd_keep_from_programs(fd);
    mhi_fd_keep_from_programs(file);
    static mhi_shop shop;
    mhi_shop_shape shape = {.workers = workers, .item_limit = limit};
    mh_status status = mhi_shop_attach(&shop, &shape, file);
    if (status == MH_OK)
        mhi_nursery_live(&shop, fd, opener);
    mhi_letter letter = {.kind = MHI_LETTER_OPENED, .error = ENOMEM};
    mhi_line_send(fd, &letter, sizeof letter);
    mhi_process_leave(1);
}
