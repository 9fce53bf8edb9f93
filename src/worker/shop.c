// Shop: laying it out in an arena, and finding its parts there.

#include "shop.h"

#include <limits.h>

#include "../base/memory.h"
#include "../platform/platform.h"

static uint64_t round_up(uint64_t size)
{
    return (size + 127) & ~UINT64_C(127);
}

static uint32_t power_of_two(uint32_t least, uint32_t at_least)
{
    uint32_t slots = least;
    while (slots < at_least)
        slots *= 2;
    return slots;
}

// Enough that each worker has work, and more waiting, while the consumer empties others.
static uint32_t ring_for(uint32_t workers)
{
    return power_of_two(64, 4 * workers);
}

// A user may ask for a larger window; slots that are not used take no memory.
static uint32_t slots_for(uint32_t workers)
{
    return power_of_two(1024, 4 * workers);
}

static uint32_t first_book(uint32_t slots)
{
    return MHI_WINDOWS * slots * 2 + MHI_SEATS + 1;
}

static uint32_t first_box(uint32_t slots)
{
    return first_book(slots) + MHI_BOOKS;
}

static mhi_arena_shape arena_shape(const mhi_shop_shape *shape)
{
    uint32_t slots = slots_for(shape->workers);
    return (mhi_arena_shape){
        .fixed_size = round_up(sizeof(mhi_common)) +
                      MHI_SEATS * (sizeof(mhi_seat) + sizeof(mhi_lines)) + sizeof(mhi_board) +
                      MHI_WINDOWS * round_up(mhi_ring_size(slots)) +
                      MHI_BOOKS * sizeof(mhi_ledger),
        .limit = shape->item_limit,
        .areas = first_box(slots) + MHI_BOX_AREAS,
    };
}

static void find_parts(mhi_shop *shop)
{
    char *fixed = shop->arena.fixed;
    mhi_common *common = (mhi_common *)(void *)fixed;
    shop->common = common;
    shop->seats = (mhi_seat *)(void *)(fixed + common->seats_at);
    shop->lines = (mhi_lines *)(void *)(fixed + common->lines_at);
    shop->board = (mhi_board *)(void *)(fixed + common->board_at);
    shop->ledgers = (mhi_ledger *)(void *)(fixed + common->ledgers_at);
    mhi_mutex_init(&shop->tracing);
    for (uint32_t i = 0; i < MHI_WINDOWS; i++) {
        char *ring = fixed + common->rings_at + i * common->ring_stride;
        shop->windows[i] = (mhi_window){.arena = &shop->arena,
                                        .ring = (mhi_ring *)(void *)ring,
                                        .first_area = MHI_SEATS + 1 + i * common->slots * 2};
    }
}

mh_status mhi_shop_open(mhi_shop *shop, const mhi_shop_shape *shape)
{
    mhi_arena_shape wanted = arena_shape(shape);
    mh_status status = mhi_arena_open(&shop->arena, &wanted);
    if (status != MH_OK)
        return status;
    mhi_common *common = (mhi_common *)(void *)shop->arena.fixed;
    common->workers = shape->workers;
    common->slots = slots_for(shape->workers);
    common->ring = ring_for(shape->workers);
    common->seats_at = round_up(sizeof *common);
    common->lines_at = common->seats_at + MHI_SEATS * sizeof(mhi_seat);
    common->board_at = common->lines_at + MHI_SEATS * sizeof(mhi_lines);
    common->rings_at = common->board_at + sizeof(mhi_board);
    common->ring_stride = round_up(mhi_ring_size(common->slots));
    common->ledgers_at = common->rings_at + MHI_WINDOWS * common->ring_stride;
    common->opened_ns = mhi_clock_ns();
    find_parts(shop);
    mhi_shop_open_book(shop, MHI_BOOK_OPENER, &shop->tracer);
    return MH_OK;
}

mh_status mhi_shop_attach(mhi_shop *shop, const mhi_shop_shape *shape, int fd)
{
    mhi_arena_shape wanted = arena_shape(shape);
    mh_status status = mhi_arena_attach(&shop->arena, &wanted, fd);
    if (status == MH_OK)
        find_parts(shop);
    return status;
}

