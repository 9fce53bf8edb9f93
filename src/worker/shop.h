// Shop: the place where a pool's workers work, as one process sees it.
//
// All of it lies in one arena: a table of windows through which work comes and goes, a seat for
// each worker, the routines, and the one event on which idle workers sleep. The opening process
// makes it before any worker is born; every worker process has the same, at its own addresses.
#ifndef MHI_SHOP_H
#define MHI_SHOP_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/pool.h>

#include "../platform/platform.h"
#include "../shared/arena.h"
#include "../shared/board.h"
#include "../shared/event.h"
#include "../shared/lines.h"
#include "../shared/window.h"
#include "routine.h"
#include "tracing.h"

enum { MHI_WINDOWS = 64, MHI_REASON = 256, MHI_SEATS = MH_WORKERS_LIMIT };
enum { MHI_SEAT_WORDS = MHI_SEATS / 64 }; // of a set of seats

// The window of the pool's single tasks; all others are for maps.
enum { MHI_TASK_WINDOW = MHI_WINDOWS - 1 };

// Where the worker of a seat is in its life. It goes up, until a new worker takes the seat.
typedef enum mhi_phase {
    MHI_UNBORN,
    MHI_SETTING_UP,
    MHI_WORKING,
    MHI_TEARING_DOWN,
    MHI_LEFT,     // it ended in order
    MHI_REFUSED,  // its setup failed; the reason is in the seat
    MHI_GIVEN_UP, // nobody will take this seat again
} mhi_phase;

// A worker's place: it keeps its number, routine and argument when the worker is replaced.
typedef struct mhi_seat {
    // fixed after open
    alignas(128) uint32_t routine; // of its own, or MHI_ROUTINE_OWN for none
    uint64_t argument_at;          // in the area of arguments
    uint64_t argument_size;
    uint64_t environment_at; // likewise: texts, each with its NUL
    uint64_t environment_size;
    // atomic
    _Atomic uint32_t leaves; // its worker is to leave after what it runs; event `work`
    _Atomic uint32_t
        phase; // an mhi_phase; release, so that what lies below can be read by who sees it
    _Atomic int32_t pid; // told by a worker process itself, before it takes anything; relaxed
    // where output is captured (output.h)
    _Atomic uint32_t is_at_work;  // its worker may be printing
    _Atomic uint64_t heard_to[2]; // bytes of stdout and stderr that were read; event `heard`
    mhi_event heard;
    // written by its worker before it leaves, read by the opening process afterwards
    uint64_t last_used; // bytes of the record of its last result; 0: none
    char reason[MHI_REASON];
} mhi_seat;

// What lies at the beginning of the arena.
typedef struct mhi_common {
    // fixed after open
    uint32_t workers;    // the most that the open asked for, which all of this was laid out for
    uint32_t born_first; // seats whose workers are born by the open
    uint32_t stay;       // workers from this number on leave when they are idle for
    uint64_t idle_ns;    // so long; UINT64_MAX: they stay
    uint32_t slots;      // most places in a window
    uint32_t ring;       // places a window has when nobody asks for more
    _Atomic uint32_t
        looks; // how often somebody who waits looks again before it sleeps; relaxed
    _Atomic uint32_t per_turn; // looks for one turn of giving the processor away; relaxed
    uint32_t threads;          // a worker process is to use, of OpenMP and its kin
    uint32_t is_traced;        // whether workers write down what they run (tracing.h)
    uint64_t opened_ns;
    uint32_t captures;         // 1: what worker processes print is captured
    _Atomic int32_t log_limit; // what worker processes may say; relaxed
    bool drops_logs;           // what finds no room, instead of waiting; fixed
    uint64_t seats_at;
    uint64_t lines_at;
    uint64_t board_at;
    uint64_t rings_at;
    uint64_t ring_stride;
    uint64_t ledgers_at;
    // atomic
    _Atomic uint32_t ending; // workers leave once there is nothing to take; event `work`
    _Atomic uint32_t
        broken; // no worker is left, or will come; release: partner of who reads the reason
    alignas(128) _Atomic uint64_t
        open; // bit n: window n is in use. Release at open, acquire by workers
    alignas(128) mhi_event work;  // there may be something to take, or the pool ends
    alignas(128) mhi_event left;  // a worker has left, or was given up; nobody helps any more
    alignas(128) mhi_event asked; // somebody is asked to stop
    _Atomic uint32_t stirred;     // a worker process asks the opener to stir
    _Atomic uint32_t freed;       // a worker process has given a permit back; sequential
    // what worker processes have to say (hear.h)
    alignas(128) _Atomic uint64_t said;        // how often one of them had something to say
    _Atomic uint64_t speakers[MHI_SEAT_WORDS]; // who, since the opener heard them
    _Atomic uint32_t rung;                     // the supervisor was told, and has not heard yet
    _Atomic uint32_t is_watched; // the supervisor looks now and then what workers print
    mhi_routines routines;
} mhi_common;

