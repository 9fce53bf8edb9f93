// The n-th demand fails: each allocation, thread, process or piece of shared memory in turn, until the
// whole story works. Either opening says so and leaves nothing behind, or every item comes out.
#include "base/memory.h"
#include "support/heard.h"
#include "support/story.h"
#include "support/traces.h"

enum { ITEMS = 40, SIZE = 3000, MOST = 400, ENOUGH = 5 };

static mh_status set_up(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    static char ready[] = "ready";
    *state = argument.size == sizeof ready ? ready : NULL;
    return *state != NULL ? MH_OK : MH_INVALID;
}

// Results grow, so that each worker asks for memory again and again; every eighth item fails.
static mh_status grow(mh_call *call, mh_bytes item)
{
    int64_t number;
    void *room;
    memcpy(&number, item.data, sizeof number);
    if (number % 8 == 7)
        return mh_fail(call, 1, "an eighth");
    mh_status status = mh_reserve(call, (size_t)number * SIZE, &room);
    if (status == MH_OK)
        memset(room, (int)number, (size_t)number * SIZE);
    return status;
}

static void say_goodbye(mh_call *call, void *state)
{
    (void)state;
    mh_return(call, "goodbye", 8);
}
static const mh_routine growing = {
    .name = "grow", .setup = set_up, .run = grow, .teardown = say_goodbye};

typedef struct story {
    int kind;
    bool all_well; // nothing failed that should not
    bool nth_was_made;
} story;

// For want of memory a result may fail, but it comes, in its place; and a good one is whole.
static bool is_good(const mh_result *result)
{
    bool should_fail = result->index % 8 == 7;
    if (result->outcome != MH_DONE) {
        ck_assert_int_eq(result->outcome, MH_FAILED);
        ck_assert_str_ne(result->message, "");
        return should_fail && result->code == 1;
    }
    ck_assert(!should_fail);
    ck_assert_uint_eq(result->size, result->index * SIZE);
    for (size_t at = 0; at < result->size; at += SIZE)
        ck_assert_int_eq(((const char *)result->data)[at], (int)result->index);
    return true;
}

static bool is_refusal(mh_status status)
{
    return status == MH_NO_MEMORY || status == MH_SYSTEM;
}

static void read_map(story *self, mh_map *map, const mh_map_options *options)
{
    bool is_kept = options->on_error == MH_ON_ERROR_DEFER;
    uint64_t came = 0;
    mh_result result;
    mh_status status;
    while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK) {
        ck_assert(is_kept || result.index == came);
        self->all_well &= is_good(&result);
        came++;
    }
    came += is_kept ? mh_map_errors(map) : 0;
    bool whole = status == (is_kept ? MH_ERRORS : MH_END);
    self->all_well &= whole;
    ck_assert_msg(whole || status == MH_SOURCE_FAILED || is_kept, "%s", mh_status_text(status));
    if (status != MH_SOURCE_FAILED && mh_map_length(map) == ITEMS)
        ck_assert_uint_eq(came, ITEMS);
}

static void run_map(story *self, mh_pool *pool, const mh_map_options *options)
{
    mh_map *map = NULL;
    mh_source source = mh_source_range(0, ITEMS, 1);
    mh_status status = mh_map_open(&map, pool, NULL, &source, options);
    if (status != MH_OK) {
        self->all_well = false;
        ck_assert_ptr_null(map);
        ck_assert_msg(is_refusal(status), "%s", mh_status_text(status));
        ck_assert_msg(lines_heard() > 0, "mh_map_open gave no reason");
        return;
    }
    read_map(self, map, options);
    mh_map_close(map);
}

static void read_last_words(story *self, mh_pool *pool)
{
    mh_result last;
    mh_status status;
    int good = 0;
    while ((status = mh_pool_next(pool, &last, MH_FOREVER)) == MH_OK)
        good += last.outcome == MH_DONE && last.size == 8;
    ck_assert(status == MH_END || is_refusal(status));
    self->all_well &= status == MH_END && good == mh_pool_workers(pool);
}

static void run_story(story *self, uint64_t nth, const mh_map_options *options)
{
    const mh_bytes argument = mh_bytes_of_text("ready"), arguments[] = {argument, argument};
    mh_pool_options with = options_of(self->kind, 2);
    with.routine = &growing;
    with.arguments = arguments;
    mh_pool *pool = NULL;
    self->all_well = true;
    listen_to_log(MH_LOG_WARNING);
    mhi_fail_after(nth);
    mh_status status = mh_pool_open(&pool, &with);
    if (status == MH_OK) {
        run_map(self, pool, options);
        read_last_words(self, pool);
        mh_pool_close(pool);
    } else {
        self->all_well = false;
        ck_assert_ptr_null(pool);
        ck_assert_msg(is_refusal(status), "%s", mh_status_text(status));
        ck_assert_msg(lines_heard() > 0, "mh_pool_open gave no reason for \"%s\", n = %d",
                      mh_status_text(status), (int)nth);
    }
    self->nth_was_made = mhi_demands() >= nth;
    mhi_fail_after(0);
}

// Forked processes count their own demands from where the program was, so it goes on for a while after
// the program itself has none left.
static void assert_every_demand_may_fail(int kind, const mh_map_options *options)
{
    traces before = count_traces();
    int well = 0, failed = 0;
    uint64_t nth = 1;
    for (; nth < MOST && well < ENOUGH; nth += demand_stride(kind)) {
        story self = {.kind = kind};
        run_story(&self, nth, options);
        assert_no_traces(&before);
        well = self.all_well && !self.nth_was_made ? well + 1 : 0;
        failed += !self.all_well;
    }
    ck_assert_msg(well == ENOUGH, "it never worked");
    ck_assert_int_ge(failed * (int)demand_stride(kind), 5); // the faults were real
}

START_TEST(every_demand_may_fail)
{
    assert_every_demand_may_fail(_i, &(mh_map_options){0});
}
END_TEST

START_TEST(every_demand_may_fail_unbounded)
{
    assert_every_demand_may_fail(_i, &(mh_map_options){.unbounded = true});
}
END_TEST

START_TEST(every_demand_may_fail_under_defer)
{
    assert_every_demand_may_fail(_i, &(mh_map_options){.on_error = MH_ON_ERROR_DEFER});
}
END_TEST

START_TEST(every_demand_may_fail_with_a_bar)
{
    mh_progress_to(MH_PROGRESS_OFF, -1);
    assert_every_demand_may_fail(_i, &(mh_map_options){.progress = "forty", .chunk = 4});
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the n-th demand fails");
    TCase *tests = add_case(suite, "kinds", 60);
    tcase_add_loop_test(tests, every_demand_may_fail, 0, KINDS);
    tcase_add_loop_test(tests, every_demand_may_fail_unbounded, 0, KINDS);
    tcase_add_loop_test(tests, every_demand_may_fail_under_defer, 0, KINDS);
    tcase_add_loop_test(tests, every_demand_may_fail_with_a_bar, 0, KINDS);
    return run_suite(suite);
}