void mhi_shop_close(mhi_shop *shop)
{
    mhi_mutex_fini(&shop->tracing);
    mhi_arena_close(&shop->arena);
}

uint32_t mhi_shop_last_area(const mhi_shop *shop, uint32_t worker)
{
    (void)shop;
    return worker;
}

uint32_t mhi_shop_argument_area(const mhi_shop *shop)
{
    return mhi_shop_last_area(shop, MHI_SEATS);
}

uint32_t mhi_shop_book_area(const mhi_shop *shop, uint32_t book)
{
    return first_book(shop->common->slots) + book;
}

void mhi_shop_open_book(mhi_shop *shop, uint32_t number, mhi_tracer *tracer)
{
    mhi_tracer_begin(tracer, &shop->arena, &shop->ledgers[number],
                     mhi_shop_book_area(shop, number));
}

void mhi_shop_trace(mhi_shop *shop, const mhi_trace_event *event)
{
    mhi_mutex_lock(&shop->tracing);
    mhi_tracer_add(&shop->tracer, event);
    mhi_mutex_unlock(&shop->tracing);
}

uint32_t mhi_shop_first_box(const mhi_shop *shop)
{
    return first_box(shop->common->slots);
}

static uint32_t count_in(const mhi_ring *ring, uint32_t states)
{
    uint32_t count = 0;
    uint32_t slots = atomic_load_explicit(&ring->slots, memory_order_relaxed);
    for (uint32_t i = 0; i < slots; i++) {
        uint64_t word = atomic_load(&ring->slot[i].claim);
        count += (states >> mhi_claim_state(word) & 1) != 0 &&
                 mhi_claim_owner(word) != MHI_OWNER_OPENER;
    }
    return count;
}

uint32_t mhi_shop_count(const mhi_shop *shop, uint32_t states)
{
    uint32_t count = 0;
    uint64_t open = atomic_load_explicit(&shop->common->open, memory_order_acquire);
    for (uint32_t i = 0; i < MHI_WINDOWS; i++)
        if ((open >> i & 1) != 0)
            count += count_in(shop->windows[i].ring, states);
    return count;
}

void mhi_shop_wake_all(mhi_shop *shop)
{
    mhi_event_wake(&shop->common->work, INT_MAX);
    mhi_event_wake(&shop->common->left, INT_MAX);
    mhi_event_signal(&shop->common->asked, INT_MAX);
    for (uint32_t i = 0; i < MHI_WINDOWS; i++)
        mhi_event_signal(&shop->windows[i].ring->ended, INT_MAX);
    mhi_window_tell(&shop->windows[MHI_TASK_WINDOW]);
    // Whoever has told before may have died between the word and the wake.
    mhi_event_signal(&shop->windows[MHI_TASK_WINDOW].ring->unattended, INT_MAX);
}

void mhi_shop_tell(mhi_shop *shop)
{
    mhi_window_tell(&shop->windows[MHI_TASK_WINDOW]);
    if (atomic_load(&shop->hopeful) != 0)
        shop->stir();
}

// Only the opener knows all channels and events, so other processes ask it.
void mhi_shop_stir(mhi_shop *shop)
{
    mhi_event_signal(&shop->common->asked, INT_MAX);
    if (shop->stir != NULL) {
        shop->stir();
        return;
    }
    atomic_store(&shop->common->stirred, 1);
    mhi_window_tell(&shop->windows[MHI_TASK_WINDOW]);
}

void mhi_shop_break(mhi_shop *shop)
{
    atomic_store(&shop->common->broken, 1);
    mhi_shop_wake_all(shop);
}

// Spinning alone would be wrong whenever whom we wait for is to run on this very processor, and
// nobody can know when that is; so every now and then the processor is offered to others.
void mhi_shop_pause(const mhi_shop *shop, uint32_t look)
{
    if (look % atomic_load_explicit(&shop->common->per_turn, memory_order_relaxed) == 0)
        mhi_thread_yield();
    else
        mhi_cpu_relax();
}
