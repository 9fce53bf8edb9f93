// Boards: a list under a lock that every fork takes, so that no child is born in the middle of a look.

#include "boards.h"

#include "../platform/platform.h"
#include "outlook.h"

static mhi_mutex looking = PTHREAD_MUTEX_INITIALIZER;
static mhi_board own_board;                     // takes no memory before it is used
static mhi_watched own = {.board = &own_board}; // the first of the list
static uint64_t serials;                        // under `looking`
static mhi_once once = MHI_ONCE;

static void begin_fork(void)
{
    mhi_mutex_lock(&looking);
}

static void end_fork(void)
{
    mhi_mutex_unlock(&looking);
}

// What its parent watches is not the child's, and its bars are not here.
static void begin_child(void)
{
    mhi_mutex_unlock(&looking); // this thread took it, in begin_fork
    own.next = NULL;
    mhi_board_begin_child(&own_board);
}

static void watch_forks(void)
{
    mhi_at_fork_around(begin_fork, end_fork, begin_child);
}

mhi_watched *mhi_boards_hold(void)
{
    mhi_once_call(&once, watch_forks);
    mhi_mutex_lock(&looking);
    return &own;
}

void mhi_boards_release(void)
{
    mhi_mutex_unlock(&looking);
}

void mhi_boards_add(mhi_watched *watched, mhi_board *board)
{
    mhi_boards_hold();
    watched->board = board;
    watched->serial = ++serials;
    watched->next = own.next;
    own.next = watched;
    mhi_boards_release();
}

static void tell_above(void)
{
    if (mhi_outlook_above.bars != NULL)
        mhi_outlook_above.bars();
}

void mhi_boards_remove(mhi_watched *watched)
{
    bool is_used = atomic_load(&watched->board->changes) != 0;
    if (is_used)
        tell_above();
    mhi_boards_hold();
    mhi_watched *at = &own;
    while (at->next != watched)
        at = at->next;
    at->next = watched->next;
    mhi_boards_release();
    if (is_used)
        tell_above(); // should anything have been left there, it is gone now
}

mhi_board *mhi_boards_own(void)
{
    mhi_once_call(&once, watch_forks);
    return &own_board;
}

// Acquire: partner of the look's store. Who reads it here may rely on what that look has shown.
bool mhi_watched_has_news(const mhi_watched *watched)
{
    return atomic_load(&watched->board->changes) !=
           atomic_load_explicit(&watched->seen, memory_order_acquire);
}