typedef struct mhi_shop {
    mhi_arena arena;
    mhi_common *common;
    mhi_seat *seats;
    mhi_lines *lines;    // of each seat: what its worker says, if it is a process (hear.h)
    mhi_board *board;    // of worker processes: their bars
    mhi_ledger *ledgers; // of each seat's book, and of the opener's, which is the last
    mhi_window windows[MHI_WINDOWS];
    // of the opening process: its book
    mhi_mutex tracing; // the last lock that is taken
    mhi_tracer tracer; // under `tracing`
    // of the opening process; NULL in others
    void *desk;               // for its single tasks (task/)
    void (*stir)(void);       // wakes whoever waits for a message or an event
    bool (*help)(void *desk); // serial: runs a task, if there is one; else NULL
    // atomic, sequential
    _Atomic uint32_t hopeful; // threads that wait for messages, and help
} mhi_shop;

typedef struct mhi_shop_shape {
    uint32_t workers;
    uint64_t item_limit;
} mhi_shop_shape;

mh_status mhi_shop_open(mhi_shop *shop, const mhi_shop_shape *shape);
mh_status mhi_shop_attach(mhi_shop *shop, const mhi_shop_shape *shape, int fd);
void mhi_shop_close(mhi_shop *shop);

// The areas that belong to no slot, which come first: a worker's last result, and the arguments
// of all.
uint32_t mhi_shop_last_area(const mhi_shop *shop, uint32_t worker);
uint32_t mhi_shop_argument_area(const mhi_shop *shop);

// The books of all workers, and the opener's, which is number MHI_SEATS.
enum { MHI_BOOKS = MHI_SEATS + 1, MHI_BOOK_OPENER = MHI_SEATS };
uint32_t mhi_shop_book_area(const mhi_shop *shop, uint32_t book);

// Opens the book of a seat to write in it, for who is alone with the seat.
void mhi_shop_open_book(mhi_shop *shop, uint32_t number, mhi_tracer *tracer);

// Writes into the opener's book. Any thread of the opener.
void mhi_shop_trace(mhi_shop *shop, const mhi_trace_event *event);

// The number in the table of what `routine` means in a seat: it may be the seat's own.
static inline uint16_t mhi_shop_routine(const mhi_shop *shop, uint16_t routine, uint32_t seat)
{
    return routine != MHI_ROUTINE_OWN ? routine : (uint16_t)shop->seats[seat].routine;
}

// And those areas that come last: for channels and events (task/boxes.h).
enum { MHI_BOX_AREAS = 1 << 19 };
uint32_t mhi_shop_first_box(const mhi_shop *shop);

// How many slots, in all windows, are in one of these states: 1 << MHI_READY, 1 << MHI_TAKEN by a
// worker, or both.
uint32_t mhi_shop_count(const mhi_shop *shop, uint32_t states);

// Wakes everybody: idle workers, and whoever waits for a result or for workers to leave.
void mhi_shop_wake_all(mhi_shop *shop);

// Says that no worker is left, to all who wait.
void mhi_shop_break(mhi_shop *shop);

// There is something to look at at the desk: tells whoever attends, and whoever waits for a message but helps
// meanwhile. What there is was there before, and those announce themselves before they look (Dekker's argument,
// as in event.h).
void mhi_shop_tell(mhi_shop *shop);
// Whoever hears the workers next looks at this one as well.
static inline void mhi_shop_expect(const mhi_shop *shop, uint32_t number)
{
    atomic_fetch_or(&shop->common->speakers[number / 64], UINT64_C(1) << number % 64);
}

// Somebody is asked to stop: wakes whoever waits, in any process, to look again.
void mhi_shop_stir(mhi_shop *shop);

// Between look number `look` and the next, of somebody who waits a moment before sleeping.
void mhi_shop_pause(const mhi_shop *shop, uint32_t look);

#endif
