// Arena: a file, a fixed mapping, and views of areas that grow when they are needed.
//
// Views double, so that a growing result is mapped a few times and not at each step. Writers reserve
// memory before they touch it: a shortage is then a status, and not a bus error.

#include "arena.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../platform/platform.h"

enum {
    VIEW_LEAST = 64 << 10, // smallest view: below this a view costs more than it holds
    VIEW_KEEP = 64 << 20,  // larger views are not kept once their content has gone
};

// An area can hold this much beside one item of the largest size: many that travel together.
static const uint64_t BESIDE = UINT64_C(1) << 38;

static uint64_t round_up(uint64_t size, uint64_t to)
{
    return (size + to - 1) / to * to;
}

static uint64_t file_size(const mhi_arena *arena)
{
    return arena->fixed_size + arena->areas * arena->stride;
}

static void lay_out(mhi_arena *arena, const mhi_arena_shape *shape)
{
    size_t page = mhi_page_size();
    arena->areas = shape->areas;
    arena->limit = shape->limit;
    arena->stride = round_up(shape->limit, VIEW_LEAST) + BESIDE;
    arena->fixed_size = round_up(shape->fixed_size + shape->areas * sizeof *arena->rooms, page);
}

static mh_status map_fixed(mhi_arena *arena, const mhi_arena_shape *shape)
{
    void *address;
    int error = mhi_should_fail() ? ENOMEM
                                  : mhi_file_map(arena->fd, 0, arena->fixed_size, &address);
    if (error != 0)
        return mhi_refuse_errno(error, "mapping %zu bytes of shared memory", arena->fixed_size);
    arena->fixed = address;
    arena->rooms = (uint64_t *)(void *)(arena->fixed + round_up(shape->fixed_size, 8));
    return MH_OK;
}

mh_status mhi_arena_attach(mhi_arena *arena, const mhi_arena_shape *shape, int fd)
{
    *arena = (mhi_arena){.fd = fd};
    lay_out(arena, shape);
    arena->views = mhi_allocate(arena->areas, sizeof *arena->views);
    mh_status status = arena->views != NULL
                           ? map_fixed(arena, shape)
                           : mhi_refuse(MH_NO_MEMORY, "no memory for %u views", arena->areas);
    if (status != MH_OK)
        mhi_arena_close(arena);
    return status;
}

mh_status mhi_arena_open(mhi_arena *arena, const mhi_arena_shape *shape)
{
    mhi_arena wanted = {.fd = -1};
    lay_out(&wanted, shape);
    int fd = -1;
    int error = mhi_should_fail() ? ENOMEM : mhi_file_open(&fd, file_size(&wanted));
    if (error != 0)
        return mhi_refuse_errno(
            error,
            "making a sparse file of %llu bytes in memory (is there a limit "
            "on file sizes, ulimit -f?)",
            (unsigned long long)file_size(&wanted));
    return mhi_arena_attach(arena, shape, fd);
}

mh_status mhi_arena_open_again(mhi_arena *again, const mhi_arena *arena)
{
    mhi_view *views = mhi_allocate(arena->areas, sizeof *views);
    if (views == NULL)
        return mhi_refuse(MH_NO_MEMORY, "no memory for %u views", arena->areas);
    *again = (mhi_arena){.fd = arena->fd,
                         .fixed_size = arena->fixed_size,
                         .areas = arena->areas,
                         .limit = arena->limit,
                         .stride = arena->stride,
                         .views = views};
    return MH_OK;
}

static void close_views(mhi_arena *arena)
{
    for (uint32_t i = 0; i < atomic_load_explicit(&arena->seen, memory_order_relaxed); i++)
        mhi_file_unmap(arena->views[i].address, arena->views[i].size);
    mhi_free(arena->views);
}

void mhi_arena_close_again(mhi_arena *again)
{
    if (again->views != NULL)
        close_views(again);
    *again = (mhi_arena){.fd = -1};
}

void mhi_arena_keep_from_children(mhi_arena *arena)
{
    mhi_file_keep_from_children(arena->fixed, arena->fixed_size);
}

void mhi_arena_begin_child(mhi_arena *arena)
{
    memset(arena->views, 0, arena->seen * sizeof *arena->views);
}

void mhi_arena_close(mhi_arena *arena)
{
    close_views(arena);
    mhi_file_unmap(arena->fixed, arena->fixed_size);
    mhi_fd_close(arena->fd);
    *arena = (mhi_arena){.fd = -1};
}

static uint64_t offset_of(const mhi_arena *arena, uint32_t area)
{
    return arena->fixed_size + area * arena->stride;
}

