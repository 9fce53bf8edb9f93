// Window, between threads: every chunk is performed once, in any order of steps, and nobody
// sleeps on.
//
// One thread is producer and consumer, as mh_map_next is; others take, perform and end,
// sleeping in between as workers do. Hints are spoilt on purpose, slots are given back
// half-way, and the ring is now and then begun afresh in another size while takers still look
// at it.

#include <check.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "platform/platform.h"
#include "shared/window.h"

enum { WORKERS = 2, MOST_SLOTS = 8, CHUNKS = 12000, BEGINNINGS = 60 };

static mhi_arena arena;
static mhi_window window;
static mhi_event work;
static _Atomic bool is_ending;
static _Atomic uint64_t performed[WORKERS];

static uint64_t draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static void waver(uint64_t *seed)
{
    if (draw(seed) % 4 == 0)
        sched_yield();
}

// ---- workers ------------------------------------------------------------------------------------

static mhi_slot *next(uint32_t number, uint64_t *seed)
{
    for (;;) {
        if (draw(seed) % 8 == 0)
            atomic_store_explicit(&window.ring->hint, (uint32_t)draw(seed),
                                  memory_order_relaxed);
        uint32_t seen = mhi_event_prepare(&work);
        mhi_slot *slot = mhi_window_take(&window, number, UINT32_MAX);
        if (slot != NULL || atomic_load(&is_ending)) {
            mhi_event_leave(&work);
            return slot;
        }
        waver(seed);
        mhi_event_sleep(&work, seen, UINT64_MAX);
    }
}

static void *live(void *argument)
{
    uint32_t number = (uint32_t)(uintptr_t)argument;
    uint64_t seed = number + 99;
    for (mhi_slot *slot; (slot = next(number, &seed)) != NULL;) {
        waver(&seed);
        if (draw(&seed) % 10 == 0) { // as if it had died here: the supervisor hands on
            mhi_window_give_back(&window, slot);
            mhi_event_wake(&work, INT_MAX);
            continue;
        }
        slot->output_used += slot->first + 1; // more than once would show
        atomic_fetch_add(&performed[number], 1);
        mhi_window_end(&window, slot);
    }
    return NULL;
}

// ---- the opening process ------------------------------------------------------------------------

typedef struct opener {
    bool is_unordered;
    uint64_t put, collected, seed;
    bool was_collected[CHUNKS];
} opener;

static mhi_slot *slot_at(uint64_t turn)
{
    uint32_t slots = window.ring->slots;
    return &window.ring->slot[turn & (slots - 1)];
}

static mhi_slot *in_state(const opener *self, uint64_t turn, mhi_state state)
{
    uint32_t slots = window.ring->slots;
    for (uint32_t i = 0; i < (self->is_unordered ? slots : 1); i++)
        if (mhi_claim_look(&slot_at(turn + i)->claim) == state)
            return slot_at(turn + i);
    return NULL;
}

static void put(opener *self, mhi_slot *slot)
{
    slot->first = self->put++;
    slot->output_used = 0;
    waver(&self->seed);
    mhi_claim_put(&slot->claim);
    mhi_event_signal(&work, 1);
}

static void collect(opener *self, mhi_slot *slot)
{
    uint64_t number = slot->first;
    if (slot->output_used != number + 1 || number >= self->put || self->was_collected[number])
        ck_abort_msg("chunk %d came as %d", (int)number, (int)slot->output_used);
    if (!self->is_unordered && number != self->collected)
        ck_abort_msg("chunk %d came as number %d", (int)number, (int)self->collected);
    self->was_collected[number] = true;
    self->collected++;
    mhi_claim_clear(&slot->claim);
}

static void wait_for_one(const opener *self)
{
    mhi_ring *ring = window.ring;
    uint32_t awaited = self->is_unordered ? MHI_ANY_SLOT
                                          : (uint32_t)(slot_at(self->collected) - ring->slot);
    atomic_store(&ring->awaited, awaited);
    uint32_t seen = mhi_event_prepare(&ring->ended);
    if (in_state(self, self->collected, MHI_ENDED) != NULL)
        mhi_event_leave(&ring->ended);
    else
        mhi_event_sleep(&ring->ended, seen, UINT64_MAX);
}

static void pass_chunks_until(opener *self, uint64_t last)
{
    while (self->collected < last) {
        mhi_slot *slot;
        while (self->put < last && (slot = in_state(self, self->put, MHI_EMPTY)) != NULL)
            put(self, slot);
        slot = in_state(self, self->collected, MHI_ENDED);
        if (slot != NULL)
            collect(self, slot);
        else
            wait_for_one(self);
    }
}

static void run_ring(bool is_unordered)
{
    static opener self;
    self = (opener){.is_unordered = is_unordered, .seed = 5};
    pthread_t threads[WORKERS];
    mhi_window_begin(&window, MOST_SLOTS, false, false);
    for (uintptr_t i = 0; i < WORKERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, live, (void *)i), 0);
    for (uint64_t i = 1; i <= BEGINNINGS; i++) {
        // Counted in whole rounds of the largest ring, so that a new one begins at slot 0.
        pass_chunks_until(&self, CHUNKS / BEGINNINGS / MOST_SLOTS * MOST_SLOTS * i);
        mhi_window_begin(&window, 1u << draw(&self.seed) % 4, false, false);
    }
    atomic_store(&is_ending, true);
    mhi_event_wake(&work, INT_MAX);
    uint64_t sum = 0;
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
        sum += atomic_load(&performed[i]);
    }
    ck_assert_uint_eq(self.collected, self.put);
    ck_assert_uint_eq(sum, self.put);
    ck_assert(!mhi_event_is_awaited(&work));
    ck_assert(!mhi_event_is_awaited(&window.ring->ended));
}

static void open_window(void)
{
    mhi_arena_shape shape = {
        .fixed_size = mhi_ring_size(MOST_SLOTS), .limit = 1000, .areas = 2 * MOST_SLOTS};
    ck_assert_int_eq(mhi_arena_open(&arena, &shape), MH_OK);
    window = (mhi_window){.arena = &arena, .ring = (mhi_ring *)(void *)arena.fixed};
}

static void close_window(void)
{
    mhi_arena_close(&arena);
}

START_TEST(chunks_pass_once_and_in_order)
{
    run_ring(false);
}
END_TEST

START_TEST(chunks_pass_once_in_any_order)
{
    run_ring(true);
}
END_TEST

int main(void)
{
    TCase *rings = tcase_create("rings");
    tcase_add_checked_fixture(rings, open_window, close_window);
    tcase_set_timeout(rings, 60);
    tcase_add_test(rings, chunks_pass_once_and_in_order);
    tcase_add_test(rings, chunks_pass_once_in_any_order);
    Suite *suite = suite_create("window, verified");
    suite_add_tcase(suite, rings);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
