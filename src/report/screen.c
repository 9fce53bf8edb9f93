// Screen: one lock, under it the bars that were seen and the surfaces they are told on; and the rhythm
// of frames.
//
// A forked child forgets all of it: whoever held the lock does not live there, and the bars are its
// parent's to draw.

#include "screen.h"

#include <errno.h>
#include <time.h>

#include <manyhands/progress.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "../platform/platform.h"
#include "frame.h"
#include "look.h"
#include "roster.h"
#include "telling.h"
#include "wish.h"

#define FRAME_NS UINT64_C(100000000)
#define EARLY_NS (FRAME_NS / 10) // a look that comes a little early need not come again

static uint64_t wall_ns(void);

static const mhi_screen_target real = {mhi_terminal_write,   mhi_terminal_size, mhi_terminal_is,
                                       mhi_terminal_is_same, mhi_clock_ns,      wall_ns};

static mhi_mutex lock = PTHREAD_MUTEX_INITIALIZER;
static const mhi_screen_target *target = &real; // under lock
static mhi_surroundings around;                 // under lock
static bool is_prepared;                        // under lock
static bool is_fork_watched;                    // under lock
static mhi_roster roster;                       // under lock
static mhi_surface *surfaces;                   // under lock

static uint64_t wall_ns(void)
{
    struct timespec now = {0};
    timespec_get(&now, TIME_UTC);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// ---- beginning ------------------------------------------------------------------------------

static void forget_all(void)
{
    mhi_mutex_init(&lock);
    roster = (mhi_roster){0};
    surfaces = NULL;
}

static int watch_forks(void)
{
    if (is_fork_watched)
        return 0;
    int error = mhi_should_fail() ? ENOMEM : mhi_at_fork(forget_all);
    is_fork_watched = error == 0;
    return error;
}

mh_status mhi_screen_prepare(void)
{
    mhi_surroundings fresh = mhi_look_around(); // without the lock: it may log
    tzset();                                    // reads the environment too
    mhi_mutex_lock(&lock);
    around = fresh;
    is_prepared = true;
    int error = watch_forks();
    mhi_mutex_unlock(&lock);
    return error == 0 ? MH_OK : mhi_refuse_errno(error, "progress cannot watch for forks");
}

static void prepare_once(void)
{
    mhi_mutex_lock(&lock);
    bool is_needed = !is_prepared;
    mhi_mutex_unlock(&lock);
    if (is_needed)
        mhi_screen_prepare(); // unwatched, a forked child that has bars would draw these too
}

// ---- the bars that were seen ----------------------------------------------------------------

// Two descriptors of one terminal share a surface. NULL: there is no memory.
static mhi_surface *surface_of(int fd)
{
    mhi_surface **link = &surfaces;
    while (*link != NULL && !target->is_same((*link)->fd, fd))
        link = &(*link)->next;
    if (*link == NULL)
        *link = mhi_surface_open(target, fd);
    return *link;
}

static void enter_surface(mhi_seen *seen, mhi_surface *surface)
{
    seen->surface = surface;
    surface->users++;
    if (seen->look.mode == MH_PROGRESS_BAR) {
        surface->bars++;
        mhi_overall_begin(&surface->overall, seen->sight->opened_ns);
    }
}

// Tries again at each look, where there was no memory before. The descriptor of whoever is here is
// open; that of a bar that has ended may be closed by now.
static void find_surface(mhi_seen *seen)
{
    if (seen->look.mode == MH_PROGRESS_OFF)
        return;
    mhi_surface *surface = seen->surface != NULL ? seen->surface : surface_of(seen->fd);
    if (surface == NULL)
        return;
    surface->fd = seen->fd;
    if (seen->surface == NULL)
        enter_surface(seen, surface);
}

static void meet(mhi_seen *seen, const mhi_sight *sight)
{
    mhi_wish wish = mhi_wish_at(sight->opened_ns);
    *seen = (mhi_seen){.key = sight->key, .fd = wish.fd};
    seen->look = mhi_look_choose(&around, wish.mode, target->is_terminal(wish.fd));
}

static void leave_surface(mhi_seen *seen)
{
    if (seen->surface == NULL)
        return;
    seen->surface->users--;
    if (seen->look.mode == MH_PROGRESS_BAR) {
        seen->surface->bars--;
        seen->surface->is_changed = true;
    }
}

// One that cannot be remembered is met again at the next look; so all it loses is its speed. A last
// word cannot wait.
static void look_at(const mhi_sight *sight, mhi_roster *before, mhi_roster *ended)
{
    mhi_seen *seen = mhi_roster_take(before, sight->key), spare;
    bool is_new = seen == NULL;
    if (is_new && sight->ending == MHI_FORGOTTEN)
        return;
    if (is_new)
        seen = mhi_allocate(1, sizeof *seen);
    if (is_new)
        meet(seen != NULL ? seen : &spare, sight);
    if (seen == NULL) {
        spare.sight = sight;
        if (sight->ending != MHI_RUNS)
            mhi_tell_last(&spare, target);
        return;
    }
    seen->sight = sight;
    find_surface(seen);
    if (sight->ending == MHI_RUNS)
        mhi_roster_append(&roster, seen);
    else if (sight->ending == MHI_FORGOTTEN)
        mhi_roster_append(before, seen);
    else
        mhi_roster_add_ended(ended, seen);
}

static void release(mhi_roster *gone, bool has_last_word)
{
    for (mhi_seen *seen = gone->first, *next; seen != NULL; seen = next) {
        next = seen->next;
        if (has_last_word)
            mhi_tell_last(seen, target);
        leave_surface(seen);
        mhi_free(seen);
    }
}

// ---- the rhythm -----------------------------------------------------------------------------

static void draw(mhi_surface *surface, uint64_t now_ns, bool now)
{
    bool is_due = now_ns + EARLY_NS >= surface->due_ns;
    if (!is_due && !now && !surface->is_changed && surface->above.size == 0)
        return;
    if (surface->bars == 0 && surface->drawn == 0) {
        mhi_surface_flush(surface);
        return;
    }
    mhi_frame_draw(surface, &roster, now_ns);
    surface->is_changed = false;
    uint64_t next_ns = surface->due_ns + FRAME_NS;
    surface->due_ns = is_due && next_ns > now_ns ? next_ns : now_ns + FRAME_NS;
}

static void draw_all(uint64_t now_ns, bool now)
{
    for (mhi_surface **link = &surfaces; *link != NULL;) {
        mhi_surface *surface = *link;
        draw(surface, now_ns, now);
        if (surface->users == 0 && surface->drawn == 0) {
            *link = surface->next;
            mhi_surface_close(surface);
        } else {
            link = &surface->next;
        }
    }
}

void mhi_screen_look(const mhi_sight *sights, size_t count, bool now)
{
    prepare_once();
    mhi_mutex_lock(&lock);
    uint64_t now_ns = target->clock_ns();
    mhi_roster before = roster, ended = {0};
    roster = (mhi_roster){0};
    for (size_t i = 0; i < count; i++)
        look_at(&sights[i], &before, &ended);
    release(&before, false);
    release(&ended, true);
    for (mhi_seen *seen = roster.first; seen != NULL; seen = seen->next)
        mhi_tell_if_due(seen, target, now_ns);
    draw_all(now_ns, now);
    mhi_mutex_unlock(&lock);
}

// ---- what others write ----------------------------------------------------------------------

static void free_lock_in_children(void)
{
    mhi_fork_generation();
    mhi_fork_frees(&lock);
}

// Where bars are, or are about to be, drawn on what `fd` is; or NULL.
static mhi_surface *drawn_on(int fd)
{
    for (mhi_surface *surface = surfaces; surface != NULL; surface = surface->next)
        if ((surface->bars > 0 || surface->drawn > 0) && target->is_same(surface->fd, fd))
            return surface;
    return NULL;
}

static void say_above(mhi_surface *surface, const char *text, size_t size)
{
    mhi_surface_add_above(surface, text, size);
    if (text[size - 1] != '\n')
        mhi_surface_add_above(surface, "\n", 1);
    mhi_surface_flush(surface);
}

// To a terminal with the lock, so that no first frame comes in between. What goes elsewhere is written
// without, so that a full pipe does not hold up the bars.
void mhi_screen_say(int fd, const char *text, size_t size)
{
    static mhi_once once = MHI_ONCE;
    if (size == 0)
        return;
    mhi_once_call(&once,
                  free_lock_in_children); // another thread may fork while this one writes
    mhi_mutex_lock(&lock);
    const mhi_screen_target *used = target;
    mhi_surface *surface = drawn_on(fd);
    bool is_elsewhere = surface == NULL && !used->is_terminal(fd);
    if (surface != NULL)
        say_above(surface, text, size);
    else if (!is_elsewhere)
        used->write(fd, text, size);
    mhi_mutex_unlock(&lock);
    if (is_elsewhere)
        used->write(fd, text, size);
}

void mhi_screen_leave(void)
{
    mhi_mutex_lock(&lock);
    for (mhi_surface *surface = surfaces; surface != NULL; surface = surface->next)
        mhi_surface_leave(surface);
    mhi_mutex_unlock(&lock);
}

// ---- what the program wishes ----------------------------------------------------------------

mh_status mh_progress_to(mh_progress_mode mode, int fd)
{
    if ((int)mode < MH_PROGRESS_AUTO || mode > MH_PROGRESS_OFF)
        return mhi_refuse(MH_INVALID, "mh_progress_to: there is no mode %d", (int)mode);
    if (fd < -1 || (fd >= 0 && !mhi_fd_is_open(fd)))
        return mhi_refuse(MH_INVALID, "mh_progress_to: %d is no open descriptor", fd);
    mhi_mutex_lock(&lock);
    mhi_wish_add(&(mhi_wish){target->clock_ns(), mode, fd == -1 ? 2 : fd});
    mhi_mutex_unlock(&lock);
    return MH_OK;
}

void mhi_screen_on(const mhi_screen_target *new_target)
{
    mhi_mutex_lock(&lock);
    target = new_target != NULL ? new_target : &real;
    mhi_mutex_unlock(&lock);
}
