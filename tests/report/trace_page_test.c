// The data in the page of made-up traces, byte for byte. What a browser makes of it is looked at by
// tests/trace/look-at-page.

#include "report/made_up.h"
#include "support/json.h"
#include "support/story.h"

static void furnish(void)
{
    routines = (mhi_routines){.routines = 0};
    name_routine("count");
    name_routine("</script>");
}

// Ends the text behind the data.
static char *data_in(char *text)
{
    static const char before[] = "<script type=\"application/json\" id=\"data\">";
    char *data = strstr(text, before);
    ck_assert_ptr_nonnull(data);
    data += strlen(before);
    char *end = strstr(data, "</script>");
    ck_assert_ptr_nonnull(end);
    *end = '\0';
    return data;
}

START_TEST(every_kind_of_item)
{
    mhi_trace *trace = TRACE_OF(TRACK_OF(0, item_of(8, 1, 0, 90, MH_FAILED),
                                         item_of(7, 1, 2, 52, MH_DONE),
                                         item_of(9, 1, 52, 70, MH_CRASHED)),
                                {.worker = 12, .book.lost = 5},
                                TRACK_OF(MHI_NOBODY, task_of(1, 50, 0, 70, MH_CANCELLED)));
    trace->pool = "<press>";
    char *text = told(trace, mhi_trace_tell_page);
    ck_assert_ptr_eq(strstr(text, "<!DOCTYPE html>"), text);
    ck_assert_ptr_nonnull(strstr(text, "</html>"));
    const char *data = data_in(text);
    ck_assert(json_is_whole(data));
    ck_assert_str_eq(data, "{\"pool\":\"\\u003cpress>\",\"kind\":\"processes\",\"lost\":5,"
                           "\"routines\":[\"count\",\"\\u003c/script>\"],\"tracks\":[\n"
                           "{\"worker\":0,\"items\":[1,2,52,0,0,1,7,\n1,52,70,0,2,1,9]},\n"
                           "{\"worker\":12,\"items\":[]},\n"
                           "{\"worker\":-1,\"items\":[1,-1,90,0,1,1,8,\n50,-1,70,1,4,0,1]}]}");
    free(text);
}
END_TEST

START_TEST(nothing_was_done)
{
    char *text = told(TRACE_OF({.worker = 0}), mhi_trace_tell_page);
    ck_assert_str_eq(data_in(text),
                     "{\"pool\":\"\",\"kind\":\"processes\",\"lost\":0,"
                     "\"routines\":[\"count\",\"\\u003c/script>\"],\"tracks\":[\n"
                     "{\"worker\":0,\"items\":[]}]}");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the page of a trace");
    TCase *tests = add_case(suite, "page", 10);
    tcase_add_checked_fixture(tests, furnish, NULL);
    tcase_add_test(tests, every_kind_of_item);
    tcase_add_test(tests, nothing_was_done);
    return run_suite(suite);
}
