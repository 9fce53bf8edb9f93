// Progress told to a callback: a beginning, an honest middle, and exactly one end.
#include <pthread.h>
#include <unistd.h>

#include "support/story.h"

enum { ITEMS = 30, MOST = 4000 };

typedef struct log_of_facts {
    mh_progress_facts first, last;
    int told;
    int ends;
    pthread_t thread;
    bool goes_back; // a number that may only grow became less, or something came after the end
    bool elsewhere; // told in another thread
} log_of_facts;

static void note(void *context, const mh_progress_facts *facts)
{
    log_of_facts *self = context;
    if (self->told++ == 0)
        self->first = *facts;
    else
        self->goes_back |= facts->done < self->last.done || facts->bad < self->last.bad ||
                           facts->elapsed_ns < self->last.elapsed_ns || self->last.ended;
    self->elsewhere |= !pthread_equal(self->thread, pthread_self());
    self->ends += facts->ended;
    self->last = *facts;
}

static mh_status refuse_fifth(mh_call *call, mh_bytes item)
{
    return mh_index(call) % 5 == 4 ? mh_fail(call, 1, "a fifth")
                                   : mh_return(call, item.data, item.size);
}
static const mh_routine picky = {.name = "refuse fifth", .run = refuse_fifth};

static mh_status count_to(void *context, mh_bytes *item)
{
    int64_t *left = context;
    *item = MH_BYTES_OF(*left);
    return --*left < 0 ? MH_END : MH_OK;
}

static mh_map *open_noted(mh_pool *pool, mh_source source, mh_map_options options,
                          log_of_facts *facts)
{
    *facts = (log_of_facts){.thread = pthread_self()};
    options.on_progress = note;
    options.progress_context = facts;
    return open_map(pool, &picky, source, options);
}

static void assert_told(const log_of_facts *facts, uint64_t done, uint64_t bad)
{
    ck_assert_int_eq(facts->ends, 1);
    ck_assert(facts->last.ended);
    ck_assert(!facts->goes_back);
    ck_assert(!facts->elsewhere);
    ck_assert_uint_eq(facts->last.done, done);
    ck_assert_uint_eq(facts->last.bad, bad);
    ck_assert_uint_gt(facts->last.elapsed_ns, 0);
}

START_TEST(M12_a_sized_map_tells_its_beginning_and_its_end)
{
    log_of_facts facts;
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_noted(pool, mh_source_range(0, ITEMS, 1),
                             (mh_map_options){.progress = "thirty"}, &facts);
    for (int i = 0; i < ITEMS; i++) {
        take(map);
        ck_assert_int_eq(facts.ends, 0);
    }
    assert_ends(map, MH_END);
    ck_assert_int_ge(facts.told, 2);
    ck_assert_str_eq(facts.first.title, "thirty");
    ck_assert_uint_eq(facts.first.done, 0);
    ck_assert(facts.first.sized);
    ck_assert(!facts.first.ended);
    ck_assert_uint_eq(facts.first.total, ITEMS);
    assert_told(&facts, ITEMS, ITEMS / 5);
    ck_assert_uint_eq(facts.last.total, ITEMS);
    mh_map_close(map);
    assert_told(&facts, ITEMS, ITEMS / 5); // the close adds nothing
    mh_pool_close(pool);
}
END_TEST

START_TEST(M12_an_unsized_map_counts)
{
    log_of_facts facts;
    int64_t left = ITEMS;
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_noted(pool, mh_source_of(count_to, &left),
                             (mh_map_options){.progress = "", .window = 4}, &facts);
    for (int i = 0; i < ITEMS; i++)
        take(map);
    assert_ends(map, MH_END);
    ck_assert(!facts.first.sized);
    assert_told(&facts, ITEMS, ITEMS / 5);
    ck_assert(facts.last.sized); // now it is known
    ck_assert_uint_eq(facts.last.total, ITEMS);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M12_a_map_that_is_left_tells_how_far_it_came)
{
    mh_pool *pool = open_kind(_i, 2);
    for (uint64_t read = 0; read < ITEMS; read += 7) {
        log_of_facts facts;
        mh_map *map = open_noted(pool, mh_source_range(0, ITEMS, 1),
                                 (mh_map_options){.chunk = read % 3}, &facts);
        for (uint64_t i = 0; i < read; i++)
            take(map);
        mh_map_close(map);
        assert_told(&facts, read, read / 5);
        ck_assert_uint_eq(facts.last.total, ITEMS);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(M12_every_ending_is_told_once)
{
    static const mh_map_options options[] = {{.on_error = MH_ON_ERROR_DEFER},
                                             {.on_error = MH_ON_ERROR_STOP},
                                             {.unbounded = true},
                                             {.unordered = true, .chunk = 3}};
    mh_pool *pool = open_kind(_i, 2);
    for (size_t o = 0; o < sizeof options / sizeof *options; o++) {
        log_of_facts facts;
        mh_map *map = open_noted(pool, mh_source_range(0, ITEMS, 1), options[o], &facts);
        mh_result result;
        while (mh_map_next(map, &result, MH_FOREVER) == MH_OK)
            continue;
        ck_assert_int_eq(facts.ends, 1);
        ck_assert_uint_ge(facts.last.bad, 1);
        ck_assert(options[o].on_error == MH_ON_ERROR_STOP || facts.last.done == ITEMS);
        mh_map_close(map);
        ck_assert_int_eq(facts.ends, 1);
    }
    mh_pool_close(pool);
}
END_TEST

// At most ten times a second, so far fewer than there are items.
START_TEST(M12_many_items_are_not_told_one_by_one)
{
    log_of_facts facts;
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_noted(pool, mh_source_range(0, MOST, 1), (mh_map_options){.chunk = 1},
                             &facts);
    for (int i = 0; i < MOST; i++)
        take(map);
    assert_ends(map, MH_END);
    assert_told(&facts, MOST, MOST / 5);
    ck_assert_uint_le((uint64_t)facts.told, 3 + facts.last.elapsed_ns / 100000000);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M12_a_callback_stands_instead_of_a_bar)
{
    log_of_facts facts;
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_LINES, ends[1]), MH_OK);
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_noted(pool, mh_source_range(0, ITEMS, 1),
                             (mh_map_options){.progress = "silent"}, &facts);
    for (int i = 0; i < ITEMS; i++)
        take(map);
    mh_map_close(map);
    mh_pool_close(pool);
    close(ends[1]);
    char byte;
    ck_assert_int_eq(read(ends[0], &byte, 1), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("progress");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M12_a_sized_map_tells_its_beginning_and_its_end, 0, KINDS);
    tcase_add_loop_test(tests, M12_an_unsized_map_counts, 0, KINDS);
    tcase_add_loop_test(tests, M12_a_map_that_is_left_tells_how_far_it_came, 0, KINDS);
    tcase_add_loop_test(tests, M12_every_ending_is_told_once, 0, KINDS);
    tcase_add_loop_test(tests, M12_many_items_are_not_told_one_by_one, 0, KINDS);
    tcase_add_loop_test(tests, M12_a_callback_stands_instead_of_a_bar, 0, KINDS);
    return run_suite(suite);
}
