// The summary of made-up traces, word for word; and the numbers it is made of.

#include "report/made_up.h"
#include "support/story.h"

static void furnish(void)
{
    routines = (mhi_routines){.routines = 0};
    name_routine("count");
    name_routine("draw");
}

START_TEST(nothing_was_done)
{
    assert_told(
        TRACE_OF({.worker = 0}), mhi_trace_tell_summary,
        "0 items in 0 ns, 1 worker (processes)\n"
        "\n"
        "worker     items      busy           mean wait   longest  mean run   longest\n"
        "     0         0      0 ns     0.0 %      0 ns      0 ns      0 ns      0 ns\n"
        "   all         0      0 ns     0.0 %      0 ns      0 ns      0 ns      0 ns\n");
}
END_TEST

START_TEST(two_workers)
{
    mhi_trace *trace = TRACE_OF(
        TRACK_OF(0, item_of(0, 1 * US, 2 * US, 52 * US, MH_DONE),
                 item_of(2, 1 * US, 52 * US, 60 * US, MH_FAILED)),
        TRACK_OF(1, item_of(1, 1 * US, 11 * US, 41 * US, MH_CRASHED),
                 task_of(0, 50 * US, 81 * US, 101 * US, MH_DONE)),
        TRACK_OF(MHI_NOBODY, task_of(1, 50 * US, 0, 70 * US, MH_CANCELLED)));
    trace->pool = "press";
    assert_told(
        trace, mhi_trace_tell_summary,
        "press: 5 items in 100 us, 2 workers (processes)\n"
        "  done 2, failed 1, crashed 1, cancelled 1; 1 never ran\n"
        "\n"
        "worker     items      busy           mean wait   longest  mean run   longest\n"
        "     0         2   58.0 us    58.0 %   26.0 us   51.0 us   29.0 us   50.0 us\n"
        "     1         2   50.0 us    50.0 %   20.5 us   31.0 us   25.0 us   30.0 us\n"
        "   all         4    108 us    54.0 %   23.2 us   51.0 us   27.0 us   50.0 us\n"
        "\n"
        "run times\n"
        " 5.00 us ..  10.0 us         1 #########################\n"
        " 10.0 us ..  20.0 us         0\n"
        " 20.0 us ..  50.0 us         2 ##################################################\n"
        " 50.0 us ..   100 us         1 #########################\n"
        "\n"
        "slowest\n"
        "  50.0 us  map 1, item 0 (count) by worker 0, done, after a wait of 1.00 us\n"
        "  30.0 us  map 1, item 1 (count) by worker 1, crashed, after a wait of 10.0 us\n"
        "  20.0 us  task 0 (draw) by worker 1, done, after a wait of 31.0 us\n"
        "  8.00 us  map 1, item 2 (count) by worker 0, failed, after a wait of 51.0 us\n");
}
END_TEST

// Ten are named, the longest first; of equals, the first.
START_TEST(only_the_slowest_are_named)
{
    enum { COUNT = 40 };
    mhi_trace_event events[COUNT];
    for (uint64_t i = 0; i < COUNT; i++)
        events[i] = item_of(i, 1, 1, 1 + 1000 * (i % 20 + 1), MH_DONE);
    mhi_track track = {.worker = 6, .book = {.events = events, .count = COUNT}};
    char *text = told(TRACE_OF(track), mhi_trace_tell_summary), *at = strstr(text, "slowest\n");
    ck_assert_ptr_nonnull(at);
    for (int i = 0; i < 10; i++) {
        char wanted[80];
        snprintf(wanted, sizeof wanted, "map 1, item %d (count) by worker 6",
                 19 - i / 2 + (i % 2) * 20);
        at = strchr(at, '\n') + 1;
        ck_assert_msg(strstr(at, wanted) != NULL && strstr(at, wanted) < strchr(at, '\n'), "%s",
                      at);
    }
    ck_assert_str_eq(strchr(at, '\n'), "\n");
    free(text);
}
END_TEST

// ---- numbers ------------------------------------------------------------------------------------

static mh_trace_facts facts_of(const mhi_trace *trace)
{
    mh_trace_facts facts;
    mhi_trace_sum(trace, &facts);
    return facts;
}

START_TEST(what_runs_inside_another_is_busy_once)
{
    mh_trace_facts facts = facts_of(
        TRACE_OF(TRACK_OF(0, task_of(2, 0, 30, 40, MH_DONE), task_of(1, 0, 20, 50, MH_DONE),
                          task_of(0, 0, 10, 100, MH_DONE), task_of(3, 0, 100, 130, MH_DONE))));
    ck_assert_uint_eq(facts.busy_ns, 120);
    ck_assert_uint_eq(facts.run_ns, 10 + 30 + 90 + 30);
    ck_assert_uint_eq(facts.wait_ns, 30 + 20 + 10 + 100);
    ck_assert_uint_eq(facts.wall_ns, 130);
}
END_TEST

START_TEST(what_is_replaced_does_not_count)
{
    mhi_trace_event crash = item_of(1, 10, 20, 60, MH_CRASHED);
    crash.outcome |= MHI_TRACE_REPLACES;
    mh_trace_facts facts = facts_of(TRACE_OF(
        TRACK_OF(0, item_of(0, 10, 15, 20, MH_DONE), item_of(1, 10, 20, 50, MH_DONE), crash)));
    ck_assert_uint_eq(facts.items, 2);
    ck_assert_uint_eq(facts.done, 1);
    ck_assert_uint_eq(facts.crashed, 1);
    ck_assert_uint_eq(facts.busy_ns, 45);
}
END_TEST

// A worker that runs wild may write anything.
START_TEST(what_makes_no_sense_is_left_out)
{
    mhi_trace_event wild;
    memset(&wild, 0x6b, sizeof wild);
    mh_trace_facts facts = facts_of(TRACE_OF(
        TRACK_OF(0, wild, item_of(0, 30, 20, 40, MH_DONE), // begun before it was queued
                 item_of(1, 10, 40, 30, MH_DONE),          // ended before it was begun
                 item_of(2, 10, 20, 30, (mh_outcome)9), {.index = 7}, // zeroed
                 item_of(3, 10, 20, 30, MH_DONE))));
    ck_assert_uint_eq(facts.items, 1);
    ck_assert_uint_eq(facts.busy_ns, 10);
    ck_assert_uint_eq(facts.wall_ns, 20);
}
END_TEST

START_TEST(what_is_lost_is_said)
{
    mhi_track track = TRACK_OF(3, item_of(0, 10, 20, 30, MH_DONE));
    track.book.lost = 12;
    char *text = told(TRACE_OF(track, {.worker = MHI_NOBODY, .book.lost = 30}),
                      mhi_trace_tell_summary);
    ck_assert_msg(strstr(text, "42 more are not known") != NULL, "%s", text);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the summary of a trace");
    TCase *tests = add_case(suite, "summary", 10);
    tcase_add_checked_fixture(tests, furnish, NULL);
    tcase_add_test(tests, nothing_was_done);
    tcase_add_test(tests, two_workers);
    tcase_add_test(tests, only_the_slowest_are_named);
    tcase_add_test(tests, what_runs_inside_another_is_busy_once);
    tcase_add_test(tests, what_is_replaced_does_not_count);
    tcase_add_test(tests, what_makes_no_sense_is_left_out);
    tcase_add_test(tests, what_is_lost_is_said);
    return run_suite(suite);
}
