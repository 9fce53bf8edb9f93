// Arena: the memory that a pool and its workers share.
//
// One file without a name holds all of it: a fixed part, mapped whole by every process, and
// behind it many areas, so far apart that they cannot meet. Only what is touched takes memory,
// and a process maps an area when it first needs it, so areas cost nothing until they are used.
//
// There is no allocator here that a crash could break: an area belongs to one slot and direction,
// and to whoever holds that slot's claim. Nothing in the file points anywhere; everything is
// offsets.
#ifndef MHI_ARENA_H
#define MHI_ARENA_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/status.h>

// Where this process has mapped an area.
typedef struct mhi_view {
    char *address;
    size_t size;
} mhi_view;

typedef struct mhi_arena {
    // fixed after open
    int fd;
    char *fixed; // the fixed part
    size_t fixed_size;
    uint32_t areas;
    uint64_t limit;  // most bytes of one item, or one result
    uint64_t stride; // from one area to the next
    uint64_t *rooms; // in the file: bytes of each area that have memory behind them
    // claimed: view n and room n belong to whoever holds what area n belongs to
    mhi_view *views;
    // atomic
    _Atomic uint32_t
        seen; // no view from this number on was ever used here. Relaxed: read at the end
} mhi_arena;

// What another process needs to map the same file.
typedef struct mhi_arena_shape {
    uint64_t fixed_size;
    uint64_t limit;
    uint32_t areas;
} mhi_arena_shape;

// Makes the file, and maps its fixed part, which is all zero bytes. MH_NO_MEMORY, MH_SYSTEM.
mh_status mhi_arena_open(mhi_arena *arena, const mhi_arena_shape *shape);

// Maps a file that another process made with the same shape. Takes over `fd`.
mh_status mhi_arena_attach(mhi_arena *arena, const mhi_arena_shape *shape, int fd);

// Children forked later get nothing of it; for when the workers' side has been born.
void mhi_arena_keep_from_children(mhi_arena *arena);

// In a child that was forked before that: forgets the views of its parent, which it does not have.
void mhi_arena_begin_child(mhi_arena *arena);

// Unmaps everything here. The file goes with the last process that has it.
void mhi_arena_close(mhi_arena *arena);

// Further views of the same file in the same process, for a thread that reads what the owner of
// an area is still writing: the owner's view may move. Only for mhi_arena_look. The arena must
// outlive them. MH_NO_MEMORY.
mh_status mhi_arena_open_again(mhi_arena *again, const mhi_arena *arena);
void mhi_arena_close_again(mhi_arena *again);

// The address of an area of which `size` bytes can be written. What was in it stays; it may have
// moved.
// MH_TOO_LARGE, MH_NO_MEMORY, MH_SYSTEM. `*room` is how much can be written without asking again.
mh_status mhi_arena_write(mhi_arena *arena, uint32_t area, uint64_t size, char **address,
                          uint64_t *room);

// The address of an area of which `size` bytes were written. NULL when there is no address space.
const char *mhi_arena_look(mhi_arena *arena, uint32_t area, uint64_t size);
static inline const char *mhi_arena_read(mhi_arena *arena, uint32_t area, uint64_t size)
{
    const mhi_view *view = &arena->views[area];
    return size <= view->size ? view->address : mhi_arena_look(arena, area, size);
}

// Memory behind a part of an area, so that it can be written where it is mapped. What was in it
// stays.
// MH_NO_MEMORY, MH_SYSTEM.
mh_status mhi_arena_reserve(mhi_arena *arena, uint32_t area, uint64_t from, uint64_t size);

// This process does not need its view of an area any more; and, nobody needs what is in it.
void mhi_arena_forget(mhi_arena *arena, uint32_t area);
void mhi_arena_empty(mhi_arena *arena, uint32_t area);

// Gives the memory of an area back, all but a little, if it holds more than `limit` bytes; and
// the view, where it is large. What was in it is lost.
void mhi_arena_give_back(mhi_arena *arena, uint32_t area);
static inline void mhi_arena_trim(mhi_arena *arena, uint32_t area, uint64_t limit)
{
    if (arena->rooms[area] > limit)
        mhi_arena_give_back(arena, area);
}

#endif
