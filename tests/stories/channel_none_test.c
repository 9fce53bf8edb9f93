// No channel and no event: where a context has none, every call says so. That is an answer, and
// no mistake, so nothing is said in the log.
#include "support/messages.h"

// 0, or the number of the first call that said something else.
static int ask_none(mh_context none)
{
    char byte = 1;
    size_t size = 7;
    mh_message message = {.size = 7};
    if (none.input != NULL || none.output != NULL || none.cancel != NULL)
        return 1;
    if (mh_channel_send(none.output, MH_BYTES_OF(byte), MH_FOREVER) != MH_NOT_FOUND)
        return 2;
    if (mh_channel_receive(none.input, &byte, 1, &size, MH_FOREVER) != MH_NOT_FOUND)
        return 3;
    if (mh_channel_take(none.input, &message, MH_FOREVER) != MH_NOT_FOUND)
        return 4;
    if (mh_channel_confirm(none.input, &message) != MH_NOT_FOUND)
        return 5;
    if (mh_channel_end(none.input) != MH_NOT_FOUND)
        return 6;
    if (mh_channel_capacity(none.input) != 0 || mh_channel_count(none.input) != 0)
        return 7;
    if (mh_event_set(none.cancel) != MH_NOT_FOUND || mh_event_is_set(none.cancel))
        return 8;
    if (mh_event_wait(none.cancel, MH_FOREVER) != MH_NOT_FOUND)
        return 9;
    if (mh_channel_close(none.input) != MH_OK || mh_event_close(none.cancel) != MH_OK)
        return 10;
    return byte == 1 && size == 7 && message.size == 7 ? 0 : 11;
}

enum { SETUPS = 10, TEARDOWNS = 11 }; // places on the stage: how often all was right

static mh_status set_up(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    (void)state;
    on_stage()->count[SETUPS] += ask_none(mh_context_of(call)) == 0;
    return MH_OK;
}

static mh_status ask_own_context(mh_call *call, mh_bytes item)
{
    int64_t wrong = ask_none(mh_context_of(call));
    (void)item;
    return mh_return(call, &wrong, sizeof wrong);
}

static void tear_down(mh_call *call, void *state)
{
    (void)state;
    on_stage()->count[TEARDOWNS] += ask_none(mh_context_of(call)) == 0;
}
static const mh_routine asking = {
    .name = "ask", .setup = set_up, .run = ask_own_context, .teardown = tear_down};

START_TEST(Y6_where_there_is_no_channel_and_no_event_every_call_says_so)
{
    listen_to_log(MH_LOG_WARNING);
    set_stage();
    mh_pool_options options = options_of(_i, 1);
    options.routine = &asking;
    mh_pool *pool = open_with(&options);
    ck_assert_int_eq(ask_none((mh_context){.input = NULL}), 0);
    ck_assert_int_eq(ask_none(mh_context_of(NULL)), 0);
    ck_assert_int_eq(ask_none(mh_pool_context(NULL)), 0);
    ck_assert_int_eq(ask_none(mh_pool_context(pool)), 0);
    ck_assert_int_eq(number_of(submit(pool, NULL, 0)), 0);
    mh_map *map = open_map(pool, NULL, mh_source_range(0, 2, 1), (mh_map_options){.chunk = 1});
    for (int i = 0; i < 2; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(mh_result_as(int64_t, result), 0);
    }
    mh_map_close(map);
    mh_pool_close(pool);
    ck_assert_int_eq(counted(SETUPS), 1);
    ck_assert_int_eq(counted(TEARDOWNS), 1);
    ck_assert_msg(lines_heard() == 0, "it was an answer, and no mistake: %s", heard.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("no channels");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, Y6_where_there_is_no_channel_and_no_event_every_call_says_so, 0,
                        KINDS);
    return run_suite(suite);
}
