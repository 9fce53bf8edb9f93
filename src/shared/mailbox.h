// Mailbox: a bounded queue of messages between any processes, of which any may be killed at any
// instant.
//
// A message lies in a cell, and the word of each cell says who has it:
//
//     EMPTY --claim--> WRITING(owner) --take--> READING(owner) --confirm--> EMPTY
//
// (and READING --send again--> RETURNING(owner), which is as good as WRITING, but holds a whole
// message).
//
// In which order the messages are taken says a ring of entries beside the cells. Writing its
// number into the ring's next entry is what sends a message: one swap of one word, so a message
// is sent or it is not. The word of a sent cell stays as it is until it is taken. Head and tail
// only say where to look; whoever finds them behind moves them on. So nobody waits for anybody
// who is slow or dead.
//
//     entry: bits 63..48 cell | 47..32 lap, how often the ring had gone round | 31..0 generation of the cell
//
// Small messages lie in their cell, up to a page in a page of its own behind the cells, and
// larger ones in an area of the cell's own.
//
// The entry holds the generation of the claim word (claim.h), one more at each claim: so an entry
// whose message was taken is known as such, whatever its cell is used for now. There is always
// room in the ring, for it has as many entries as there are cells, and those of taken messages
// come first.
//
// After a death, once the dead process was reaped, mhi_mailbox_settle gives back the cells it was
// writing, and sends again what it had taken and not confirmed.
#ifndef MHI_MAILBOX_H
#define MHI_MAILBOX_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <manyhands/bytes.h>
#include <manyhands/status.h>

#include "arena.h"
#include "claim.h"
#include "event.h"

enum { MHI_CELL_BYTES = 96, MHI_CELL_PAGE = 4096 };

typedef struct mhi_cell {
    alignas(128) _Atomic uint64_t entry; // of the ring; about any cell, but mostly this one
    mhi_claim claim;
    bool has_page;         // claimed: there is memory behind its page
    _Atomic uint64_t size; // of the message; relaxed: ordered by the entry
    // claimed: the message, if it is small. Atomic, relaxed: it may be read by one who then finds
    // it taken
    alignas(16) _Atomic uint64_t word[MHI_CELL_BYTES / 8];
} mhi_cell;

// What lies in the mailbox's first area. The areas behind it belong to the cells, one each.
typedef struct mhi_mailbox_head {
    // fixed after begin
    uint32_t cells;
    uint32_t mask; // the ring has one entry more than that, a power of two
    alignas(128) _Atomic uint64_t
        tail; // where the next entry may be free; a position, never wrapped
    alignas(128) _Atomic uint64_t head; // where the next message to take may be
    alignas(128) mhi_event filled;      // a message was sent, or there may be no more
    mhi_event emptied;                  // a cell became free, or no more may be sent
    _Atomic uint32_t ended;             // no more is sent
    mhi_cell cell[];
} mhi_mailbox_head;

// A mailbox as one process sees it.
typedef struct mhi_mailbox {
    mhi_arena *arena;
    mhi_mailbox_head *head;
    uint32_t area; // the first
} mhi_mailbox;

typedef struct mhi_taken { // a message that was taken
    const void *data;
    uint64_t size;
    uint64_t place; // generation of the cell, and its number
} mhi_taken;

// How many areas it takes.
static inline uint32_t mhi_mailbox_areas(uint32_t cells)
{
    return 1 + cells;
}

// Makes an empty one, of up to 65536 cells, in areas that nobody else uses. MH_NO_MEMORY,
// MH_SYSTEM.
mh_status mhi_mailbox_begin(mhi_mailbox *mailbox, mhi_arena *arena, uint32_t area,
                            uint32_t cells);

// Gives the memory of all its areas back. Nobody may use it any more.
void mhi_mailbox_finish(mhi_mailbox *mailbox);

// One that was made by another process. False: there is no address space for it.
bool mhi_mailbox_find(mhi_mailbox *mailbox, mhi_arena *arena, uint32_t area);

// How many cells to look at while spinning: the one that comes free next is rarely far off.
enum { MHI_MAILBOX_GLANCE = 4 };

// Who has a cell: a process, by its number, of which Linux has 22 bits; or a call of a worker of
// the pool, by the seat of its worker, and how many calls on the same stack wait for it. Those on
// one stack wait for each other, so none waits for what another has taken.
enum { MHI_OWNER_CALL = 1 << 23, MHI_OWNER_SEATS = 1 << 10, MHI_OWNER_DEPTHS = 1 << 13 };
static inline uint32_t mhi_owner_of_call(uint32_t seat, uint32_t depth)
{
    return MHI_OWNER_CALL | depth % MHI_OWNER_DEPTHS * MHI_OWNER_SEATS | seat;
}

// ---- none of these waits ------------------------------------------------------------------------

// `owner` has 24 bits. Looks for a free cell among up to `reach` of them, those that are most
// likely free first.
// MH_TIMEOUT: none of these is. MH_CLOSED: it has been ended. MH_NO_MEMORY, MH_SYSTEM.
mh_status mhi_mailbox_send(mhi_mailbox *mailbox, uint32_t owner, mh_bytes message,
                           uint32_t reach);

// Takes the first message, if it has `least` to `most` bytes; else MH_INVALID or MH_TOO_LARGE,
// and only its size is told. MH_TIMEOUT: there is none.
// MH_END: nor will there be. MH_NO_MEMORY: there is no address space to see it; it was sent
// again.
mh_status mhi_mailbox_take(mhi_mailbox *mailbox, uint32_t owner, uint64_t least, uint64_t most,
                           mhi_taken *letter);

// Takes the first message into `buffer`, and confirms it. The same statuses; `*size` is told with
// MH_OK, MH_TOO_LARGE and MH_INVALID.
mh_status mhi_mailbox_receive(mhi_mailbox *mailbox, uint32_t owner, uint64_t least,
                              uint64_t most, void *buffer, uint64_t *size);

// False: `owner` does not have it.
bool mhi_mailbox_confirm(mhi_mailbox *mailbox, uint32_t owner, uint64_t place);

void mhi_mailbox_end(mhi_mailbox *mailbox);

// How many messages can be taken at this moment.
uint32_t mhi_mailbox_count(const mhi_mailbox *mailbox);

// For an `owner` that is dead, or has returned; the `heir` has what is sent again. Wakes everybody.
void mhi_mailbox_settle(mhi_mailbox *mailbox, uint32_t owner, uint32_t heir);

// Wakes all who sleep on it, to look again.
void mhi_mailbox_wake(mhi_mailbox *mailbox);

// For tests: called at each named step, where the process may die. NULL otherwise.
typedef enum mhi_mailbox_step {
    MHI_MAILBOX_CLAIMED,   // a cell is claimed, nothing is written
    MHI_MAILBOX_WRITTEN,   // the message is written, not sent
    MHI_MAILBOX_SENT,      // it is in the ring, the tail is behind
    MHI_MAILBOX_TOLD,      // nobody was woken for it yet
    MHI_MAILBOX_TAKEN,     // a message is taken, the head is behind
    MHI_MAILBOX_CONFIRMED, // its cell is free, nobody was woken for that yet
    MHI_MAILBOX_STEPS,
} mhi_mailbox_step;
extern void (*mhi_mailbox_trap)(mhi_mailbox_step step);

#endif
