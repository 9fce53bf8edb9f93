// Told: bars that bring their numbers themselves, for maps, whose numbers nobody else can see.
//
// A thin layer over the screen: a list of what each bar was last told. Lock order: this file's lock,
// then the screen's.

#include "report.h"

#include <errno.h>
#include <string.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../platform/platform.h"
#include "screen.h"

struct mhi_bar {
    mhi_bar *next;   // under lock
    mhi_sight sight; // under lock
    bool is_told;    // under lock
    char title[];    // fixed after open
};

static mhi_mutex lock = PTHREAD_MUTEX_INITIALIZER;
static mhi_bar *bars;        // under lock; oldest first
static uint64_t keys;        // under lock
static bool is_fork_watched; // under lock
static mhi_sight *sights;    // under lock
static size_t room;          // under lock

static void forget_all(void)
{
    mhi_mutex_init(&lock); // whoever held it does not live here
    bars = NULL;
    sights = NULL;
    room = 0;
}

static int watch_forks(void)
{
    if (is_fork_watched)
        return 0;
    int error = mhi_should_fail() ? ENOMEM : mhi_at_fork(forget_all);
    is_fork_watched = error == 0;
    return error;
}

// Where the list points at this bar, or its end.
static mhi_bar **find(const mhi_bar *bar)
{
    mhi_bar **link = &bars;
    while (*link != NULL && *link != bar)
        link = &(*link)->next;
    return link;
}

static void look(void)
{
    size_t count = 0;
    for (const mhi_bar *bar = bars; bar != NULL; bar = bar->next)
        if (bar->is_told)
            sights[count++] = bar->sight;
    mhi_screen_look(sights, count, false);
}

// Room for one sight more, so that a look needs none.
static int make_room(void)
{
    size_t count = 1;
    for (const mhi_bar *bar = bars; bar != NULL; bar = bar->next)
        count++;
    if (count <= room)
        return 0;
    mhi_sight *more = mhi_resize(sights, 2 * count * sizeof *more);
    if (more == NULL)
        return ENOMEM;
    sights = more;
    room = 2 * count;
    return 0;
}

static int enlist(mhi_bar *bar)
{
    mhi_mutex_lock(&lock);
    int error = watch_forks();
    if (error == 0)
        error = make_room();
    if (error == 0) {
        *find(NULL) = bar;
        bar->sight = (mhi_sight){.key = ++keys, .title = bar->title};
    }
    mhi_mutex_unlock(&lock);
    return error;
}

mh_status mhi_bar_open(mhi_bar **bar, const char *title)
{
    mh_status status = mhi_screen_prepare();
    if (status != MH_OK)
        return status;
    size_t size = strlen(title) + 1;
    mhi_bar *fresh = mhi_allocate(1, sizeof *fresh + size);
    if (fresh == NULL)
        return mhi_refuse(MH_NO_MEMORY, "there is no memory for the progress of \"%s\"", title);
    memcpy(fresh->title, title, size);
    int error = enlist(fresh);
    if (error != 0) {
        mhi_free(fresh);
        return mhi_refuse_errno(error, "the progress of \"%s\" cannot be shown", title);
    }
    *bar = fresh;
    return MH_OK;
}

static void note(mhi_sight *sight, const mh_progress_facts *facts)
{
    uint64_t now_ns = mhi_clock_ns();
    sight->done = facts->done;
    sight->bad = facts->bad;
    sight->total = facts->total;
    sight->sized = facts->sized;
    sight->opened_ns = now_ns - facts->elapsed_ns;
    sight->ended_ns = now_ns;
    sight->ending = facts->ended ? MHI_CLOSED : MHI_RUNS;
}

void mhi_bar_tell(void *context, const mh_progress_facts *facts)
{
    mhi_bar *bar = context;
    mhi_mutex_lock(&lock);
    mhi_bar **link = find(bar);
    if (*link != NULL) {
        note(&bar->sight, facts);
        bar->is_told = true;
        look();
        if (facts->ended)
            *link = bar->next;
    }
    mhi_mutex_unlock(&lock);
    if (facts->ended)
        mhi_free(bar);
}

void mhi_bar_drop(mhi_bar *bar)
{
    mhi_mutex_lock(&lock);
    mhi_bar **link = find(bar);
    if (*link != NULL) {
        *link = bar->next;
        look();
    }
    mhi_mutex_unlock(&lock);
    mhi_free(bar);
}
