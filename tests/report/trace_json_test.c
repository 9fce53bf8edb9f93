// The JSON of made-up traces, byte for byte, and strings that no JSON can have as they are.

#include "report/made_up.h"
#include "support/json.h"
#include "support/story.h"

static void furnish(void)
{
    routines = (mhi_routines){.routines = 0};
    name_routine("count");
    name_routine("draw");
}

START_TEST(every_kind_of_event)
{
    mhi_trace *trace = TRACE_OF(
        TRACK_OF(0, item_of(7, 1 * US, 2 * US + 5, 52 * US + 17, MH_DONE),
                 item_of(8, 1 * US, 0, 90 * US, MH_FAILED)),
        {.worker = 12, .book.lost = 5},
        TRACK_OF(MHI_NOBODY, task_of(1, 50 * US, 0, 70 * US, MH_CANCELLED)));
    trace->pool = "press";
    assert_told(
        trace, mhi_trace_tell_json,
        "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"kind\":\"processes\",\"lost\":5},"
        "\"traceEvents\":[\n"
        "{\"ph\":\"M\",\"pid\":77,\"name\":\"process_name\",\"args\":{\"name\":\"press\"}},\n"
        "{\"ph\":\"M\",\"pid\":77,\"tid\":1,\"name\":\"thread_name\","
        "\"args\":{\"name\":\"worker 0\"}},\n"
        "{\"ph\":\"M\",\"pid\":77,\"tid\":1,\"name\":\"thread_sort_index\","
        "\"args\":{\"sort_index\":1}},\n"
        "{\"ph\":\"M\",\"pid\":77,\"tid\":13,\"name\":\"thread_name\","
        "\"args\":{\"name\":\"worker 12\"}},\n"
        "{\"ph\":\"M\",\"pid\":77,\"tid\":13,\"name\":\"thread_sort_index\","
        "\"args\":{\"sort_index\":13}},\n"
        "{\"ph\":\"M\",\"pid\":77,\"tid\":1025,\"name\":\"thread_name\","
        "\"args\":{\"name\":\"never ran\"}},\n"
        "{\"ph\":\"M\",\"pid\":77,\"tid\":1025,\"name\":\"thread_sort_index\","
        "\"args\":{\"sort_index\":1025}},\n"
        "{\"ph\":\"X\",\"ts\":2.005,\"dur\":50.012,\"pid\":77,\"tid\":1,\"name\":\"count\","
        "\"cat\":\"map\",\"args\":{\"map\":1,\"item\":7,\"queued\":1.000,\"waited\":1.005,"
        "\"outcome\":\"done\",\"attempt\":1}},\n"
        "{\"ph\":\"i\",\"s\":\"t\",\"ts\":90.000,\"pid\":77,\"tid\":1025,\"name\":\"count\","
        "\"cat\":\"map\",\"args\":{\"map\":1,\"item\":8,\"queued\":1.000,\"waited\":89.000,"
        "\"outcome\":\"failed\",\"attempt\":1}},\n"
        "{\"ph\":\"i\",\"s\":\"t\",\"ts\":70.000,\"pid\":77,\"tid\":1025,\"name\":\"draw\","
        "\"cat\":\"task\",\"args\":{\"task\":1,\"queued\":50.000,\"waited\":20.000,"
        "\"outcome\":\"cancelled\",\"attempt\":1}}\n"
        "]}\n");
}
END_TEST

// Names come from users, and from memory that others write to.
static const struct {
    const char *name, *wanted;
} names[] = {
    {"plain", "\"plain\""},
    {"", "\"\""},
    {"a \"b\" \\ c", "\"a \\u0022b\\u0022 \\u005c c\""},
    {"line\nend\x7f", "\"line\\u000aend\\u007f\""},
    {"</script>", "\"\\u003c/script>\""},
    {"\xc3\xa4 \xe6\xbc\xa2 \xf0\x9f\x98\x80", "\"\xc3\xa4 \xe6\xbc\xa2 \xf0\x9f\x98\x80\""},
    {"\xff\xc3", "\"\\ufffd\\ufffd\""},                       // no beginning; cut short
    {"\xc0\x80", "\"\\ufffd\\ufffd\""},                       // too long a form
    {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},            // a surrogate
    {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""}, // beyond the last
};
enum { NAMES = sizeof names / sizeof *names };

static void tell_name(const mhi_trace *trace, mhi_draft *draft)
{
    mhi_draft_string(draft, trace->pool);
}

START_TEST(any_name_becomes_a_string)
{
    mhi_trace *trace = TRACE_OF({.worker = 0});
    trace->pool = names[_i].name;
    ck_assert(json_is_whole(names[_i].wanted));
    assert_told(trace, tell_name, names[_i].wanted);
}
END_TEST

// A name that fills its place has no end there; and a number may be any.
START_TEST(damaged_routines_do_not_matter)
{
    memset(routines.routine[1].name, 'x', MHI_NAME);
    mhi_trace_event wild = task_of(0, 10, 20, 30, MH_DONE);
    wild.routine = 0xffff;
    char *text = told(TRACE_OF(TRACK_OF(0, task_of(1, 10, 20, 30, MH_DONE), wild)),
                      mhi_trace_tell_json);
    ck_assert(json_is_whole(text));
    const char *event = json_first(json_member(text, "traceEvents"));
    for (int i = 0; i < 3; i++)
        event = json_next(event);
    const char *name = json_member(event, "name");
    ck_assert_int_eq(json_end(name) - name, MHI_NAME + 2);
    ck_assert(json_is_text(json_member(json_next(event), "name"), "routine"));
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the JSON of a trace");
    TCase *tests = add_case(suite, "JSON", 10);
    tcase_add_checked_fixture(tests, furnish, NULL);
    tcase_add_test(tests, every_kind_of_event);
    tcase_add_loop_test(tests, any_name_becomes_a_string, 0, NAMES);
    tcase_add_test(tests, damaged_routines_do_not_matter);
    return run_suite(suite);
}
