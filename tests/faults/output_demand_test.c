// The n-th demand fails, while output is captured: each allocation, file, process or thread in turn,
// until the whole story works. Either the open says so and leaves nothing behind, or every item ends,
// and what it printed is there.
#include <signal.h>

#include "base/memory.h"
#include "support/printed.h"
#include "support/heard.h"
#include "support/traces.h"

enum { ITEMS = 20, DIES = 7, MOST = 400, ENOUGH = 5 };

static mh_status print(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    printf("item %lld\n", (long long)number);
    if (number == DIES)
        raise(SIGKILL);
    return mh_return(call, &number, sizeof number);
}
static const mh_routine printing = {.name = "print", .run = print};

typedef struct story {
    int kind;
    bool on_demand;
    bool all_well; // nothing failed
    bool nth_was_made;
} story;

static void read_map(story *self, mh_map *map)
{
    mh_result result;
    mh_status status;
    while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK) {
        char text[32];
        bool has_run = result.outcome == (result.index == DIES ? MH_CRASHED : MH_DONE);
        self->all_well &= has_run;
        snprintf(text, sizeof text, "item %d\n", (int)result.index);
        if (has_run)
            assert_item_printed(1, result.index, text, "");
        else
            ck_assert_str_ne(result.message, "");
    }
    self->all_well &= status == MH_END;
}

static bool is_accepted(story *self, mh_status status)
{
    if (status == MH_OK)
        return true;
    ck_assert_msg(status == MH_NO_MEMORY || status == MH_SYSTEM, "%s", mh_status_text(status));
    ck_assert_msg(lines_heard() > 0, "no reason was given");
    self->all_well = false;
    return false;
}

static void run_story(story *self, uint64_t nth)
{
    mh_pool_options with = captured_options(self->kind, 2);
    with.on_demand = self->on_demand;
    mh_pool *pool = NULL;
    mh_map *map = NULL;
    mh_source source = mh_source_range(0, ITEMS, 1);
    self->all_well = true;
    listen_to_log(MH_LOG_WARNING);
    mhi_fail_after(nth);
    if (is_accepted(self, mh_pool_open(&pool, &with))) {
        if (is_accepted(self, mh_map_open(&map, pool, &printing, &source, NULL)))
            read_map(self, map);
        mh_map_close(map);
        mh_pool_close(pool);
        ck_assert(!prints.is_wrong);
    }
    self->nth_was_made = mhi_demands() >= nth;
    mhi_fail_after(0);
}

// Forked processes count their own demands from where the program was, so it goes on for a while after
// the program itself has none left.
START_TEST(C8_every_demand_of_captured_output_may_fail)
{
    traces before = count_traces();
    int well = 0, failed = 0;
    for (uint64_t nth = 1; nth < MOST && well < ENOUGH; nth++) {
        story now = {.kind = WITH_PROCESSES + _i / 2, .on_demand = _i % 2 == 1};
        run_story(&now, nth);
        assert_no_traces(&before);
        well = now.all_well && !now.nth_was_made ? well + 1 : 0;
        failed += !now.all_well;
    }
    ck_assert_msg(well == ENOUGH, "it never worked");
    ck_assert_int_ge(failed, 3); // the faults were real
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the n-th demand of captured output fails");
    TCase *tests = add_case(suite, "demands", 60);
    tcase_add_loop_test(tests, C8_every_demand_of_captured_output_may_fail, 0,
                        2 * (KINDS - WITH_PROCESSES));
    return run_suite(suite);
}