static uint64_t doubled_until(uint64_t size, uint64_t least, uint64_t most)
{
    uint64_t doubled = least;
    while (doubled < size)
        doubled *= 2;
    return doubled < most ? doubled : most;
}

static void forget_view(mhi_view *view)
{
    mhi_file_unmap(view->address, view->size);
    *view = (mhi_view){0};
}

static void note_seen(mhi_arena *arena, uint32_t area)
{
    uint32_t seen = atomic_load_explicit(&arena->seen, memory_order_relaxed);
    while (seen <= area &&
           !atomic_compare_exchange_weak_explicit(&arena->seen, &seen, area + 1,
                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
}

static int see(mhi_arena *arena, uint32_t area, uint64_t size)
{
    mhi_view *view = &arena->views[area];
    if (size <= view->size)
        return 0;
    uint64_t wanted = doubled_until(size, VIEW_LEAST, arena->stride);
    void *address;
    int error = mhi_file_map(arena->fd, offset_of(arena, area), wanted, &address);
    if (error != 0)
        return error; // what was seen before is still there
    mhi_file_keep_from_children(address,
                                wanted); // else a child would keep memory that we give back
    forget_view(view);
    *view = (mhi_view){.address = address, .size = wanted};
    note_seen(arena, area);
    return 0;
}

// A worker that crashed may have damaged the number; what makes no sense is asked for anew.
static uint64_t room_of(const mhi_arena *arena, uint32_t area)
{
    uint64_t room = arena->rooms[area];
    return room <= arena->stride ? room : 0;
}

// Small areas double. Large ones take what is asked for, and when they grow again, a little more.
static uint64_t grown(uint64_t size, uint64_t have, uint64_t most)
{
    if (size <= VIEW_LEAST)
        return doubled_until(size, mhi_page_size(), most);
    uint64_t wanted = round_up(have <= VIEW_LEAST ? size : size + size / 16, mhi_page_size());
    return wanted < most ? wanted : most;
}

mh_status mhi_arena_write(mhi_arena *arena, uint32_t area, uint64_t size, char **address,
                          uint64_t *room)
{
    if (size > arena->stride)
        return MH_TOO_LARGE;
    uint64_t have = room_of(arena, area);
    int error = 0;
    if (size > have) {
        uint64_t wanted = grown(size, have, arena->stride);
        error = mhi_should_fail()
                    ? ENOMEM
                    : mhi_file_reserve(arena->fd, offset_of(arena, area) + have, wanted - have);
        if (error == 0)
            arena->rooms[area] = have = wanted;
    }
    if (error == 0)
        error = see(arena, area, have);
    if (error != 0)
        return mhi_refuse_errno(error, "%llu bytes of shared memory for one item or result",
                                (unsigned long long)size);
    arena->rooms[area] = have;
    *address = arena->views[area].address;
    *room = have;
    return MH_OK;
}

const char *mhi_arena_look(mhi_arena *arena, uint32_t area, uint64_t size)
{
    return size <= arena->stride && see(arena, area, size) == 0 ? arena->views[area].address
                                                                : NULL;
}

void mhi_arena_give_back(mhi_arena *arena, uint32_t area)
{
    uint64_t room = arena->rooms[area];
    if (room <= VIEW_LEAST)
        return;
    uint64_t end = room <= arena->stride ? room : arena->stride; // a damaged number: all of it
    mhi_file_release(arena->fd, offset_of(arena, area) + VIEW_LEAST, end - VIEW_LEAST);
    arena->rooms[area] = VIEW_LEAST;
    if (arena->views[area].size > VIEW_KEEP)
        forget_view(&arena->views[area]);
}

mh_status mhi_arena_reserve(mhi_arena *arena, uint32_t area, uint64_t from, uint64_t size)
{
    int error = mhi_should_fail()
                    ? ENOMEM
                    : mhi_file_reserve(arena->fd, offset_of(arena, area) + from, size);
    return error == 0 ? MH_OK
                      : mhi_refuse_errno(error, "%llu bytes of shared memory",
                                         (unsigned long long)size);
}

void mhi_arena_forget(mhi_arena *arena, uint32_t area)
{
    forget_view(&arena->views[area]);
}

void mhi_arena_empty(mhi_arena *arena, uint32_t area)
{
    if (arena->rooms[area] != 0)
        mhi_file_release(arena->fd, offset_of(arena, area), arena->stride);
    arena->rooms[area] = 0;
    forget_view(&arena->views[area]);
}
